import { sha256 } from './fields.ts'

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

/** @param leaves - at least one; what stands in them, not yet hashed */
export function buildTree(leaves: readonly Uint8Array[]): MerkleTree {
  const levels = [leaves.map(hashLeaf)]
  while (levels.at(-1)!.length > 1) levels.push(nextLevel(levels.at(-1)!))
  return {
    root: levels.at(-1)![0]!,
    pathOf: index => levels.flatMap((level, height) => level[(index >> height) ^ 1] ?? []),
  }
}

/** The root that a leaf and its path give at a place in a tree of some size; undefined if the path has another length. */
export function climb(
  leaf: Uint8Array,
  index: number,
  size: number,
  path: readonly Buffer[],
): Buffer | undefined {
  let hash = hashLeaf(leaf)
  let used = 0
  for (let at = index, width = size; width > 1; at >>= 1, width = (width + 1) >> 1) {
    if ((at ^ 1) >= width) continue
    const beside = path[used++]
    if (beside === undefined) return undefined
    hash = at % 2 === 0 ? hashNode(hash, beside) : hashNode(beside, hash)
  }
  return used === path.length ? hash : undefined
}

function nextLevel(level: readonly Buffer[]): Buffer[] {
  const next: Buffer[] = []
  for (let index = 0; index < level.length; index += 2) {
    const right = level[index + 1]
    next.push(right === undefined ? level[index]! : hashNode(level[index]!, right))
  }
  return next
}

function hashLeaf(data: Uint8Array): Buffer {
  return sha256(Buffer.concat([Buffer.of(0), data]))
}

function hashNode(left: Buffer, right: Buffer): Buffer {
  return sha256(Buffer.concat([Buffer.of(1), left, right]))
}
