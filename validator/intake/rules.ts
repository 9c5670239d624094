import { and, eq, gt, inArray, isNull, or, sql } from 'drizzle-orm'
import type { Transaction } from '../store/database.ts'
import { bans, controls, credits, submissions } from '../store/schema.ts'
import { unpackAgent } from './pack.ts'
import type { Reason } from './reason.ts'

/** What the operator asks of everybody. */
export interface IntakeRules {
  /** Submissions of one hotkey, and of one coldkey with all its hotkeys, in a period of so many hours. */
  readonly rates: { readonly hours: number; readonly hotkey: number; readonly coldkey: number }
  /** `credit`: a submission takes one of those that the operator or a payment gave to the hotkey. */
  readonly fee: 'none' | 'credit'
}

/** What is known of a submission whose signature holds. */
export interface Candidate {
  readonly hotkey: string
  readonly coldkey: string
  readonly bytes: Buffer
}

interface Rule {
  readonly name: string
  readonly check: (tx: Transaction, candidate: Candidate, rules: IntakeRules) => Promise<readonly Reason[]>
}

const RULES: readonly Rule[] = [
  { name: 'intake is open', check: checkOpen },
  { name: 'not banned', check: checkBans },
  { name: 'not too many', check: checkRates },
  { name: 'paid', check: checkCredit },
  { name: 'archive and manifest', check: checkArchive },
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

async function checkOpen(tx: Transaction): Promise<Reason[]> {
  const [row] = await tx.select().from(controls).where(eq(controls.name, 'intake'))
  if (row === undefined || row.value === 'open') return []
  return [{ code: 'paused', message: 'This validator takes no submissions now: try again later' }]
}

async function checkBans(tx: Transaction, { hotkey, coldkey }: Candidate): Promise<Reason[]> {
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
      .select({ number: sql<number>`count(*)::int`, first: sql<Date>`min(${submissions.received})` })
      .from(submissions)
      .where(and(eq(column, key), gt(submissions.received, since)))
    return row!
  }
  const [ofHotkey, ofColdkey] = [
    await count(submissions.hotkey, hotkey),
    await count(submissions.coldkey, coldkey),
  ]
  const judge = (
    what: string,
    { number, first }: { number: number; first: Date },
    most: number,
  ): Reason[] => {
    if (number < most) return []
    const next = new Date(new Date(first).getTime() + rates.hours * 3_600_000)
    return [
      {
        code: 'rate',
        message: `${what} handed in ${number} in the last ${rates.hours} hours, ${most} may be: try again after ${next.toISOString()}`,
      },
    ]
  }
  return [
    ...judge('This hotkey', ofHotkey, rates.hotkey),
    ...judge('The coldkey of this hotkey', ofColdkey, rates.coldkey),
  ]
}

/** Takes the credit: if the submission is refused for anything else, the transaction gives it back. */
async function checkCredit(tx: Transaction, { hotkey }: Candidate, { fee }: IntakeRules): Promise<Reason[]> {
  if (fee === 'none') return []
  const { rowCount } = await tx
    .update(credits)
    .set({ left: sql`${credits.left} - 1` })
    .where(and(eq(credits.hotkey, hotkey), gt(credits.left, 0)))
  if (rowCount === 1) return []
  return [{ code: 'unpaid', message: 'This hotkey has no submission left that was paid for' }]
}

async function checkArchive(_: Transaction, { bytes }: Candidate): Promise<readonly Reason[]> {
  const unpacked = await unpackAgent(bytes)
  return 'reasons' in unpacked ? unpacked.reasons : []
}
