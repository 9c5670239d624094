import { createHash } from 'node:crypto'

/** A commit that is not revealed within so many blocks counts nothing: about a day. */
export const REVEAL_BLOCKS = 7200

/**
 * SHA-256 over salt (32 bytes), digest (32 bytes) and the hotkey's address (ASCII), in hex. With the hotkey in it, a hash that
 * somebody copies is worth nothing to him, here and at every other validator.
 */
export function commitHash(salt: string, digest: string, hotkey: string): string {
  return createHash('sha256')
    .update(Buffer.from(salt, 'hex'))
    .update(Buffer.from(digest, 'hex'))
    .update(hotkey)
    .digest('hex')
}
