import { sql } from 'drizzle-orm'
import type { Transaction } from '../store/database.ts'
import type { Charge, Payer, Payment } from './payment.ts'
import type { Reason } from './reason.ts'

/** What the operator asks of everybody. */
export interface IntakeRules {
  readonly rates: {
    /** The period that is counted over. */
    readonly hours: number
    /** Submissions of one hotkey. */
    readonly hotkey: number
    /** Submissions of one coldkey with all its hotkeys. */
    readonly coldkey: number
    /** Commits of one hotkey. */
    readonly commits: number
  }
  readonly payment: Payment
}

/** What is known of a submission whose signature holds. */
export interface Candidate extends Payer {
  /** What is wrong with its archive. */
  readonly archive: readonly Reason[]
}

/** What the rules go by, as it is while the coldkey is locked. */
export interface Facts {
  /** The switch `intake` of the operator: `open`, `paused`, or `paused: <why>`. */
  readonly intake: string | null
  readonly bans: readonly { readonly key: string; readonly reason: string; readonly until: string | null }[]
  readonly ofHotkey: Counted
  readonly ofColdkey: Counted
}

interface Counted {
  readonly number: number
  /** When the first of them came. */
  readonly first: string | null
}

type Keys = Pick<Candidate, 'hotkey' | 'coldkey'>

/** One question for all, since there are many who ask. */
export async function readFacts(
  tx: Transaction,
  { hotkey, coldkey }: Keys,
  { hours }: Pick<IntakeRules['rates'], 'hours'>,
): Promise<Facts> {
  const since = sql`now() - make_interval(hours => ${hours}::int)`
  const count = (column: 'hotkey' | 'coldkey', key: string) =>
    sql<Counted>`(select json_build_object('number', count(*), 'first', min(received)) from submissions
      where ${sql.identifier(column)} = ${key} and received > ${since})`
  const [facts] = await tx
    .select({
      intake: sql<Facts['intake']>`(select value from controls where name = 'intake')`,
      bans: sql<Facts['bans']>`(
        select coalesce(json_agg(json_build_object('key', key, 'reason', reason, 'until', until)), '[]') from bans
        where key in (${hotkey}, ${coldkey}) and (until is null or until > now()))`,
      ofHotkey: count('hotkey', hotkey),
      ofColdkey: count('coldkey', coldkey),
    })
    .from(sql`(select) as one`)
    .prepare('read_facts')
    .execute()
  return facts!
}

interface Rule {
  readonly name: string
  readonly check: (facts: Facts, candidate: Candidate, rules: IntakeRules) => readonly Reason[]
}

const RULES: readonly Rule[] = [
  { name: 'intake is open', check: checkOpen },
  { name: 'not banned', check: checkBans },
  { name: 'not too many', check: checkRates },
  { name: 'archive and manifest', check: (_, { archive }) => archive },
]

/** Everything that speaks against a submission; takes what it costs. */
export async function findObjections(
  tx: Transaction,
  candidate: Candidate,
  rules: IntakeRules,
  charge: Charge,
): Promise<Reason[]> {
  const facts = await readFacts(tx, candidate, rules.rates)
  const reasons = RULES.flatMap(({ check }) => check(facts, candidate, rules))
  return [...reasons, ...(await charge(tx))]
}

export function checkOpen({ intake }: Facts): Reason[] {
  if (intake === null || intake === 'open') return []
  const why = /^paused:\s*(.+)$/s.exec(intake)?.[1]
  return [
    {
      code: 'paused',
      message: `This validator takes no submissions now${why === undefined ? '' : ` (${why})`}: try again later`,
    },
  ]
}

export function checkBans({ bans }: Facts, { hotkey }: Pick<Candidate, 'hotkey'>): Reason[] {
  return bans.map(({ key, reason, until }) => {
    const who = key === hotkey ? 'This hotkey' : 'The coldkey of this hotkey'
    const end = until === null ? '' : ` until ${new Date(until).toISOString()}`
    return { code: 'banned', message: `${who} is banned${end}: ${reason}` }
  })
}

function checkRates({ ofHotkey, ofColdkey }: Facts, _: Candidate, { rates }: IntakeRules): Reason[] {
  const { hours, hotkey, coldkey } = rates
  return [
    ...judgeRate('This hotkey', 'handed in', ofHotkey, hotkey, hours),
    ...judgeRate('The coldkey of this hotkey', 'handed in', ofColdkey, coldkey, hours),
  ]
}

/** @param first - when the first of those counted came; the next may come a period after it */
export function judgeRate(
  who: string,
  did: string,
  { number, first }: Counted,
  most: number,
  hours: number,
): Reason[] {
  if (number < most) return []
  const next = first === null ? undefined : new Date(new Date(first).getTime() + hours * 3_600_000)
  return [
    {
      code: 'rate',
      message: `${who} ${did} ${number} in the last ${hours} hours, ${most} may be: ${next === undefined ? 'nothing is taken now' : `try again after ${next.toISOString()}`}`,
    },
  ]
}
