import { eq } from 'drizzle-orm'
import { type AdvanceContext, advance } from '../../validator/advance.ts'
import { type Needs, parseQueue } from '../../validator/queue/needs.ts'
import { StageRules } from '../../validator/queue/stages.ts'
import { note } from '../../validator/receipts/facts.ts'
import { type Jobs, openJobs } from '../../validator/stages/jobs.ts'
import type { Blobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'
import { attempts, draws, submissions, tasks } from '../../validator/store/schema.ts'
import { commonBody } from '../../validator/worker/body.ts'
import { type Claim, claim } from '../../validator/worker/claim.ts'
import { type Desk, endJob } from '../../validator/worker/result.ts'
import { freshDatabase } from './database.ts'
import { digestOf } from './pool.ts'
import { bodyOf } from './receipt.ts'

const NEEDS: Needs = { cpus: 1, memoryMegabytes: 512, labels: [] }

/** The steps of a validator without engine, chain and clock: attempts are judged by the test. */
export interface Steps extends AsyncDisposable {
  readonly database: Database
  readonly jobs: Jobs
  readonly context: AdvanceContext
  readonly enter: (id: string, change?: Partial<typeof submissions.$inferInsert>) => Promise<void>
  readonly advance: (id: string) => Promise<void>
  /** The draw that counts for everybody from now on, of the same tasks. */
  readonly openWindow: (window: number) => Promise<void>
  /** Takes the most urgent job, whoever it is for. */
  readonly take: (worker?: string) => Promise<Claim | undefined>
  readonly judge: (claimed: Claim, verdict: 'solved' | 'unsolved', reason?: string) => Promise<boolean>
  readonly desk: (worker?: string) => Desk
  readonly stateOf: (id: string) => Promise<string>
  /** `stage state verdict` of each attempt, sorted. */
  readonly attemptsOf: (id: string) => Promise<string[]>
}

/** @param environments - for each task of the draw the environment that it belongs to */
export async function openSteps(
  options: {
    rules?: Parameters<typeof StageRules.parse>[0]
    environments?: readonly string[]
    splits?: boolean
    alpha?: number
    compares?: boolean
  } = {},
): Promise<Steps> {
  const database = await freshDatabase()
  const jobs = await openJobs(database)
  const { db } = database
  const names = options.environments ?? ['a', 'a', 'a', 'a']
  const rows = ['smoke', ...names].map((environment, index) => ({
    ...{ digest: digestOf(`task ${index}`), name: `task-${index}`, environment, pack: digestOf('pack') },
    ...{ needs: NEEDS, splits: options.splits ?? false, seconds: 60 },
  }))
  await db.insert(tasks).values(rows)
  const digests = rows.slice(1).map(({ digest }) => digest)
  await db.insert(draws).values([
    { id: 'shared', window: 7, purpose: 'shared', proof: {}, tasks: digests },
    { id: 'confirmation', window: 7, purpose: 'x', proof: {}, tasks: digests },
  ])
  let [shared, present] = ['shared', 7]
  const drawn = (id: string) => ({
    kind: 'drawn' as const,
    id,
    window: present,
    tasks: digests,
    smoke: rows[0]!.digest,
  })
  const context: AdvanceContext = {
    rules: StageRules.parse(options.rules ?? {}),
    duels: { alpha: options.alpha ?? 0.02, environments: {} },
    block: async () => 5100,
    compares: options.compares ?? false,
    draws: { shared: async () => drawn(shared), confirmation: async () => drawn('confirmation') },
  }
  const blobs = { put: async () => digestOf('blob') } as unknown as Blobs
  const desk = (worker = 'w1'): Desk => ({ database, blobs, jobs, worker, mostVoided: 0.02 })
  return {
    ...{ database, jobs, context, desk },
    async enter(id, change = {}) {
      await db.insert(submissions).values({
        ...{ id, hotkey: `hot-${id}`, coldkey: `cold-${id}`, cluster: `cold-${id}`, digest: digestOf(id) },
        ...{ manifest: { name: id, version: '1' }, envelope: {}, block: 700, index: 0, window: 7 },
        ...{ state: 'queued', stage: 'smoke' },
        ...change,
      })
    },
    advance: id => db.transaction(tx => advance(tx, jobs, id, context)),
    async openWindow(window) {
      ;[shared, present] = [`shared-${window}`, window]
      const row = { window, proof: {}, tasks: digests }
      await db.insert(draws).values({ id: shared, purpose: 'shared', ...row })
      await db.update(draws).set({ window }).where(eq(draws.id, 'confirmation'))
    },
    async take(worker = 'w1') {
      for (const { queue } of await jobs.waiting()) {
        if (parseQueue(queue) === undefined) continue
        const job = await jobs.take(queue, [])
        const claimed = job && (await claim(database, jobs, job, worker))
        if (claimed !== undefined) return claimed
      }
      return undefined
    },
    judge: (claimed, verdict, reason = 'tests') =>
      endJob(desk(), claimed, 'judged', { verdict, reason, detail: reason }, async tx => {
        const rows = {
          attempts: claimed.attempt,
          submissions: claimed.submission,
          tasks: claimed.task,
          draws: claimed.draw,
        }
        await note(
          tx,
          jobs,
          { ...bodyOf(claimed.attempt.id), ...commonBody(rows, []), verdict, reason },
          claimed.draw.window,
        )
      }),
    async stateOf(id) {
      const [row] = await db.select().from(submissions).where(eq(submissions.id, id))
      return `${row!.state} ${row!.stage}`
    },
    async attemptsOf(id) {
      const found = await db.select().from(attempts).where(eq(attempts.submission, id))
      return found
        .map(({ stage, state, verdict }) => `${stage} ${state}${verdict === null ? '' : ` ${verdict}`}`)
        .sort()
    },
    async [Symbol.asyncDispose]() {
      await jobs[Symbol.asyncDispose]()
      await database[Symbol.asyncDispose]()
    },
  }
}
