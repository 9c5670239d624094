import fs from 'node:fs'
import path from 'node:path'
import { asc, eq } from 'drizzle-orm'
import { sha256 } from '../../sandbox/digest.ts'
import { setUp } from '../../sandbox/setup.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import type { Task } from '../../task-bank/task.ts'
import { accept } from '../../validator/accept.ts'
import type { Chain } from '../../validator/chain/chain.ts'
import { openOfflineChain } from '../../validator/chain/offline.ts'
import { type DrawSettings, openDraws } from '../../validator/draws/draws.ts'
import { StageRules } from '../../validator/queue/stages.ts'
import { Receipt } from '../../validator/receipts/receipt.ts'
import { openHandover } from '../../validator/stages/handover.ts'
import { type Jobs, openJobs } from '../../validator/stages/jobs.ts'
import { keepNotary, steer } from '../../validator/stages/steer.ts'
import { type Blobs, openBlobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'
import { receipts, submissions } from '../../validator/store/schema.ts'
import { VERSION } from '../../validator/version.ts'
import { type WorkOptions, work } from '../../validator/work.ts'
import type { WorkerIdentity } from '../../validator/worker/presence.ts'
import { freshDatabase } from './database.ts'
import { envelopeOf, intakeOf, NOW, packOf, signerNamed } from './miner.ts'
import { temporaryFolder } from './surroundings.ts'

const TASKS = path.resolve(import.meta.dirname, '../../task-bank/tasks')

/** Bundled tasks whose tests take the least time. */
export const QUICK_TASKS = [
  'hardening/asset-folder',
  'typescript-fixes/club-dues',
  'typescript-fixes/life-patterns',
  'python-fixes/loan-desk',
].map(name => path.join(TASKS, name))

/** A validator without pages: intake, steps and notary; workers are the test's own. */
export interface Scene extends AsyncDisposable {
  readonly database: Database
  readonly blobs: Blobs
  readonly jobs: Jobs
  readonly chain: Chain
  readonly folder: string
  /** Hands an agent in; each miner's name is another key. @returns its id */
  readonly submit: (miner: string, bytes: Buffer, modelKey?: Buffer) => Promise<string>
}

export interface SceneOptions {
  readonly rules?: Parameters<typeof StageRules.parse>[0]
  readonly draw?: Partial<DrawSettings>
  /** Blocks that came after whatever is handed in. */
  readonly blocksAhead?: number
  /** Signs receipts; nobody does if undefined. */
  readonly notary?: string
  readonly folder?: string
  /** A folder of blobs if not given. */
  readonly blobs?: Blobs
  /** Whom keys for language models are sealed for. */
  readonly modelRecipient?: string
  /** Submissions stay as they were handed in: for tests that lay down what became of them. */
  readonly isStill?: true
}

export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const folder = options.folder ?? temporaryFolder()
  const database = await freshDatabase()
  const blobs = options.blobs ?? (await openBlobs({ kind: 'disk', folder: path.join(folder, 'blobs') }))
  const jobs = await openJobs(database)
  const miners = await Promise.all(
    ['ann', 'bob', 'cid', 'dee'].map(async name => ({ hotkey: await signerNamed(name) })),
  )
  const handover = openHandover({ database, jobs }, () => {})
  const intake = await intakeOf(database, blobs, miners, {
    onStored: handover.ring,
    modelRecipient: options.modelRecipient,
  })
  const later = new Date(NOW.getTime() + (options.blocksAhead ?? 0) * 12_000)
  const chain = openChainAt(() => later)
  const draws = openDraws(
    { chain, blobs },
    {
      ...{ pools: [], tasks: QUICK_TASKS, data: folder, windowBlocks: 100, count: 3, confirmation: 2 },
      ...options.draw,
    },
  )
  const advance = {
    ...{ rules: StageRules.parse(options.rules ?? {}), draws },
    duels: { alpha: 0.02, environments: {} },
    compares: false,
    block: async () => (await chain.head()).number,
  }
  if (!options.isStill) await steer({ database, jobs, advance })
  if (options.notary !== undefined) await keepNotary({ database, jobs }, await signerNamed(options.notary))
  return {
    ...{ database, blobs, jobs, chain, folder },
    async submit(miner, bytes, modelKey) {
      const sealed = modelKey === undefined ? {} : { modelKey: sha256(modelKey) }
      const envelope = await envelopeOf(intake, await signerNamed(miner), bytes, sealed)
      const accepted = await accept(intake, { envelope, bytes, modelKey })
      if (accepted.kind === 'refused') throw new Error(JSON.stringify(accepted.reasons))
      return accepted.id
    },
    async [Symbol.asyncDispose]() {
      await handover[Symbol.asyncDispose]()
      await jobs[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
      if (options.folder === undefined) fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}

interface Knowing {
  readonly word?: string
  readonly before?: string
}

/** An agent that knows the reference of some tasks by heart, and does nothing at any other; packed. */
export async function knowingPack(folders: readonly string[], knowing: Knowing = {}): Promise<Buffer> {
  return await packOf(knowingFiles(folders, knowing))
}

/** The same as files, without its manifest. */
export function knowingFiles(
  folders: readonly string[],
  { word = '', before = '' }: Knowing = {},
): Record<string, string> {
  const known = Object.fromEntries(
    folders.map(folder => {
      const task: Task = loadHarborTask(folder, {})
      return [task.instruction, fs.readFileSync(path.join(folder, 'solution/fix.patch'), 'utf8')]
    }),
  )
  return {
    'agent.py': [
      `# ${word}`,
      'import json, os, time',
      'def agent_main(input):',
      `    ${before === '' ? 'pass' : before}`,
      "    with open(os.path.join(os.path.dirname(__file__), 'known.json')) as file:",
      '        known = json.load(file)',
      "    return {'patch': known.get(input['problem_statement'], '')}",
      '',
    ].join('\n'),
    'known.json': JSON.stringify(known),
  }
}

/** Waits until something is as wanted, for so long at most. */
export async function until<T>(
  look: () => Promise<T | undefined>,
  seconds = 50,
  say: () => string = () => 'it did not happen',
): Promise<T> {
  for (const end = Date.now() + seconds * 1000; ; ) {
    const found = await look()
    if (found !== undefined) return found
    if (Date.now() > end) throw new Error(`After ${seconds} s: ${say()}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

/** The submission once nothing more will become of it. */
export async function ended({ database: { db } }: Scene, id: string, lines: readonly string[] = []) {
  return await until(
    async () => {
      const [row] = await db.select().from(submissions).where(eq(submissions.id, id))
      return row!.state === 'queued' || row!.state === 'working' ? undefined : row!
    },
    50,
    () => lines.join('\n'),
  )
}

/** All receipts in their order, once none waits for the notary. */
export async function readChain({ database: { db } }: Scene): Promise<Receipt[]> {
  const rows = await until(async () => {
    const found = await db.select().from(receipts).orderBy(asc(receipts.sequence))
    return found.length > 0 && found.every(row => row.sequence !== null) ? found : undefined
  })
  return rows.map(({ body, sequence, previous, digest, signer, signature }) =>
    Receipt.parse({ body, sequence, previous, digest, signer, signature }),
  )
}

export function workerNamed(id: string, change: Partial<WorkerIdentity> = {}): WorkerIdentity {
  return {
    ...{ id, host: 'here', engine: 'runc', cpus: 2, memoryMegabytes: 8192, labels: [], version: VERSION },
    phases: ['agent', 'verify'],
    ...change,
  }
}

/** A worker in this process, until it is disposed of. */
export async function startWorker(
  { database, blobs }: Pick<Scene, 'database' | 'blobs'>,
  worker: WorkerIdentity,
  change: Partial<WorkOptions> & { readonly lines?: string[] } = {},
): Promise<AsyncDisposable> {
  const abort = new AbortController()
  const { lines = [], ...options } = change
  const signal = options.signal === undefined ? abort.signal : AbortSignal.any([abort.signal, options.signal])
  const surroundings = await setUp(() => {})
  const done = work({
    ...{ database, blobs, surroundings, worker, say: (line: string) => void lines.push(line) },
    ...options,
    signal,
  })
  done.catch(() => {})
  return {
    async [Symbol.asyncDispose]() {
      abort.abort()
      await done
    },
  }
}

/** A chain without a network that began in June; everybody is registered there. */
export function openChainAt(now: () => Date) {
  const start = '2026-06-01T00:00:00Z'
  return openOfflineChain(
    { netuid: 2, start, secondsPerBlock: 12, seed: 'test', neurons: [], isOpen: true },
    now,
  )
}
