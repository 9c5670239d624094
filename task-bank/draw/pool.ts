import { z } from 'zod'
import { Commitment, checkCommitment } from './commitment.ts'
import { Draw } from './draw.ts'
import { parseJson } from './json.ts'
import { enter, type Ledger, openLedger, publish } from './ledger.ts'

const Window = z.number().int().nonnegative()

/** The public file of a pool: what was committed, and every draw since. No task can be told from it. */
export const Pool = z.strictObject({
  format: z.literal('arete/pool/v1'),
  commitment: Commitment,
  draws: z.array(z.strictObject({ draw: Draw, numbers: z.array(z.number().int().nonnegative()) })),
  /** Windows whose tasks were published. */
  published: z.array(Window),
})
export type Pool = z.infer<typeof Pool>

/** Reads a pool's file. The ledger is what its draws come to; that they were drawn rightly is for their proofs to show. */
export function parsePool(
  text: string,
): { readonly pool: Pool; readonly ledger: Ledger } | { readonly mistakes: readonly string[] } {
  const parsed = parseJson(Pool, text)
  if ('mistakes' in parsed) return parsed
  const pool = parsed.value
  const mistakes = checkCommitment(pool.commitment).map(mistake => `commitment.${mistake}`)
  if (mistakes.length > 0) return { mistakes }
  let ledger = openLedger(pool.commitment)
  for (const [index, { draw, numbers }] of pool.draws.entries()) {
    const entered = enter(ledger, draw, numbers)
    if (entered === undefined)
      return { mistakes: [`draws.${index}.numbers: a task that is none, or was drawn before`] }
    ledger = entered
  }
  for (const [index, window] of pool.published.entries()) {
    if (!pool.draws.some(({ draw }) => draw.window === window))
      return { mistakes: [`published.${index}: window ${window} was not drawn`] }
    ledger = publish(ledger, window)
  }
  return { pool, ledger }
}

export function renderPool(pool: Pool): string {
  return `${JSON.stringify(pool, undefined, 1)}\n`
}
