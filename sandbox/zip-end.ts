/** Where the directory of a zip is, and how many entries it says it has. */
export interface ZipEnd {
  readonly count: number
  readonly start: number
  /** Where the first record behind the directory begins. */
  readonly limit: number
}

const END = 0x06054b50
const END_BYTES = 22
const MAX_COMMENT = 0xffff
const WIDE_END = 0x06064b50
const WIDE_END_BYTES = 56
const LOCATOR = 0x07064b50
const LOCATOR_BYTES = 20
const WIDE_FIELDS = 1

/**
 * Reads what stands at the end of a zip (APPNOTE.TXT 6.3.10 of PKWARE, sections 4.3.14 to 4.3.16): the short form, and the one of
 * zip64, which writers also use where the short one would do. If both are there they have to agree: other programs may believe
 * either.
 *
 * @throws Error that says what is wrong
 */
export function readZipEnd(bytes: Buffer): ZipEnd {
  const at = findEnd(bytes)
  const short = {
    part: bytes.readUInt16LE(at + 4),
    own: bytes.readUInt16LE(at + 8),
    count: bytes.readUInt16LE(at + 10),
    start: bytes.readUInt32LE(at + 16),
  }
  const locator = at - LOCATOR_BYTES
  if (locator < 0 || bytes.readUInt32LE(locator) !== LOCATOR) {
    if (short.part !== 0 || short.own !== short.count) throw new Error(PARTS)
    return { count: short.count, start: short.start, limit: at }
  }
  const limit = wide(bytes, locator + 8)
  // Between the two records nothing may lie: it would be one more place to say something else.
  if (limit + WIDE_END_BYTES !== locator || bytes.readUInt32LE(limit) !== WIDE_END)
    throw new Error('its zip64 record is not where it says')
  const parts = [
    bytes.readUInt32LE(locator + 4),
    bytes.readUInt32LE(limit + 16),
    bytes.readUInt32LE(limit + 20),
  ]
  const [own, count, start] = [24, 32, 48].map(field => wide(bytes, limit + field)) as [
    number,
    number,
    number,
  ]
  if (parts.some(part => part !== 0) || bytes.readUInt32LE(locator + 16) !== 1 || own !== count)
    throw new Error(PARTS)
  if (!agrees(short.count, 0xffff, count) || !agrees(short.start, 0xffff_ffff, start))
    throw new Error('its end and its zip64 record say different things')
  return { count, start, limit }
}

const PARTS = 'it is one part of several'

/** Nothing but its comment follows the end of the directory. */
function findEnd(bytes: Buffer): number {
  const first = Math.max(0, bytes.length - END_BYTES - MAX_COMMENT)
  for (let at = bytes.length - END_BYTES; at >= first; at--)
    if (bytes.readUInt32LE(at) === END && at + END_BYTES + bytes.readUInt16LE(at + 20) === bytes.length)
      return at
  throw new Error('it has no directory at its end: it is cut off, or no zip')
}

function agrees(short: number, full: number, long: number): boolean {
  return short === full || short === long
}

/**
 * Fields of 32 bits as an entry means them: those that are full stand, in this order, in its extra field (section 4.5.3).
 *
 * @param shown - the entry, for the message
 * @throws Error if a full one is not there, or the extra field is damaged
 */
export function widen(fields: readonly number[], extra: Buffer, shown: string): number[] {
  if (!fields.includes(0xffff_ffff)) return [...fields]
  const own = findExtra(extra, shown)
  let at = 0
  return fields.map(field => {
    if (field !== 0xffff_ffff) return field
    if (own === undefined || at + 8 > own.length) throw new Error(`${shown} does not say how large it is`)
    at += 8
    return wide(own, at - 8)
  })
}

function findExtra(extra: Buffer, shown: string): Buffer | undefined {
  for (let at = 0; at + 4 <= extra.length; ) {
    const next = at + 4 + extra.readUInt16LE(at + 2)
    if (next > extra.length) throw new Error(`${shown} has a damaged extra field`)
    if (extra.readUInt16LE(at) === WIDE_FIELDS) return extra.subarray(at + 4, next)
    at = next
  }
  return undefined
}

/** Larger than any file of ours, and still exact, if it is more than a number holds. */
function wide(bytes: Buffer, at: number): number {
  const value = bytes.readBigUInt64LE(at)
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? Number.MAX_SAFE_INTEGER : Number(value)
}
