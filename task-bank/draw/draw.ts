import { z } from 'zod'
import { Block, type Commitment, type Terms } from './commitment.ts'
import { Sha256 } from './fields.ts'

const Common = {
  window: z
    .number()
    .int()
    .nonnegative()
    .max(2 ** 40),
  blockHash: z.string().regex(/^0x[0-9a-f]{64}$/, 'expected 0x and 64 lower-case hexadecimal digits'),
}

/**
 * What a draw follows from, beside the pool: a window's own, or the confirmation of a duel in it. `codes` are the digests of
 * both entries, the smaller first; `committed` is the block in which the later of them was committed.
 */
export const Draw = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('window'), ...Common }),
  z.strictObject({
    kind: z.literal('confirmation'),
    ...Common,
    committed: Block,
    codes: z
      .tuple([Sha256, Sha256])
      .refine(([one, other]) => one < other, 'expected two different digests, the smaller first'),
  }),
])
export type Draw = z.infer<typeof Draw>

/** How many tasks a draw takes. */
export function countOf(terms: Terms, draw: Draw): number {
  switch (draw.kind) {
    case 'window':
      return terms.draw
    case 'confirmation':
      return terms.confirmation
  }
}

/**
 * The one block whose hash counts for a draw: the window's first; for a confirmation the window's first, or `delta` after the
 * later entry was committed, whichever is later. Nobody may try one hash after the other.
 */
export function blockOf(terms: Terms, draw: Draw): number {
  const first = draw.window * terms.windowBlocks
  switch (draw.kind) {
    case 'window':
      return first
    case 'confirmation':
      return Math.max(first, draw.committed + terms.delta)
  }
}

/** Why a draw cannot be of this pool at all, if so: its block is too early to be safe, or no more in its window. */
export function checkBlock({ terms }: Commitment, draw: Draw): string | undefined {
  const { before, delta, windowBlocks } = terms
  const first = draw.window * windowBlocks
  const block = blockOf(terms, draw)
  if (first < before + delta)
    return `window ${draw.window} begins at block ${first}, and the pool that is public before block ${before} may be drawn from block ${before + delta} on: window ${Math.ceil((before + delta) / windowBlocks)} is the first`
  if (block >= first + windowBlocks)
    return `its block would be ${block}, after window ${draw.window} ended with block ${first + windowBlocks - 1}`
  return undefined
}
