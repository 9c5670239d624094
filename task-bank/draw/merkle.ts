import { hash } from 'node:crypto'

/**
 * A Merkle tree as in RFC 6962, section 2.1: SHA-256 of a zero byte and the data is a leaf, of a one byte and two hashes a
 * node, so that neither can be taken for the other. A node without a neighbour moves up as it is, which splits at the largest
 * power of two below the size, as the RFC says; nothing is hashed twice to fill a gap.
 */
export interface MerkleTree {
  readonly root: Buffer
  /** Hashes beside the way from a leaf to the root, lowest first. */
  readonly pathOf: (index: number) => Buffer[]
}

const BYTES = 32

/** @param leaves - at least one; what stands in them, not yet hashed */
export function buildTree(leaves: readonly Uint8Array[]): MerkleTree {
  const lowest = Buffer.allocUnsafe(leaves.length * BYTES)
  for (const [index, leaf] of leaves.entries()) hashInto(lowest, index, 0, leaf)
  // One buffer a level: a hundred thousand small ones would cost more than the hashing.
  const levels: Buffer[] = [lowest]
  while (levels.at(-1)!.length > BYTES) levels.push(nextLevel(levels.at(-1)!))
  return {
    root: levels.at(-1)!,
    pathOf: index =>
      levels.map((level, height) => hashAt(level, (index >> height) ^ 1)).filter(({ length }) => length > 0),
  }
}

/** The root that a leaf and its path give at a place in a tree of some size; undefined if the path has another length. */
export function climb(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Buffer[],
): Buffer | undefined {
  const found = Buffer.alloc(BYTES)
  hashInto(found, 0, 0, leaf)
  let used = 0
  for (let at = index, width = size; width > 1; at >>= 1, width = (width + 1) >> 1) {
    if ((at ^ 1) >= width) continue
    const beside = path[used++]
    if (beside === undefined) return undefined
    hashInto(found, 0, 1, Buffer.concat(at % 2 === 0 ? [found, beside] : [beside, found]))
  }
  return used === path.length ? found : undefined
}

function nextLevel(level: Buffer): Buffer {
  const width = level.length / BYTES
  const next = Buffer.allocUnsafe(((width + 1) >> 1) * BYTES)
  const tagged = Buffer.of(1, ...Array<number>(2 * BYTES).fill(0))
  for (let index = 0; index < width >> 1; index++) {
    level.copy(tagged, 1, 2 * index * BYTES, 2 * (index + 1) * BYTES)
    next.write(hash('sha256', tagged, 'binary'), index * BYTES, 'binary')
  }
  if (width % 2 === 1) hashAt(level, width - 1).copy(next, next.length - BYTES)
  return next
}

function hashAt(level: Buffer, index: number): Buffer {
  return level.subarray(index * BYTES, (index + 1) * BYTES)
}

function hashInto(level: Buffer, index: number, kind: 0 | 1, data: Uint8Array): void {
  const tagged = Buffer.allocUnsafe(1 + data.length)
  tagged[0] = kind
  tagged.set(data, 1)
  level.write(hash('sha256', tagged, 'binary'), index * BYTES, 'binary')
}
