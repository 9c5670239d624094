/**
 * Bytes that come in pieces, put together. Of a piece nothing is kept but its bytes: a list of millions of small ones, each a part of a
 * larger memory, would hold a thousand times what came.
 */
export class Pieces {
  #bytes: Buffer = Buffer.alloc(0)
  #length = 0

  get length(): number {
    return this.#length
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length
    if (length > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(length, 2 * this.#bytes.length))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    piece.copy(this.#bytes, this.#length)
    this.#length = length
  }

  /** What came so far. */
  join(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }
}
