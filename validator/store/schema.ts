import { sql } from 'drizzle-orm'
import {
  bigint,
  bigserial,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  text,
  timestamp,
  uniqueIndex,
} from 'drizzle-orm/pg-core'
import type { Sealed } from '../chain/sealed.ts'
import type { Weights } from '../chain/weights.ts'
import type { Measures } from '../copies/suspects.ts'
import type { AttemptState } from '../queue/attempt.ts'
import type { Needs, WorkerPhase } from '../queue/needs.ts'
import type { Stage, SubmissionState } from '../queue/submission.ts'
import type { ReceiptBody } from '../receipts/receipt.ts'
import type { Role } from '../scoring/role.ts'
import type { Standings } from '../scoring/season/standings.ts'

/** Time with a zone, as `Date`. All times are the database's own: clocks of machines may differ. */
const time = (name: string) => timestamp(name, { withTimezone: true })
const now = (name: string) => time(name).notNull().defaultNow()

/** Places in the line of commits and arrivals. */
export const line = pgSequence('line', { startWith: 1000 })

/** An agent that a miner handed in. Its bytes are a blob. */
export const submissions = pgTable(
  'submissions',
  {
    /** Twelve bytes in hex, out of the signed message's digest: handing in the same again gives the same. */
    id: text('id').primaryKey(),
    role: text('role').$type<Role>().notNull().default('miner'),
    hotkey: text('hotkey').notNull(),
    coldkey: text('coldkey').notNull(),
    /** Submissions of one cluster take one place at a time: a coldkey, or the origin of a copy. */
    cluster: text('cluster').notNull(),
    /** SHA-256 of the packed bytes; the blob's name. */
    digest: text('digest').notNull(),
    manifest: jsonb('manifest').notNull(),
    /** What was signed, and the signature. */
    envelope: jsonb('envelope').notNull(),
    /** Who was first: `[block, index, hotkey]` of the commit, or of the arrival. */
    block: integer('block').notNull(),
    index: integer('index').notNull(),
    /** See `queue/submission.ts`. */
    state: text('state').$type<SubmissionState>().notNull(),
    stage: text('stage').$type<Stage>().notNull(),
    /** Codes and sentences: why it was refused, failed or voided. */
    reasons: jsonb('reasons').notNull().default([]),
    window: integer('window').notNull(),
    /** Closed until then; null: with the end of its window. */
    opens: time('opens'),
    /** Whether it was handed over to the queue. */
    sent: boolean('sent').notNull().default(false),
    received: now('received'),
    changed: now('changed'),
  },
  table => [
    index('submissions_by_hotkey').on(table.hotkey, table.received),
    index('submissions_by_coldkey').on(table.coldkey, table.received),
    index('submissions_by_cluster').on(table.cluster, table.state),
    index('submissions_by_state').on(table.state, table.stage),
    index('submissions_unsent').on(table.id).where(sql`not ${table.sent}`),
  ],
)

/** What agents are known by, by the digest of their packed bytes. */
export const fingerprints = pgTable('fingerprints', {
  digest: text('digest').primaryKey(),
  /** See `copies/fingerprint.ts`; null if it could not be taken. */
  print: jsonb('print'),
  /** Why there is none. */
  trouble: text('trouble'),
  made: now('made'),
})

/** One row for each submission that was compared with all before it. */
export const suspicions = pgTable('suspicions', {
  submission: text('submission')
    .primaryKey()
    .references(() => submissions.id),
  /** The earliest submission that it looks like; null if it looks like none. */
  origin: text('origin'),
  /** See `copies/suspects.ts`. */
  measures: jsonb('measures').$type<Measures>(),
  quantile: doublePrecision('quantile'),
  reason: text('reason'),
  at: now('at'),
  /** When its patches were compared as well, before its duel; null if they were not. */
  patched: time('patched'),
})

/** Nonces that were used; a row may go when it has expired. */
export const nonces = pgTable(
  'nonces',
  { hotkey: text('hotkey').notNull(), nonce: text('nonce').notNull(), expires: time('expires').notNull() },
  table => [primaryKey({ columns: [table.hotkey, table.nonce] })],
)

/** A hash that a miner laid down before showing the bytes. */
export const commits = pgTable(
  'commits',
  {
    hash: text('hash').notNull(),
    hotkey: text('hotkey').notNull(),
    block: integer('block').notNull(),
    index: integer('index').notNull(),
    /** The submission that revealed it. */
    submission: text('submission'),
    received: now('received'),
  },
  // A hash that somebody copies counts nothing for him, and takes it from nobody.
  table => [
    primaryKey({ columns: [table.hash, table.hotkey] }),
    index('commits_by_hotkey').on(table.hotkey, table.received),
  ],
)

/** A task that attempts are made at; its folder, packed, is a blob so that workers elsewhere have the same. */
export const tasks = pgTable('tasks', {
  digest: text('digest').primaryKey(),
  name: text('name').notNull(),
  environment: text('environment').notNull(),
  pack: text('pack').notNull(),
  /** What a worker must have: `{ cpus, memoryMegabytes, labels }`. */
  needs: jsonb('needs').$type<Needs>().notNull(),
  /** Whether its two phases can be done on two machines. */
  splits: boolean('splits').notNull(),
  /** What agent and tests may take together, with all that is made ready for them. */
  seconds: integer('seconds').notNull().default(3600),
  added: now('added'),
})

/** Which tasks count, with what proves that they were drawn. */
export const draws = pgTable('draws', {
  id: text('id').primaryKey(),
  window: integer('window').notNull(),
  /** `shared` by all, or the submission that a confirmation was drawn for. */
  purpose: text('purpose').notNull(),
  proof: jsonb('proof').notNull(),
  /** Digests of tasks in their order. */
  tasks: jsonb('tasks').$type<readonly string[]>().notNull(),
  made: now('made'),
})

/** One agent phase at one task, and its judgement. */
export const attempts = pgTable(
  'attempts',
  {
    id: text('id').primaryKey(),
    submission: text('submission')
      .notNull()
      .references(() => submissions.id),
    task: text('task')
      .notNull()
      .references(() => tasks.digest),
    stage: text('stage').$type<Stage>().notNull(),
    draw: text('draw').notNull(),
    /** Place in the draw. */
    place: integer('place').notNull(),
    /** See `queue/attempt.ts`. */
    state: text('state').$type<AttemptState>().notNull(),
    /** Who may write a result: changes with each lease, so that late results of a lost one count nothing. */
    lease: text('lease'),
    worker: text('worker'),
    /** Faults of ours so far; see `faults`. */
    faults: integer('faults').notNull().default(0),
    /** What the agent phase left, between the phases: digests of blobs and how it ended. */
    left: jsonb('left'),
    verdict: text('verdict'),
    reason: text('reason'),
    detail: text('detail'),
    planned: now('planned'),
    started: time('started'),
    ended: time('ended'),
  },
  table => [
    uniqueIndex('attempts_once').on(table.submission, table.draw, table.stage, table.task),
    index('attempts_by_draw').on(table.draw, table.submission),
    index('attempts_by_state').on(table.state),
    index('attempts_by_task').on(table.task),
  ],
)

/** Failures of ours at an attempt, with evidence from our side. */
export const faults = pgTable('faults', {
  id: bigserial('id', { mode: 'number' }).primaryKey(),
  attempt: text('attempt')
    .notNull()
    .references(() => attempts.id),
  worker: text('worker').notNull(),
  /** `harness` or `task`. */
  kind: text('kind').$type<'task' | 'harness'>().notNull(),
  code: text('code').notNull(),
  evidence: jsonb('evidence').$type<Record<string, unknown>>().notNull(),
  at: now('at'),
})

/**
 * What is signed: one row for each verdict, for each attempt that became void, and for each fact that the board follows from. Link and
 * signature are added by who holds the hotkey.
 */
export const receipts = pgTable(
  'receipts',
  {
    /** Whom or what it is about: an attempt, a submission, a draw, a window. */
    subject: text('subject').notNull(),
    /** As in `receipt.ts`; a verdict may become void later. */
    kind: text('kind').$type<ReceiptBody['kind']>().notNull(),
    /** Of a verdict, and of a void. */
    attempt: text('attempt').references(() => attempts.id),
    /** Closed until it is over; null: never closed. */
    window: integer('window'),
    /** What is judged and signed: `receipt.ts`. */
    body: jsonb('body').notNull(),
    /** Place in the chain of receipts, from 1. */
    sequence: bigint('sequence', { mode: 'number' }).unique(),
    previous: text('previous'),
    digest: text('digest').unique(),
    signer: text('signer'),
    signature: text('signature'),
    made: now('made'),
  },
  table => [
    primaryKey({ columns: [table.subject, table.kind] }),
    index('receipts_unsigned').on(table.made).where(sql`${table.sequence} is null`),
    index('receipts_by_patch').on(sql`(${table.body} ->> 'patch')`),
    index('receipts_by_attempt').on(table.attempt),
    // Few beside verdicts, and read again after each event.
    index('receipts_of_facts')
      .on(table.kind, table.made)
      .where(sql`${table.kind} in ('entry', 'draw', 'duel', 'settlement')`),
    index('receipts_of_copies')
      .on(table.made)
      .where(sql`${table.kind} = 'draw' and jsonb_path_exists(${table.body}, '$.against[*].reason')`),
  ],
)

/** Processes that claim jobs. */
export const workers = pgTable('workers', {
  id: text('id').primaryKey(),
  host: text('host').notNull(),
  engine: text('engine').notNull(),
  cpus: integer('cpus').notNull(),
  memoryMegabytes: integer('memory_megabytes').notNull(),
  labels: jsonb('labels').$type<readonly string[]>().notNull(),
  phases: jsonb('phases').$type<readonly WorkerPhase[]>().notNull(),
  version: text('version').notNull(),
  /** `working`, `draining` (takes nothing new), `gone`. */
  state: text('state').$type<'working' | 'draining' | 'gone'>().notNull(),
  started: now('started'),
  seen: now('seen'),
})

/** Who may not take part: a hotkey or a coldkey. */
export const bans = pgTable('bans', {
  key: text('key').primaryKey(),
  reason: text('reason').notNull(),
  until: time('until'),
  by: text('by').notNull(),
  at: now('at'),
})

/** What a hotkey has paid for and not used, in submissions. */
export const credits = pgTable('credits', {
  hotkey: text('hotkey').primaryKey(),
  left: integer('left').notNull(),
})

/** Payments on the chain that were taken for a submission; each counts once. */
export const payments = pgTable('payments', {
  /** As the chain names the event. */
  reference: text('reference').primaryKey(),
  submission: text('submission').notNull(),
  taken: now('taken'),
})

/** Switches of the operator, such as `intake` = `paused`. */
export const controls = pgTable('controls', {
  name: text('name').primaryKey(),
  value: text('value').notNull(),
})

/** Every act of an operator. */
export const audit = pgTable('audit', {
  id: bigserial('id', { mode: 'number' }).primaryKey(),
  at: now('at'),
  by: text('by').notNull(),
  act: text('act').notNull(),
  subject: text('subject').notNull(),
  detail: jsonb('detail').notNull().default({}),
})

/** What happened, in order; `store/events.ts` gives places and wakes listeners. */
export const events = pgTable(
  'events',
  {
    id: bigserial('id', { mode: 'number' }).primaryKey(),
    /** Given after its transaction was committed, to one after the other: who remembers the last place has missed none before it. */
    place: bigint('place', { mode: 'number' }).unique(),
    at: now('at'),
    kind: text('kind').notNull(),
    /** A submission's id, or empty. */
    submission: text('submission').notNull().default(''),
    body: jsonb('body').notNull().default({}),
  },
  table => [
    index('events_by_submission').on(table.submission, table.place),
    index('events_unplaced').on(table.id).where(sql`${table.place} is null`),
  ],
)

/** Windows that were settled. */
export const settlements = pgTable('settlements', {
  window: integer('window').primaryKey(),
  block: integer('block').notNull().default(0),
  /** Why an operator let it count although more was void than may be. */
  despite: text('despite'),
  /** The board and what follows from it: `scoring/season/standings.ts`. */
  standings: jsonb('standings').$type<Standings>(),
  at: now('at'),
})

/** Weights of settled windows on their way to the chain. */
export const emissions = pgTable('emissions', {
  window: integer('window').primaryKey(),
  weights: jsonb('weights').$type<Weights>().notNull(),
  /**
   * `sending` is written down before anything is sent, `committed` once the chain has a commit of it, `confirmed` once it has the
   * weights.
   */
  state: text('state').$type<'planned' | 'sending' | 'committed' | 'confirmed'>().notNull(),
  /** What was sent last, with all that is needed to find it on the chain. */
  sealed: jsonb('sealed').$type<Sealed>(),
  /** The newest block when a commit was revealed last. */
  revealed: integer('revealed'),
  /** The newest block when it was sent last. */
  since: integer('since'),
  /** What the chain said last. */
  said: text('said'),
  changed: now('changed'),
})

/** All subnets of the chain, as of one block each. */
export const subnets = pgTable('subnets', {
  block: integer('block').primaryKey(),
  at: time('at').notNull(),
  /** `SubnetsNow` of `chain/subnets.ts` in its form for JSON. */
  snapshot: jsonb('snapshot').notNull(),
})

/** Champions, the present one last. */
export const reigns = pgTable('reigns', {
  number: bigserial('number', { mode: 'number' }).primaryKey(),
  submission: text('submission')
    .notNull()
    .references(() => submissions.id),
  block: integer('block').notNull(),
  /** The draw that it won on; null for the first. */
  draw: text('draw').unique(),
  credit: doublePrecision('credit').notNull(),
})

/** Scores that settlement gave, by window. */
export const scores = pgTable(
  'scores',
  {
    submission: text('submission').notNull(),
    window: integer('window').notNull(),
    environment: text('environment').notNull(),
    solved: integer('solved').notNull(),
    judged: integer('judged').notNull(),
    voided: integer('voided').notNull(),
    score: doublePrecision('score').notNull(),
  },
  table => [primaryKey({ columns: [table.submission, table.window, table.environment] })],
)

/** Boards of other subnets as they were read; nothing here is judged or scored by them. */
export const mirrors = pgTable(
  'mirrors',
  {
    source: text('source').$type<'affine' | 'ridges'>().notNull(),
    /** SHA-256 of what was read. */
    digest: text('digest').notNull(),
    /** The file or the address that it was read from. */
    origin: text('origin').notNull(),
    /** What was understood of it: `mirrors/mirror.ts`. */
    board: jsonb('board').notNull(),
    taken: now('taken'),
  },
  table => [primaryKey({ columns: [table.source, table.digest] })],
)
