import { createHash } from 'node:crypto'
import { type Candidate, commitPool } from '../../task-bank/draw/commit.ts'
import type { Commitment, Terms } from '../../task-bank/draw/commitment.ts'
import type { Draw } from '../../task-bank/draw/draw.ts'
import { drawNext, enter, openLedger } from '../../task-bank/draw/ledger.ts'
import { buildProof, type Proof } from '../../task-bank/draw/proof.ts'
import type { Secrets } from '../../task-bank/draw/secrets.ts'

export const TERMS: Terms = {
  environment: 'some-env',
  before: 1000,
  delta: 20,
  windowBlocks: 100,
  draw: 4,
  confirmation: 3,
  minimum: 8,
}

/** Digest of a text, where any 32 bytes will do. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

/** Tasks of some repositories, each with as many as it says; digests and salts follow from their names. */
export function candidatesOf(sizes: Readonly<Record<string, number>>): Candidate[] {
  return Object.entries(sizes).flatMap(([repository, size]) =>
    Array.from({ length: size }, (_, index) => {
      const name = `${repository}-${index}`
      return {
        name,
        folder: `/tasks/${name}`,
        digest: digestOf(name),
        salt: digestOf(`salt of ${name}`),
        repository,
      }
    }),
  )
}

export function saltOf(repository: string): string {
  return digestOf(`salt of ${repository}`)
}

/** A pool of three repositories with 13 tasks. */
export function makePool(
  sizes: Readonly<Record<string, number>> = { 'org/alpha': 7, 'org/beta': 4, 'org/gamma': 2 },
  terms: Partial<Terms> = {},
): { readonly commitment: Commitment; readonly secrets: Secrets } {
  return commitPool({ ...TERMS, ...terms }, candidatesOf(sizes), saltOf)
}

export function windowDraw(window = 11, blockHash = digestOf(`block ${window * 100}`)): Draw {
  return { kind: 'window', window, blockHash: `0x${blockHash}` }
}

const CODES = [digestOf('champion'), digestOf('challenger')].sort() as [string, string]

export function confirmationDraw(draft: Partial<Extract<Draw, { kind: 'confirmation' }>> = {}): Draw {
  return {
    kind: 'confirmation',
    window: 11,
    blockHash: `0x${digestOf('block 1150')}`,
    committed: 1130,
    codes: CODES,
    ...draft,
  }
}

/** The numbers of each draw, one after the other. */
export function drawAll(commitment: Commitment, draws: readonly Draw[]): (readonly number[])[] {
  let ledger = openLedger(commitment)
  return draws.map(draw => {
    const drawn = drawNext(commitment, ledger, draw)
    if (drawn.kind === 'refused') throw new Error(drawn.reason)
    ledger = enter(ledger, draw, drawn.numbers)!
    return drawn.numbers
  })
}

/** The proof of the last of some draws. */
export function prove(
  { commitment, secrets }: { commitment: Commitment; secrets: Secrets },
  draws: readonly Draw[],
): Proof {
  const numbers = drawAll(commitment, draws).at(-1)!
  return proofOf(
    buildProof(commitment, secrets, { earlier: draws.slice(0, -1), draw: draws.at(-1)!, numbers }),
  )
}

export function proofOf(built: ReturnType<typeof buildProof>): Proof {
  if ('mistakes' in built) throw new Error(built.mistakes.join('\n'))
  return built.proof
}
