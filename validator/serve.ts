import os from 'node:os'
import type { Surroundings } from '../sandbox/setup.ts'
import type { AcceptContext } from './accept.ts'
import type { Chain } from './chain/chain.ts'
import { emitWeights } from './chain/emit.ts'
import { findChain } from './chain/find-chain.ts'
import { isSnapshotDue, takeSnapshot } from './chain/snapshots.ts'
import type { Config } from './config.ts'
import { openDraws } from './draws/draws.ts'
import { paymentOf } from './intake/payment.ts'
import type { Signer } from './intake/signature.ts'
import type { WalletSettings } from './intake/wallet.ts'
import type { Log } from './log.ts'
import { keepSeal } from './models/model-seal.ts'
import { findHotkey } from './operating/hotkey.ts'
import { type Metrics, openMetrics } from './operating/metrics.ts'
import { prune } from './operating/prune.ts'
import { environmentOf } from './scoring/season/shares.ts'
import { settleDue } from './settle.ts'
import { type Handover, openHandover } from './stages/handover.ts'
import { type Jobs, openJobs } from './stages/jobs.ts'
import { enterReferences, sourceOf } from './stages/references.ts'
import { keepNotary, steer } from './stages/steer.ts'
import type { Blobs } from './store/blobs.ts'
import type { Database } from './store/database.ts'
import { listenEvents } from './store/listen.ts'
import { openRecords } from './store/records.ts'
import { startComparing } from './suspects/comparing.ts'
import { VERSION } from './version.ts'
import { buildApp } from './web/app.ts'
import { openBoard } from './web/board-cache.ts'
import { type Check, checkChain, checkDatabase, checkDisk, checkEngine, checkQueue } from './web/health.ts'
import { type Listening, listen } from './web/listen.ts'
import { work } from './work.ts'
import { openWorkerModels } from './worker/models.ts'
import { newWorkerId } from './worker/presence.ts'

export const PARTS = ['api', 'advance', 'notary', 'settle', 'work'] as const
/** What a process of a validator does; other processes may do the rest. */
export type Part = (typeof PARTS)[number]

export interface ServeOptions {
  readonly config: Config
  readonly parts: readonly Part[]
  readonly log: Log
  readonly wallet: WalletSettings
  /** Folders of tasks if the settings name none. */
  readonly bundledTasks: string
  /** The folder of the agents that references are named of. */
  readonly bundledAgents: string
  /** The engine for `work`; asked only if that is a part. */
  readonly surroundings: () => Promise<Surroundings>
  /** Ends everything in good order. */
  readonly stop: AbortSignal
  /** Hands back at once what is under way. */
  readonly force: AbortSignal
  /** Told once everything runs; with the address if `api` is a part. */
  readonly onReady?: (url: string | undefined) => void
}

const LOOK_AGAIN = 15_000
const SAY_AGAIN = 3_600_000

/** A validator, until it is told to stop; then it finishes or hands back what it has, and returns. */
export async function serve(options: ServeOptions): Promise<void> {
  const { config, parts, log, stop } = options
  const say = (message: string): void => log.warn(message)
  await using records = await openRecords(config.records, say)
  const { database, blobs } = records
  const signer = await findHotkey(config, options.wallet)
  const { chain, own } = findChain(config, alarm => log.warn(alarm, 'a node of the chain is not well'))
  await using _chain = chain
  if (own !== undefined)
    log.warn(
      { network: config.network, netuid: config.netuid, file: own },
      'a chain of its own, on which everybody is registered: for trying things out',
    )
  await using jobs = await openJobs(database, say, { keepsTime: parts.includes('settle') })
  await using handover = openHandover({ database, jobs }, error =>
    log.warn({ err: error }, 'submissions cannot be handed over now'),
  )
  await using metrics = openMetrics(database.db)
  const part = { options, database, blobs, chain, jobs, handover, metrics, signer }
  const surroundings = parts.includes('work') ? await options.surroundings() : undefined
  if (parts.includes('notary')) await keepNotary({ database, jobs }, signer)
  if (parts.includes('advance')) await startSteering(part)
  await using _comparing = parts.includes('advance') ? compareCopies(part) : undefined
  using _ = parts.includes('settle') ? startSettling(part) : undefined
  if (parts.includes('settle')) await startPruning(part)
  const working = surroundings === undefined ? Promise.resolve() : startWork(part, surroundings)
  await using api = parts.includes('api') ? await startApi(part, surroundings) : undefined
  log.info(
    {
      parts,
      hotkey: signer.address,
      data: config.records.data,
      ...(api === undefined ? {} : { url: api.url }),
    },
    'ready',
  )
  options.onReady?.(api?.url)
  await Promise.race([aborted(stop), working.then(() => aborted(stop))])
  log.info('stopping')
  await working
}

interface Shared {
  readonly options: ServeOptions
  readonly database: Database
  readonly blobs: Blobs
  readonly chain: Chain
  readonly jobs: Jobs
  readonly handover: Handover
  readonly metrics: Metrics
  readonly signer: Signer
}

async function startSteering(shared: Shared): Promise<void> {
  const { options, database, blobs, chain, jobs, handover, metrics, signer } = shared
  const { config, bundledTasks, bundledAgents, log } = options
  const { blocks, tasks, confirmation } = config.window
  const isBundled = config.tasks.length === 0 && config.pools.length === 0
  const draws = openDraws(
    { chain, blobs },
    {
      pools: config.pools,
      tasks: isBundled ? [bundledTasks] : config.tasks,
      data: config.records.data,
      windowBlocks: blocks,
      count: tasks,
      confirmation,
    },
  )
  await steer({
    ...{ database, jobs, mostVoided: config.mostVoided },
    advance: {
      ...{ rules: config.stages, draws },
      duels: { alpha: config.alpha, environments: config.environments },
      compares: true,
      block: async () => (await chain.head()).number,
    },
    onAlarm: alarm => {
      metrics.alarmed(alarm)
      log.error(alarm, 'more of an environment is void than may be: nothing is settled until somebody looked')
    },
  })
  const entered = await enterReferences(
    { database, blobs, chain, windowBlocks: blocks, hotkey: signer.address, onStored: handover.ring },
    config.references.map(name => sourceOf(name, bundledAgents)),
  )
  for (const reference of entered) log.info(reference, 'a reference agent is entered')
}

/** Looks for the origin of whatever is handed in, in a thread beside everything else. */
function compareCopies({ options, database, blobs, jobs }: Shared): AsyncDisposable {
  const { config, bundledAgents, log } = options
  return startComparing({
    ...{ database, blobs, jobs, bundledAgents, folders: config.common },
    onError: error => log.error({ err: error }, 'agents cannot be compared with earlier ones now'),
  })
}

/** Looks now and then whether a window is over; what is held is said once an hour. */
function startSettling({ options, database, jobs, chain, signer }: Shared): Disposable {
  const { config, log } = options
  const { mostVoided } = config
  const said = new Map<number, number>()
  let told: string | undefined
  let isBusy = false
  const look = async (): Promise<void> => {
    if (isBusy) return
    isBusy = true
    try {
      for (const found of await settleDue({
        ...{ database, jobs, chain, mostVoided },
        ...{ netuid: config.netuid, windowBlocks: config.window.blocks },
      }))
        if (found.kind === 'settled') log.info(found, 'a window is settled')
        else if (found.kind === 'held' && Date.now() - (said.get(found.window) ?? 0) > SAY_AGAIN) {
          said.set(found.window, Date.now())
          log.error(
            found,
            'a window is not settled: too much of it is void; "arete validator settle" once you looked',
          )
        }
      if (await isSnapshotDue(database.db, (await chain.head()).time))
        await takeSnapshot({ database, chain }).catch(error =>
          log.warn({ err: error }, 'the subnets of the chain cannot be read now'),
        )
      const emission = await emitWeights({
        ...{ database, chain, netuid: config.netuid, mechanism: config.mechanism, signer },
      })
      if (emission.kind === 'confirmed' && emission.isNew) log.info(emission, 'weights are on the chain')
      else if (emission.kind === 'waiting' && emission.why !== told)
        log.info(emission, 'weights are on their way')
      else if (emission.kind === 'lost')
        log.error(emission, 'weights that were committed are lost, and are sent anew')
      told = emission.kind === 'waiting' ? emission.why : undefined
    } catch (error) {
      log.error({ err: error }, 'windows cannot be settled now')
    } finally {
      isBusy = false
    }
  }
  const timer = setInterval(() => void look(), LOOK_AGAIN)
  void look()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

async function startPruning({ options: { log }, database, blobs, jobs }: Shared): Promise<void> {
  await jobs.onPrune(async () => {
    const { blobs: forgotten, workers, nonces } = await prune({ database, blobs })
    log.info({ blobs: forgotten.length, workers: workers.length, nonces }, 'what nobody needs is removed')
  })
}

async function startWork(
  { options, database, blobs, metrics }: Shared,
  surroundings: Surroundings,
): Promise<void> {
  const { config, log, stop, force } = options
  const { cpus, memoryBytes, runtime } = surroundings.about
  const say = (message: string): void => log.info({ part: 'work' }, message)
  const { data } = config.records
  await keepSeal(process.env, data)
  await using models = await openWorkerModels(process.env, { data, blobs, signal: stop, say })
  await work({
    ...{ database, blobs, surroundings, jobs: config.worker.jobs, signal: stop, force },
    worker: {
      id: newWorkerId(config.worker.name),
      host: os.hostname(),
      engine: runtime ?? 'runc',
      cpus,
      memoryMegabytes: Math.max(512, Math.floor(memoryBytes / 2 ** 20) - 1024),
      labels: config.worker.labels,
      phases: ['agent', 'verify'],
      version: VERSION,
    },
    graceSeconds: config.stopSeconds,
    mostVoided: config.mostVoided,
    say,
    models,
    onAlarm: metrics.alarmed,
  })
}

async function startApi(
  { options, database, blobs, chain, jobs, handover, metrics, signer }: Shared,
  surroundings: Surroundings | undefined,
): Promise<Listening> {
  const { config, log, stop } = options
  const now = (): Date => new Date()
  const { recipient } = await keepSeal(process.env, config.records.data)
  const intake: AcceptContext = {
    ...{ database, blobs, chain, now, modelRecipient: recipient },
    identity: { network: config.network, netuid: config.netuid, validator: signer.address },
    rules: { rates: config.rates, payment: paymentOf(config, chain) },
    windowBlocks: config.window.blocks,
    onStored: handover.ring,
  }
  const checks: Check[] = [
    checkDatabase(database.db),
    checkQueue(database.db),
    checkDisk(config.records.data),
    checkChain(chain, now),
    ...(surroundings === undefined ? [] : [checkEngine(() => surroundings.engine.about())]),
  ]
  const board = openBoard(
    { db: database.db, now, environmentOf: family => environmentOf(family, config.environments) },
    error => log.error({ err: error }, 'the board cannot be counted'),
  )
  const ending = new AbortController()
  void listenEvents(database, () => board.stir(), ending.signal).catch(() => {})
  const app = buildApp({ intake, jobs, config, log, board, metrics, checks, stopping: stop })
  const listening = await listen(app, config.listen)
  return {
    url: listening.url,
    async [Symbol.asyncDispose]() {
      ending.abort()
      board[Symbol.dispose]()
      await listening[Symbol.asyncDispose]()
    },
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
