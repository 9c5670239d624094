import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type { WorkerPhase } from '../../queue/needs.ts'
import { openRecords, readRecordSettings } from '../../store/records.ts'
import { VERSION } from '../../version.ts'
import { work } from '../../work.ts'
import { openWorkerModels } from '../../worker/models.ts'
import { newWorkerId, WORKER_NAME, type WorkerIdentity } from '../../worker/presence.ts'
import { UsageError } from '../errors.ts'
import { ready } from '../machine/setup.ts'
import { plain } from '../text.ts'

export interface WorkerOptions {
  readonly name?: string
  readonly phases?: readonly WorkerPhase[]
  readonly labels?: readonly string[]
  readonly jobs?: number
  readonly cpus?: number
  readonly memory?: number
  readonly grace: number
}

/** Kept back for ourselves and the engine. */
const OWN_MEMORY_MEGABYTES = 1024

/** `arete worker`: joins the work of a validator. Ctrl-C ends what is under way first, twice hands it back. */
export async function worker(options: WorkerOptions): Promise<number> {
  const settings = readRecordSettings(process.env)
  if ('mistakes' in settings)
    throw new UsageError(`Cannot join:\n${settings.mistakes.map(mistake => `  ${mistake}`).join('\n')}`)
  if (settings.databaseUrl === undefined && !fs.existsSync(path.join(settings.data, 'database')))
    throw new UsageError(
      `Cannot join: there is no validator's data in ${settings.data}. Set ARETE_DATA to its folder, or DATABASE_URL and ARETE_S3_* to where it keeps its records`,
    )
  const say = (message: string): void => console.log(`${new Date().toISOString()} ${plain(message)}`)
  const surroundings = await ready()
  await using records = await openRecords(settings, say)
  const drain = new AbortController()
  const force = new AbortController()
  await using models = await openWorkerModels(process.env, {
    ...{ data: settings.data, blobs: records.blobs, signal: drain.signal, say },
  })
  const stop = (): void => {
    if (drain.signal.aborted) force.abort()
    drain.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  try {
    await work({
      ...{ database: records.database, blobs: records.blobs, surroundings, say, models },
      worker: identify(options, surroundings.about),
      jobs: options.jobs,
      signal: drain.signal,
      force: force.signal,
      graceSeconds: options.grace,
    })
  } finally {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
  }
  return 0
}

function identify(
  options: WorkerOptions,
  about: { readonly cpus: number; readonly memoryBytes: number; readonly runtime: string | undefined },
): WorkerIdentity {
  const memory = Math.max(512, Math.floor(about.memoryBytes / 2 ** 20) - OWN_MEMORY_MEGABYTES)
  const labels = options.labels ?? []
  const odd = labels.find(label => !/^[a-z0-9-]+$/.test(label))
  if (odd !== undefined)
    throw new UsageError(`Cannot use the label "${odd}": small letters, digits and hyphens may be in it`)
  if (options.name !== undefined && !WORKER_NAME.test(options.name))
    throw new UsageError(
      `Cannot use the name "${plain(options.name)}": small letters, digits and hyphens may be in it, 30 at most`,
    )
  return {
    id: newWorkerId(options.name),
    host: os.hostname(),
    engine: about.runtime ?? 'runc',
    cpus: options.cpus ?? about.cpus,
    memoryMegabytes: options.memory ?? memory,
    labels,
    phases: [...new Set(options.phases ?? (['agent', 'verify'] as const))],
    version: VERSION,
  }
}
