import { sql } from 'drizzle-orm'
import type { Job, JobResult, JobWithMetadata, PgBoss, SendOptions } from 'pg-boss'
import { MOST_LOSSES, retriesLeft } from '../queue/lease.ts'
import { type Needs, queueOf, type WorkKind } from '../queue/needs.ts'
import type { Database, Transaction } from '../store/database.ts'

/** One job of a worker: a phase of an attempt, or both. */
export interface NewJob {
  readonly attempt: string
  readonly kind: WorkKind
  readonly needs: Needs
  readonly priority: number
  /** After so long it counts as hanging. */
  readonly seconds: number
  /** Leases that were lost before. */
  readonly losses: number
  /** Workers that failed at it. */
  readonly avoid: readonly string[]
}

/** A job that this process has a lease for. */
export interface HeldJob extends NewJob {
  readonly id: string
  readonly queue: string
  /** Which lease of the job it is: an older one settles nothing. */
  readonly retryCount: number
}

/** Where something waits. */
export interface WaitingQueue {
  readonly queue: string
  readonly count: number
  /** Of its most urgent job. */
  readonly priority: number
  /** Workers that failed at all its jobs which have failed, for each such set of them. */
  readonly avoided: readonly (readonly string[])[]
}

export interface DeadJob {
  readonly attempt: string
  readonly losses: number
  /** What the queue knows of the last loss. */
  readonly said: string
}

/** The jobs of a validator, in its database: pg-boss. What is sent in a transaction is there once it is committed. */
export interface Jobs extends AsyncDisposable {
  readonly sendAttempt: (tx: Transaction, job: NewJob) => Promise<void>
  readonly sendAdvance: (tx: Transaction, submission: string, afterSeconds?: number) => Promise<void>
  /** The same for many at once. */
  readonly sendAdvances: (tx: Transaction, submissions: readonly string[]) => Promise<void>
  readonly sendNotarise: (tx: Transaction) => Promise<void>
  /** Takes back what nobody has a lease for yet. @returns how many jobs */
  readonly withdraw: (tx: Transaction, job: Pick<NewJob, 'attempt' | 'kind' | 'needs'>) => Promise<number>
  /** Whether a job of an attempt waits, or somebody has a lease for it. */
  readonly isKnown: (job: Pick<NewJob, 'attempt' | 'kind' | 'needs'>) => Promise<boolean>
  /** The most urgent job of a queue that is not to be left to others. */
  readonly take: (queue: string, leave: readonly (readonly string[])[]) => Promise<HeldJob | undefined>
  /** Says that the lease is still wanted. @returns false if it is lost */
  readonly touch: (job: HeldJob) => Promise<boolean>
  /** @returns false if the lease is lost */
  readonly finish: (tx: Transaction, job: HeldJob) => Promise<boolean>
  /** Queues of workers in which something waits, the most urgent first. */
  readonly waiting: () => Promise<WaitingQueue[]>
  /** Hears of every new job, until disposed of. */
  readonly listen: (onJob: () => void) => Promise<AsyncDisposable>
  readonly onAdvance: (handler: (submission: string) => Promise<void>) => Promise<void>
  readonly onNotarise: (handler: () => Promise<void>) => Promise<void>
  /** Once a day, in one of the processes that ask for it and keep time. */
  readonly onPrune: (handler: () => Promise<void>) => Promise<void>
  /** Jobs whose leases were lost for the last time. */
  readonly onDead: (handler: (job: DeadJob) => Promise<void>) => Promise<void>
}

const ADVANCE = 'advance'
const NOTARISE = 'notarise'
const DEAD = 'dead'
const PRUNE = 'prune'
const DAILY = '23 4 * * *'
const CHANNEL = 'arete_jobs'
const SCHEMA = 'pgboss'
/** Without a sign of life for so long a lease is lost; the least that pg-boss takes. */
export const LEASE_SECONDS = 10
/** Lost leases are looked for so often, by every process: one is enough. */
const LOOK_SECONDS = 2
const MOST_SECONDS = 24 * 3600 - 1
/** pg-boss drops what waited for two weeks, unless it is told otherwise. */
const FOR_GOOD = 10 * 365 * 24 * 3600

type JobData = Omit<NewJob, 'priority' | 'seconds'>

/**
 * Opens the queues of a database, and makes them if it is new.
 *
 * @param keepsTime - whether this process sends what is due at a time
 */
export async function openJobs(
  { url }: Pick<Database, 'url'>,
  say: (message: string) => void = () => {},
  { keepsTime = false }: { readonly keepsTime?: boolean } = {},
): Promise<Jobs> {
  const { PgBoss, fromDrizzle } = await import('pg-boss')
  const boss = new PgBoss({
    connectionString: url,
    schema: SCHEMA,
    max: 4,
    application_name: 'arete jobs',
    schedule: keepsTime,
    useListenNotify: true,
    superviseIntervalSeconds: LOOK_SECONDS,
    monitorIntervalSeconds: LOOK_SECONDS,
    registerInstance: false,
    monitorVacuum: false,
  })
  boss.on('error', error => say(`The queue failed: ${error.message}`))
  await boss.start({ attempts: 3 })
  const known = new Set<string>()
  const inside = (tx: Transaction) => ({ db: fromDrizzle(tx, sql) })
  const ensure = async (queue: string): Promise<void> => {
    if (known.has(queue)) return
    const deadLetter = queue === DEAD ? {} : { deadLetter: DEAD }
    await boss.createQueue(queue, { ...deadLetter, notify: !queue.includes('.') })
    known.add(queue)
  }
  for (const queue of [DEAD, ADVANCE, NOTARISE]) await ensure(queue)
  const wake = async (tx: Transaction): Promise<void> => {
    await tx.execute(sql`select pg_notify(${CHANNEL}, '')`)
  }

  return {
    async sendAttempt(tx, { priority, seconds, attempt, kind, needs, losses, avoid }) {
      const data: JobData = { attempt, kind, needs, losses, avoid }
      const queue = queueOf(data.kind, data.needs)
      await ensure(queue)
      const options: SendOptions = {
        priority,
        singletonKey: data.attempt,
        heartbeatSeconds: LEASE_SECONDS,
        expireInSeconds: Math.min(MOST_SECONDS, Math.ceil(seconds)),
        retryLimit: retriesLeft(data.losses),
        retentionSeconds: FOR_GOOD,
        deadLetter: DEAD,
        ...(data.avoid.length === 0 ? {} : { group: { id: groupOf(data.avoid) } }),
      }
      await boss.send(queue, data, { ...options, ...inside(tx) })
      await wake(tx)
    },
    async sendAdvance(tx, submission, afterSeconds = 0) {
      await boss.send(ADVANCE, { submission }, { startAfter: afterSeconds, ...STEP, ...inside(tx) })
    },
    async sendAdvances(tx, submissions) {
      const steps = submissions.map(submission => ({ data: { submission }, ...STEP }))
      if (steps.length > 0) await boss.insert(ADVANCE, steps, inside(tx))
    },
    async sendNotarise(tx) {
      await boss.send(NOTARISE, {}, { ...STEP, ...inside(tx) })
    },
    async withdraw(tx, { attempt, kind, needs }) {
      const queue = queueOf(kind, needs)
      await ensure(queue)
      const found = await boss.findJobs(queue, { key: attempt, queued: true, ...inside(tx) })
      if (found.length === 0) return 0
      await boss.cancel(
        queue,
        found.map(({ id }) => id),
        inside(tx),
      )
      return found.length
    },
    async isKnown({ attempt, kind, needs }) {
      const queue = queueOf(kind, needs)
      await ensure(queue)
      const found = await boss.findJobs(queue, { key: attempt })
      return found.some(({ state }) => state === 'created' || state === 'retry' || state === 'active')
    },
    async take(queue, leave) {
      const options = { includeMetadata: true as const, ignoreGroups: leave.map(groupOf) }
      const [job] = await boss.fetch<JobData>(queue, options)
      return job === undefined ? undefined : heldOf(queue, job)
    },
    touch: async ({ queue, id, retryCount }) => settled(await boss.touch(queue, { id, retryCount })),
    finish: async (tx, { queue, id, retryCount }) =>
      settled(await boss.complete(queue, { id, retryCount }, null, inside(tx))),
    waiting: async () => await listWaiting(boss),
    async listen(onJob) {
      const handle = await boss.getDb().listen!(CHANNEL, onJob, onJob)
      return { [Symbol.asyncDispose]: () => handle.close() }
    },
    async onAdvance(handler) {
      await boss.work(ADVANCE, { ...WORK, ...BATCH, perJobResults: true }, async jobs => {
        const steps = jobs as readonly Job<{ submission: string }>[]
        // Many tell of the same submission: it is looked at once. One that fails holds up no other.
        const outcomes = new Map<string, Pick<JobResult, 'status' | 'output'>>()
        for (const submission of new Set(steps.map(({ data }) => data.submission)))
          outcomes.set(submission, await outcomeOf(() => handler(submission)))
        return steps.map(({ id, data }) => ({ id, ...outcomes.get(data.submission)! }))
      })
    },
    async onNotarise(handler) {
      await boss.work(NOTARISE, { ...WORK, ...BATCH, localConcurrency: 1 }, async () => handler())
    },
    async onPrune(handler) {
      await boss.createQueue(PRUNE, { retryLimit: 0, policy: 'exclusive' })
      await boss.schedule(PRUNE, DAILY)
      await boss.work(PRUNE, { pollingIntervalSeconds: 60 }, async () => handler())
    },
    async onDead(handler) {
      await boss.work(DEAD, { ...WORK, includeMetadata: true }, async jobs => {
        const { data, sourceRetryCount, sourceOutput } = jobs[0] as JobWithMetadata<JobData>
        await handler({
          attempt: data.attempt,
          losses: data.losses + (sourceRetryCount ?? MOST_LOSSES - 1) + 1,
          said: JSON.stringify(sourceOutput),
        })
      })
    },
    async [Symbol.asyncDispose]() {
      await boss.stop({ graceful: true, timeout: 5000 })
    },
  }
}

/** Steps may be done twice, and are done until they succeed. */
const STEP = { retryLimit: 100_000, retryDelay: 2, expireInSeconds: 300, retentionSeconds: FOR_GOOD } as const
/** pg-boss takes no more than a batch a second; while it comes full, the next is taken at once. */
const BATCH = { batchSize: 32, burstWhenBatchFull: true } as const
const WORK = { pollingIntervalSeconds: 1, notifyPollingIntervalSeconds: 2, localConcurrency: 2 } as const

async function outcomeOf(step: () => Promise<void>): Promise<Pick<JobResult, 'status' | 'output'>> {
  try {
    await step()
    return { status: 'completed' }
  } catch (error) {
    return { status: 'failed', output: { message: (error as Error).message } }
  }
}

/** Jobs that a worker may have to leave to others are known by the set of those who failed at them. */
function groupOf(avoid: readonly string[]): string {
  return [...avoid].sort().join(' ')
}

function heldOf(queue: string, job: JobWithMetadata<JobData>): HeldJob {
  const { id, retryCount, priority, data, expireInSeconds } = job
  const losses = data.losses + retryCount
  return { ...data, losses, id, queue, retryCount, priority, seconds: expireInSeconds }
}

/** Their types do not tell it, but each answer says how many jobs it was about. */
function settled(response: object): boolean {
  return (response as { affected?: number }).affected === 1
}

/** pg-boss counts what waits, but does not tell the urgency of it, which is what decides between queues. */
async function listWaiting(boss: PgBoss): Promise<WaitingQueue[]> {
  const { rows } = await boss.getDb().executeSql(
    `select name, count(*)::int as count, max(priority) as priority,
       coalesce(jsonb_agg(distinct group_id) filter (where group_id is not null), '[]') as groups
     from ${SCHEMA}.job where state < 'active' and start_after <= now() and not blocked and name like '%.%'
     group by name order by priority desc, name`,
  )
  return rows.map(({ name, count, priority, groups }) => ({
    queue: name as string,
    count: count as number,
    priority: priority as number,
    avoided: (groups as string[]).map(group => group.split(' ')),
  }))
}
