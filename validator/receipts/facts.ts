import { and, eq } from 'drizzle-orm'
import type { Draw, Entry } from '../scoring/season/facts.ts'
import type { Jobs } from '../stages/jobs.ts'
import type { Drizzle, Transaction } from '../store/database.ts'
import { receipts } from '../store/schema.ts'
import { ReceiptBody } from './receipt.ts'

/**
 * Lays something down to be signed; once for good.
 *
 * @param window - it stays closed until this is over; null if anybody may know it at once
 */
export async function note(
  tx: Transaction,
  jobs: Pick<Jobs, 'sendNotarise'>,
  raw: ReceiptBody,
  window: number | null,
): Promise<void> {
  const body = ReceiptBody.parse(raw)
  await tx
    .insert(receipts)
    .values({ subject: subjectOf(body), kind: body.kind, attempt: attemptOf(body), window, body })
    .onConflictDoNothing()
  await jobs.sendNotarise(tx)
}

/** A draw as it was laid down; undefined if it was not. */
export async function readDraw(db: Drizzle | Transaction, draw: string): Promise<Draw | undefined> {
  const [row] = await db
    .select({ body: receipts.body })
    .from(receipts)
    .where(and(eq(receipts.kind, 'draw'), eq(receipts.subject, draw)))
  if (row === undefined) return undefined
  const body = ReceiptBody.parse(row.body)
  if (body.kind !== 'draw') throw new Error(`The receipt of draw ${draw} is a ${body.kind}`)
  const { kind: _, format: __, ...fact } = body
  return fact
}

/** Everybody who ever took part. */
export async function readEntries(db: Drizzle | Transaction): Promise<Map<string, Entry>> {
  const rows = await db.select({ body: receipts.body }).from(receipts).where(eq(receipts.kind, 'entry'))
  return new Map(
    rows.map(({ body: raw }) => {
      const { kind: _, format: __, ...entry } = ReceiptBody.parse(raw) as ReceiptBody & { kind: 'entry' }
      return [entry.submission, entry]
    }),
  )
}

function subjectOf(body: ReceiptBody): string {
  switch (body.kind) {
    case 'verdict':
    case 'void':
      return body.attempt
    case 'entry':
      return body.submission
    case 'draw':
    case 'duel':
      return body.draw
    case 'settlement':
      return String(body.window)
  }
}

function attemptOf(body: ReceiptBody): string | null {
  return body.kind === 'verdict' || body.kind === 'void' ? body.attempt : null
}
