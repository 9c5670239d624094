import { hash } from 'node:crypto'
import type { Commitment } from './commitment.ts'
import type { Draw } from './draw.ts'
import { digestFields } from './fields.ts'

/**
 * The seed of a draw: `digestFields("draw/v1", block hash, window, environment, root)`, for a confirmation followed by the
 * digests of both entries, the smaller first. Hashes and digests are their 32 bytes, the window is in decimal digits.
 */
export function seedOf({ root, terms }: Pick<Commitment, 'root' | 'terms'>, draw: Draw): Buffer {
  return digestFields(
    'draw/v1',
    Buffer.from(draw.blockHash.slice(2), 'hex'),
    String(draw.window),
    terms.environment,
    Buffer.from(root, 'hex'),
    ...(draw.kind === 'confirmation' ? draw.codes.map(code => Buffer.from(code, 'hex')) : []),
  )
}

/** Where a task stands in the order of a draw, as hexadecimal digits: SHA-256 of the seed and the task's number in four bytes. */
export function rankOf(seed: Buffer, number: number): string {
  const bytes = Buffer.allocUnsafe(seed.length + 4)
  seed.copy(bytes)
  bytes.writeUInt32BE(number, seed.length)
  return hash('sha256', bytes)
}

/** The same of a stratum: SHA-256 of the seed and the 32 bytes of its id. */
export function rankOfStratum(seed: Buffer, id: string): string {
  return hash('sha256', Buffer.concat([seed, Buffer.from(id, 'hex')]))
}
