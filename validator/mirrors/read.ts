import { readJson } from '../../sandbox/bounded-json.ts'
import { parseAffine } from './affine.ts'
import type { MirrorBoard, MirrorSource } from './mirror.ts'
import { parseRidges } from './ridges.ts'

export const MOST_MIRROR_BYTES = 8 * 2 ** 20

/** Reads the public JSON of another subnet's board, or says what is wrong with it. */
export function readMirror(
  source: MirrorSource,
  bytes: Buffer,
): MirrorBoard | { readonly mistakes: readonly string[] } {
  if (bytes.length > MOST_MIRROR_BYTES)
    return { mistakes: [`it has ${bytes.length} bytes; ${MOST_MIRROR_BYTES} may be`] }
  const value = readJson(bytes)
  if (value === undefined) return { mistakes: ['it is no JSON, or nested too deeply'] }
  switch (source) {
    case 'affine':
      return parseAffine(value)
    case 'ridges':
      return parseRidges(value)
  }
}
