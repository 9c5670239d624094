import { and, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm'
import type { Transaction } from '../store/database.ts'
import { bans, controls, submissions } from '../store/schema.ts'
import type { Payer, Payment } from './payment.ts'
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

interface Rule {
  readonly name: string
  readonly check: (tx: Transaction, candidate: Candidate, rules: IntakeRules) => Promise<readonly Reason[]>
}

const RULES: readonly Rule[] = [
  { name: 'intake is open', check: checkOpen },
  { name: 'not banned', check: checkBans },
  { name: 'not too many', check: checkRates },
  { name: 'paid', check: async (tx, candidate, { payment }) => await payment.take(tx, candidate) },
  { name: 'archive and manifest', check: async (_, { archive }) => archive },
]

/** Everything that speaks against a submission. */
export async function findObjections(
  tx: Transaction,
  candidate: Candidate,
  rules: IntakeRules,
): Promise<Reason[]> {
  const reasons: Reason[] = []
  for (const rule of RULES) reasons.push(...(await rule.check(tx, candidate, rules)))
  return reasons
}

/** The switch `intake` of the operator: `open`, `paused`, or `paused: <why>`. */
export async function checkOpen(tx: Transaction): Promise<Reason[]> {
  const [row] = await tx.select().from(controls).where(eq(controls.name, 'intake'))
  if (row === undefined || row.value === 'open') return []
  const why = /^paused:\s*(.+)$/s.exec(row.value)?.[1]
  return [
    {
      code: 'paused',
      message: `This validator takes no submissions now${why === undefined ? '' : ` (${why})`}: try again later`,
    },
  ]
}

export async function checkBans(
  tx: Transaction,
  { hotkey, coldkey }: Pick<Candidate, 'hotkey' | 'coldkey'>,
): Promise<Reason[]> {
  const found = await tx
    .select()
    .from(bans)
    .where(and(inArray(bans.key, [hotkey, coldkey]), or(isNull(bans.until), gt(bans.until, sql`now()`))))
  return found.map(({ key, reason, until }) => ({
    code: 'banned',
    message: `${key === hotkey ? 'This hotkey' : 'The coldkey of this hotkey'} is banned${until === null ? '' : ` until ${until.toISOString()}`}: ${reason}`,
  }))
}

async function checkRates(
  tx: Transaction,
  { hotkey, coldkey }: Candidate,
  { rates }: IntakeRules,
): Promise<Reason[]> {
  const since = sql`now() - make_interval(hours => ${rates.hours})`
  const count = async (column: typeof submissions.hotkey | typeof submissions.coldkey, key: string) => {
    const [row] = await tx
      .select({ number: sql<number>`count(*)::int`, first: sql<string | null>`min(${submissions.received})` })
      .from(submissions)
      .where(and(eq(column, key), gt(submissions.received, since)))
    return row!
  }
  return [
    ...judgeRate(
      'This hotkey',
      'handed in',
      await count(submissions.hotkey, hotkey),
      rates.hotkey,
      rates.hours,
    ),
    ...judgeRate(
      'The coldkey of this hotkey',
      'handed in',
      await count(submissions.coldkey, coldkey),
      rates.coldkey,
      rates.hours,
    ),
  ]
}

/** @param first - when the first of those counted came; the next may come a period after it */
export function judgeRate(
  who: string,
  did: string,
  { number, first }: { readonly number: number; readonly first: string | null },
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
