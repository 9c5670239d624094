import { asc, sql } from 'drizzle-orm'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { notarise } from '../../../validator/receipts/notary.ts'
import { checkChain, checkReceipt, Receipt } from '../../../validator/receipts/receipt.ts'
import type { Database } from '../../../validator/store/database.ts'
import { receipts } from '../../../validator/store/schema.ts'
import { persist } from '../../../validator/worker/persist.ts'
import { freshDatabase } from '../../support/database.ts'
import { signerNamed } from '../../support/miner.ts'
import { bodyOf } from '../../support/receipt.ts'

/** Receipts that wait, without the rows that they would be of. */
async function lay({ db }: Database, from: number, count: number): Promise<void> {
  await db.transaction(async tx => {
    await tx.execute(sql`set local session_replication_role = replica`)
    for (let index = from; index < from + count; index++)
      await tx
        .insert(receipts)
        .values({ subject: `a${index}`, kind: 'verdict', attempt: `a${index}`, body: bodyOf(String(index)) })
        .onConflictDoNothing()
  })
}

async function read({ db }: Database): Promise<Receipt[]> {
  const rows = await db
    .select()
    .from(receipts)
    .where(sql`sequence is not null`)
    .orderBy(asc(receipts.sequence))
  return rows.map(({ body, sequence, previous, digest, signer, signature }) =>
    Receipt.parse({ body, sequence, previous, digest, signer, signature }),
  )
}

async function checkAll(chain: readonly Receipt[]): Promise<void> {
  expect(chain.map(({ sequence }) => sequence)).toEqual(chain.map((_, index) => index + 1))
  expect(checkChain(chain)).toEqual([])
  expect((await Promise.all(chain.map(checkReceipt))).flat()).toEqual([])
}

test('however many sign at once, and whatever is killed meanwhile, the chain has no gap and no fork', async () => {
  await using database = await freshDatabase()
  const signer = await signerNamed('validator')
  let laid = 0
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('lay', 'sign', 'kill'), { minLength: 3, maxLength: 8 }),
      async acts => {
        await Promise.all(
          acts.map(async act => {
            switch (act) {
              case 'lay': {
                const from = laid
                laid += 3
                return await persist(() => lay(database, from, 3))
              }
              case 'sign':
                // A signer whose connection is ended has signed nothing.
                return await notarise(database, signer).catch(() => {})
              case 'kill':
                return await database.pool.query(
                  `select pg_terminate_backend(pid) from pg_stat_activity
                 where datname = current_database() and pid <> pg_backend_pid() and state = 'idle in transaction'`,
                )
            }
          }),
        )
        await checkAll(await read(database))
      },
    ),
    { numRuns: 6 },
  )

  await notarise(database, signer)

  const chain = await read(database)
  await checkAll(chain)
  expect(chain).toHaveLength(laid)
})

test('who dies in the middle of signing leaves nothing of it', async () => {
  await using database = await freshDatabase()
  await lay(database, 0, 4)
  const signer = await signerNamed('validator')
  let signed = 0
  const dying = {
    ...signer,
    sign: async (bytes: Uint8Array) => {
      signed += 1
      if (signed === 3) throw new Error('killed')
      return await signer.sign(bytes)
    },
  }

  await expect(notarise(database, dying)).rejects.toThrow('killed')
  expect(await read(database)).toEqual([])

  expect(await notarise(database, signer)).toBe(4)
  await checkAll(await read(database))
})
