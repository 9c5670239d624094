import fs from 'node:fs'
import path from 'node:path'
import { type Config, Settings } from '../../validator/config.ts'
import { type Log, openLog } from '../../validator/log.ts'
import { openMetrics } from '../../validator/operating/metrics.ts'
import { environmentOf } from '../../validator/scoring/season/shares.ts'
import { openHandover } from '../../validator/stages/handover.ts'
import { type Jobs, openJobs } from '../../validator/stages/jobs.ts'
import { openBlobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'
import { listenEvents } from '../../validator/store/listen.ts'
import { buildApp } from '../../validator/web/app.ts'
import { openBoard } from '../../validator/web/board-cache.ts'
import { type Check, checkDatabase, checkQueue } from '../../validator/web/health.ts'
import { listen } from '../../validator/web/listen.ts'
import { freshDatabase } from './database.ts'
import { intakeOf, signerNamed } from './miner.ts'
import { temporaryFolder } from './surroundings.ts'

/** A validator's API on a port of its own, over a database of its own; nobody works or signs. */
export interface Service extends AsyncDisposable {
  readonly url: string
  readonly app: ReturnType<typeof buildApp>
  readonly intake: Awaited<ReturnType<typeof intakeOf>>
  readonly jobs: Jobs
  readonly folder: string
  readonly config: Config
  /** What was logged, one object each. */
  readonly logged: Record<string, unknown>[]
  /** Tells the API that the process is about to go. */
  readonly stop: () => void
}

export interface ServiceOptions {
  /** One that is there already, and stays; a fresh one if not given. */
  readonly database?: Database
  readonly miners?: Parameters<typeof intakeOf>[2]
  readonly intake?: Parameters<typeof intakeOf>[3]
  readonly settings?: Partial<Settings>
  readonly checks?: readonly Check[]
  /** Submissions go on to their work; else they only stand in a list. */
  readonly withJobs?: boolean
  readonly logLevel?: string
  readonly patience?: Parameters<typeof listen>[2]
}

export async function openService(options: ServiceOptions = {}): Promise<Service> {
  const folder = temporaryFolder()
  const database = options.database ?? (await freshDatabase())
  const blobFolder = path.join(folder, 'blobs')
  const blobs = await openBlobs({ kind: 'disk', folder: blobFolder })
  const jobs = await openJobs(database)
  const handover = options.withJobs
    ? openHandover({ database, jobs }, error => log.error({ err: error }, 'handover'))
    : undefined
  const miners =
    options.miners ??
    (await Promise.all(['ann', 'bob', 'cid', 'dee'].map(async name => ({ hotkey: await signerNamed(name) }))))
  const intake = await intakeOf(database, blobs, miners, {
    ...(handover === undefined ? {} : { onStored: handover.ring }),
    ...options.intake,
  })
  const config: Config = {
    ...Settings.parse({ netuid: 2, ...options.settings }),
    records: { data: folder, databaseUrl: undefined, blobs: { kind: 'disk', folder: blobFolder } },
    file: undefined,
  }
  const logged: Record<string, unknown>[] = []
  const log: Log = openLog(options.logLevel ?? 'debug', { write: text => void logged.push(JSON.parse(text)) })
  const metrics = openMetrics(database.db)
  const board = openBoard(
    { db: database.db, now: intake.now, environmentOf: name => environmentOf(name, config.environments) },
    error => log.error({ err: error }, 'board'),
  )
  const stopping = new AbortController()
  const closing = new AbortController()
  const stirring = listenEvents(database, () => board.stir(), closing.signal).catch(() => {})
  const checks = options.checks ?? [checkDatabase(database.db), checkQueue(database.db)]
  const app = buildApp({ intake, jobs, config, log, board, metrics, checks, stopping: stopping.signal })
  const listening = await listen(app, { host: '127.0.0.1', port: 0 }, options.patience)
  return {
    ...{ url: listening.url, app, intake, jobs, folder, config, logged },
    stop: () => stopping.abort(),
    async [Symbol.asyncDispose]() {
      stopping.abort()
      closing.abort()
      await listening[Symbol.asyncDispose]()
      await stirring
      board[Symbol.dispose]()
      await metrics[Symbol.asyncDispose]()
      await handover?.[Symbol.asyncDispose]()
      await jobs[Symbol.asyncDispose]()
      if (options.database === undefined) await database[Symbol.asyncDispose]()
      fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}
