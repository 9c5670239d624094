/** SCALE, the encoding of Substrate chains, as far as weights need it. */

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16LE(value)
  return bytes
}

export function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(value)
  return bytes
}

/** A list of 16-bit numbers, with its length before it. */
export function u16s(values: readonly number[]): Buffer {
  return Buffer.concat([compact(values.length), ...values.map(u16)])
}

/** Bytes with their length before them. */
export function bytes(value: Uint8Array): Buffer {
  return Buffer.concat([compact(value.length), value])
}

/** A length in as few bytes as it needs: of one, two or four. */
function compact(length: number): Buffer {
  if (length < 2 ** 6) return Buffer.from([length << 2])
  if (length < 2 ** 14) return u16((length << 2) | 1)
  const four = Buffer.alloc(4)
  four.writeUInt32LE(((length << 2) | 2) >>> 0)
  return four
}

/** Reads what was written; throws a RangeError at its end. */
export function readScale(source: Uint8Array) {
  const buffer = Buffer.from(source)
  let place = 0
  const take = (length: number): Buffer => {
    if (place + length > buffer.length) throw new RangeError('The bytes end too early')
    place += length
    return buffer.subarray(place - length, place)
  }
  const readLength = (): number => {
    const first = take(1)[0]!
    place -= 1
    if ((first & 3) === 0) return take(1)[0]! >> 2
    if ((first & 3) === 1) return take(2).readUInt16LE() >> 2
    if ((first & 3) === 2) return take(4).readUInt32LE() >>> 2
    throw new RangeError('A length is too large')
  }
  return {
    bytes: (): Buffer => take(readLength()),
    u16s: (): number[] => {
      const all = take(2 * readLength())
      return Array.from({ length: all.length / 2 }, (_, index) => all.readUInt16LE(2 * index))
    },
    u64: (): bigint => take(8).readBigUInt64LE(),
    isAtEnd: (): boolean => place === buffer.length,
  }
}
