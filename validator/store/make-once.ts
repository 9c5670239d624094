import fs from 'node:fs'
import path from 'node:path'
import { isAlive } from './machine-lock.ts'

/** Makes a file that is not there yet, whole or not at all; of two that make it at once the second takes the first one's. */
export function makeOnce(file: string, content: string, mode: number): void {
  fs.mkdirSync(path.dirname(file), { recursive: true })
  removeAbandoned(file)
  const fresh = `${file}.${process.pid}`
  fs.writeFileSync(fresh, content, { mode, flush: true })
  try {
    fs.linkSync(fresh, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    fs.rmSync(fresh)
  }
}

/** What processes left that were killed while they made it. */
export function removeAbandoned(file: string): void {
  const folder = path.dirname(file)
  if (!fs.existsSync(folder)) return
  const start = `${path.basename(file)}.`
  for (const name of fs.readdirSync(folder)) {
    const pid = name.startsWith(start) ? name.slice(start.length) : ''
    if (/^\d+$/.test(pid) && !isAlive(Number(pid))) fs.rmSync(path.join(folder, name), { force: true })
  }
}
