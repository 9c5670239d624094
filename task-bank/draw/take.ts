import type { Draw } from './draw.ts'
import { drawNext, enter, type Ledger } from './ledger.ts'
import type { Pool } from './pool.ts'

/** What a pool gave, and the pool with that on record; or why it gives nothing. */
export type Taken =
  | {
      readonly numbers: readonly number[]
      readonly earlier: readonly Draw[]
      readonly pool: Pool
      readonly ledger: Ledger
    }
  | { readonly reason: string }

/** A draw that is on record is what it was; any other is made and put on record. */
export function takeDraw(pool: Pool, ledger: Ledger, wanted: Draw): Taken {
  const draws = pool.draws.map(one => one.draw)
  const index = draws.findIndex(one => isSameDraw(one, wanted))
  if (index >= 0) {
    const { blockHash } = draws[index]!
    return blockHash === wanted.blockHash
      ? { numbers: pool.draws[index]!.numbers, earlier: draws.slice(0, index), pool, ledger }
      : { reason: `it was made before, with the block hash ${blockHash}` }
  }
  const drawn = drawNext(pool.commitment, ledger, wanted)
  if (drawn.kind === 'refused') return drawn
  const record = { draw: wanted, numbers: [...drawn.numbers] }
  return {
    numbers: drawn.numbers,
    earlier: draws,
    pool: { ...pool, draws: [...pool.draws, record] },
    ledger: enter(ledger, wanted, drawn.numbers)!,
  }
}

function isSameDraw(one: Draw, other: Draw): boolean {
  return (
    one.window === other.window &&
    (one.kind === 'window'
      ? other.kind === 'window'
      : other.kind === 'confirmation' && one.codes.join() === other.codes.join())
  )
}
