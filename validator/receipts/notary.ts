import { asc, desc, isNotNull, isNull, sql } from 'drizzle-orm'
import type { Signer } from '../intake/signature.ts'
import type { Database, Transaction } from '../store/database.ts'
import { tell } from '../store/events.ts'
import { receipts } from '../store/schema.ts'
import { linkReceipt, ReceiptBody } from './receipt.ts'

/** Takes the lock under which receipts are linked: until its end none is signed but by this transaction. */
export async function lockChain(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(${LOCK})`)
}

const LOCK = 0x61726e6f
const BATCH = 100

/**
 * Links and signs what has no place in the chain of receipts yet. One process at a time, and a batch is there as a whole or not at
 * all: so the chain has no gap and no fork, whoever dies when.
 *
 * @returns how many were signed
 */
export async function notarise({ db }: Pick<Database, 'db'>, signer: Signer): Promise<number> {
  let total = 0
  for (;;) {
    const count = await db.transaction(async tx => {
      await lockChain(tx)
      // A settlement was made under this lock, of what was signed by then; nothing may come between.
      const waiting = await tx
        .select()
        .from(receipts)
        .where(isNull(receipts.sequence))
        .orderBy(
          desc(sql`${receipts.kind} = 'settlement'`),
          asc(receipts.made),
          asc(receipts.subject),
          asc(receipts.kind),
        )
        .limit(BATCH)
      if (waiting.length === 0) return 0
      const [last] = await tx
        .select({ sequence: receipts.sequence, digest: receipts.digest })
        .from(receipts)
        .where(isNotNull(receipts.sequence))
        .orderBy(desc(receipts.sequence))
        .limit(1)
      let before = last === undefined ? undefined : { sequence: last.sequence!, digest: last.digest! }
      for (const { subject, kind, body } of waiting) {
        const { body: _, ...link } = await linkReceipt(signer, ReceiptBody.parse(body), before)
        await tx
          .update(receipts)
          .set(link)
          .where(sql`${receipts.subject} = ${subject} and ${receipts.kind} = ${kind}`)
        before = link
      }
      await tell(tx, { kind: 'notarised', body: { count: waiting.length, last: before!.sequence } })
      return waiting.length
    })
    total += count
    if (count < BATCH) return total
  }
}
