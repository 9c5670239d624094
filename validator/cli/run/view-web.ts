import fs from 'node:fs'
import path from 'node:path'
import { buildRunApp } from '../../web/run-app.ts'
import { UsageError } from '../errors.ts'
import { newestRun, shown } from '../places.ts'
import { serveHere } from '../serve-here.ts'

/** Changes of one moment are told once. */
const TOGETHER = 150

/** `arete view --web`: the pages of a run on this machine, until it is told to stop. */
export async function viewWeb(folder: string | undefined, port: number): Promise<number> {
  const target = folder ?? newestRun()
  const isAttempt = fs.existsSync(path.join(target, 'verdict.json'))
  const run = isAttempt ? path.dirname(path.resolve(target)) : target
  if (!fs.existsSync(path.join(run, 'run.json')))
    throw new UsageError(`Cannot view ${shown(target)}: it has neither a run.json nor a verdict.json`)
  const attempt = isAttempt ? { path: `/attempts/${path.basename(path.resolve(target))}` } : {}
  const options = { folder: run, shown: shown(run), watch: watchFolder(run) }
  await serveHere(stop => buildRunApp({ ...options, stop }), { what: shown(target), port, ...attempt })
  return 0
}

/** Tells of changes anywhere below a folder. */
export function watchFolder(folder: string): (onChange: () => void, signal: AbortSignal) => void {
  return (onChange, signal) => {
    let timer: NodeJS.Timeout | undefined
    const watcher = fs.watch(folder, { recursive: true, signal }, () => {
      timer ??= setTimeout(() => {
        timer = undefined
        onChange()
      }, TOGETHER)
    })
    // A folder that came and went while it was looked at is no reason to stop.
    watcher.on('error', () => {})
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true })
  }
}
