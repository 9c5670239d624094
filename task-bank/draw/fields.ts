import { hash } from 'node:crypto'
import { z } from 'zod'

/** 32 bytes as 64 lower-case hexadecimal digits. */
export const Sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 lower-case hexadecimal digits')

/**
 * SHA-256 over fields, so written that no other fields give the same bytes: before each stands its length in bytes, as four
 * bytes with the most significant first. Texts are UTF-8; numbers are to be given in decimal digits.
 */
export function digestFields(...fields: readonly (string | Uint8Array)[]): Buffer {
  const parts = fields.flatMap(field => {
    const bytes = typeof field === 'string' ? Buffer.from(field, 'utf8') : field
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return [length, bytes]
  })
  return sha256(Buffer.concat(parts))
}

export function sha256(bytes: Uint8Array): Buffer {
  return hash('sha256', bytes, 'buffer')
}
