import fs from 'node:fs'
import path from 'node:path'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import type { Task } from '../../task-bank/task.ts'
import { accept } from '../../validator/accept.ts'
import type { Chain } from '../../validator/chain/chain.ts'
import { type DrawSettings, openDraws } from '../../validator/draws.ts'
import { type Jobs, openJobs } from '../../validator/jobs.ts'
import { StageRules } from '../../validator/queue/stages.ts'
import { keepNotary, steer } from '../../validator/steer.ts'
import { type Blobs, openBlobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'
import { freshDatabase } from './database.ts'
import { envelopeOf, intakeOf, packOf, signerNamed } from './miner.ts'
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
  readonly submit: (miner: string, bytes: Buffer) => Promise<string>
}

export interface SceneOptions {
  readonly rules?: Parameters<typeof StageRules.parse>[0]
  readonly draw?: Partial<DrawSettings>
  /** Signs receipts; nobody does if undefined. */
  readonly notary?: string
  readonly folder?: string
}

export async function openScene(options: SceneOptions = {}): Promise<Scene> {
  const folder = options.folder ?? temporaryFolder()
  const database = await freshDatabase()
  const blobs = await openBlobs({ kind: 'disk', folder: path.join(folder, 'blobs') })
  const jobs = await openJobs(database)
  const miners = await Promise.all(
    ['ann', 'bob', 'cid', 'dee'].map(async name => ({ hotkey: await signerNamed(name) })),
  )
  const intake = await intakeOf(database, blobs, miners, {
    enqueue: (tx, submission) => jobs.sendAdvance(tx, submission),
  })
  const { chain } = intake
  const draws = openDraws(
    { chain, blobs },
    {
      ...{ pools: [], tasks: QUICK_TASKS, data: folder, windowBlocks: 100, count: 3, confirmation: 2 },
      ...options.draw,
    },
  )
  await steer({ database, jobs, advance: { rules: StageRules.parse(options.rules ?? {}), draws } })
  if (options.notary !== undefined) await keepNotary({ database, jobs }, await signerNamed(options.notary))
  return {
    ...{ database, blobs, jobs, chain, folder },
    async submit(miner, bytes) {
      const envelope = await envelopeOf(intake, await signerNamed(miner), bytes)
      const accepted = await accept(intake, { envelope, bytes })
      if (accepted.kind === 'refused') throw new Error(JSON.stringify(accepted.reasons))
      return accepted.id
    },
    async [Symbol.asyncDispose]() {
      await jobs[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
      if (options.folder === undefined) fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** An agent that knows the reference of some tasks by heart, and does nothing at any other. */
export async function knowingPack(
  folders: readonly string[],
  { word = '', before = '' }: { readonly word?: string; readonly before?: string } = {},
): Promise<Buffer> {
  const known = Object.fromEntries(
    folders.map(folder => {
      const task: Task = loadHarborTask(folder, {})
      return [task.instruction, fs.readFileSync(path.join(folder, 'solution/fix.patch'), 'utf8')]
    }),
  )
  return await packOf({
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
  })
}

/** Waits until a row of the database is as wanted; looks again as long as the test may take. */
export async function until<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}
