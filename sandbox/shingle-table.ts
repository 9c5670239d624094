/** Bytes of a shingle: hardly any line of code comes without one. */
export const SHINGLE = 24

/** Called with the place of a hidden shingle among the hidden ones, and its place in the stream. */
export type Found = (offset: number, position: number) => void

const FACTOR = 0x01000193
const SPREAD = 0x9e3779b1
const LEADING = Array.from({ length: SHINGLE }).reduce<number>(power => Math.imul(power, FACTOR), 1)
const BACKSLASH = 0x5c
/** Of the filter, per shingle: most of what is not hidden is told by one look. */
const BITS_EACH = 64

/** Blanks, control bytes (so also every other byte of UTF-16) and backslashes are left out. */
const KEPT = Uint8Array.from({ length: 256 }, (_, byte) => (byte > 0x20 && byte !== BACKSLASH ? 1 : 0))

/**
 * Copies what is kept of `from` into `to`. An `n`, `r` or `t` after a backslash goes with it, so that a text is the same in a
 * string of JSON as in a file.
 *
 * @returns the length of `to`
 */
export function normalize(from: Uint8Array, previous: number, to: Uint8Array, start: number): number {
  let length = start
  let before = previous
  for (let i = 0; i < from.length; i++) {
    const byte = from[i]!
    to[length] = byte
    length += KEPT[byte]!
    if (before === BACKSLASH && (byte === 0x6e || byte === 0x72 || byte === 0x74)) length -= 1
    before = byte
  }
  return length
}

/** Finds shingles of normalized bytes in streams of any bytes, by a rolling hash, and compares what it finds. */
export class ShingleTable {
  readonly #bytes: Uint8Array
  /** Open addressing; a place is kept as one more than it is. */
  readonly #table: Int32Array
  readonly #filter: Uint8Array
  readonly #filterShift: number

  constructor(bytes: Uint8Array) {
    const size = bytes.length
    this.#bytes = bytes
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * size + 16)))
    const filterBits = Math.min(26, Math.ceil(Math.log2(BITS_EACH * (size + 64))))
    this.#filter = new Uint8Array(2 ** (filterBits - 3))
    this.#filterShift = 32 - filterBits
  }

  /** Enters the shingles of a part of its bytes; `each` is told where the first equal one is, which stands for all. */
  enter(start: number, end: number, each: (offset: number, first: number) => void): void {
    let hash = 0
    for (let last = start; last < end; last++) {
      const offset = last - SHINGLE + 1
      hash = roll(hash, this.#bytes[last]!, offset > start ? this.#bytes[offset - 1]! : 0)
      if (offset < start) continue
      const there = this.#find(hash, this.#bytes, offset)
      if (there < 0) this.#put(hash, offset)
      each(offset, there < 0 ? offset : there)
    }
  }

  /** Takes a stream in pieces of any size. */
  stream(): (chunk: Uint8Array, found: Found) => void {
    let kept: Uint8Array = new Uint8Array(0)
    let previous = 0
    let position = 0
    return (chunk, found) => {
      const bytes = new Uint8Array(kept.length + chunk.length)
      bytes.set(kept)
      const length = normalize(chunk, previous, bytes, kept.length)
      previous = chunk.at(-1) ?? previous
      findCandidates(bytes.subarray(0, length), this.#filter, this.#filterShift, (hash, offset) => {
        const start = this.#find(hash, bytes, offset)
        if (start >= 0) found(start, position + offset)
      })
      const rest = Math.max(0, length - (SHINGLE - 1))
      position += rest
      kept = bytes.slice(rest, length)
    }
  }

  #put(hash: number, offset: number): void {
    const mixed = Math.imul(hash, SPREAD) >>> 0
    const mask = this.#table.length - 1
    let slot = mixed & mask
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask
    this.#table[slot] = offset + 1
    const bit = mixed >>> this.#filterShift
    this.#filter[bit >>> 3]! |= 1 << (bit & 7)
  }

  /** Where the shingle that begins at `offset` of `bytes` stands among the hidden ones; -1 if it does not. */
  #find(hash: number, bytes: Uint8Array, offset: number): number {
    const mixed = Math.imul(hash, SPREAD) >>> 0
    const mask = this.#table.length - 1
    for (let slot = mixed & mask; this.#table[slot] !== 0; slot = (slot + 1) & mask) {
      const start = this.#table[slot]! - 1
      let same = 0
      while (same < SHINGLE && this.#bytes[start + same] === bytes[offset + same]) same += 1
      if (same === SHINGLE) return start
    }
    return -1
  }
}

/** The one loop over every byte that is searched. */
function findCandidates(
  bytes: Uint8Array,
  filter: Uint8Array,
  shift: number,
  candidate: (hash: number, offset: number) => void,
): void {
  let hash = 0
  for (let end = 0; end < bytes.length; end++) {
    const offset = end - SHINGLE + 1
    hash = roll(hash, bytes[end]!, offset > 0 ? bytes[offset - 1]! : 0)
    const bit = Math.imul(hash, SPREAD) >>> shift
    if ((filter[bit >>> 3]! & (1 << (bit & 7))) !== 0 && offset >= 0) candidate(hash, offset)
  }
}

function roll(hash: number, entering: number, leaving: number): number {
  return (Math.imul(hash, FACTOR) + entering - Math.imul(LEADING, leaving)) | 0
}
