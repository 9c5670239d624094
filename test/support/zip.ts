import { crc32, deflateRawSync } from 'node:zlib'

/** One entry of a zip, and where it lies about itself. */
export interface ZipDraft {
  readonly name: string
  readonly content?: string | Uint8Array
  /** Type and permissions as Unix has them. */
  readonly mode?: number
  /** Who made it; 3 is Unix. */
  readonly system?: number
  readonly isStored?: boolean
  readonly flags?: number
  readonly method?: number
  readonly crc?: number
  /** What it says of its size. */
  readonly size?: number
  /** Its name where it lies, if that is another one. */
  readonly localName?: string
  /** Lies where this other entry does. */
  readonly at?: number
  /** Its sizes and place stand in an extra field, as zip64 has it. */
  readonly isWide?: boolean
  /** Other extra fields, before that one. */
  readonly extra?: Uint8Array
}

/** What follows the directory. */
export interface ZipEndDraft {
  readonly comment?: string
  /** The records of zip64, too; the short end then says nothing but that, or the same as well. */
  readonly wide?: 'instead' | 'as well'
}

/** A zip byte for byte, also such as no program writes. */
export function makeZip(drafts: readonly ZipDraft[], { comment = '', wide }: ZipEndDraft = {}): Buffer {
  const locals: Buffer[] = []
  const centrals: Buffer[] = []
  const places: number[] = []
  for (const draft of drafts) {
    const content = Buffer.from(draft.content ?? '')
    const isStored = draft.isStored === true || content.length === 0
    const packed = isStored ? content : deflateRawSync(content)
    const name = Buffer.from(draft.name)
    const localName = Buffer.from(draft.localName ?? draft.name)
    const place = locals.reduce((sum, { length }) => sum + length, 0)
    places.push(place)
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(draft.flags ?? 0x800, 2)
    common.writeUInt16LE(draft.method ?? (isStored ? 0 : 8), 4)
    common.writeUInt32LE(draft.crc ?? crc32(content), 10)
    common.writeUInt32LE(packed.length, 14)
    common.writeUInt32LE(Math.min(draft.size ?? content.length, 0xffff_ffff), 18)
    const local = Buffer.from(common)
    local.writeUInt16LE(localName.length, 22)
    locals.push(Buffer.concat([Buffer.from('PK\x03\x04'), local, localName, packed]))
    const central = Buffer.from(common)
    central.writeUInt16LE(name.length, 22)
    const at = draft.at === undefined ? place : places[draft.at]!
    const extra: Uint8Array[] = [draft.extra ?? Buffer.alloc(0)]
    if (draft.isWide === true) {
      central.fill(0xff, 14, 22)
      extra.push(Buffer.from([1, 0, 24, 0]), longs(draft.size ?? content.length, packed.length, at))
    }
    const extras = Buffer.concat(extra)
    central.writeUInt16LE(extras.length, 24)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(((draft.mode ?? 0o100644) << 16) >>> 0, 6)
    tail.writeUInt32LE(draft.isWide === true ? 0xffff_ffff : at, 10)
    const madeBy = Buffer.from([20, draft.system ?? 3])
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, central, tail, name, extras]))
  }
  const directory = Buffer.concat(centrals)
  const start = locals.reduce((sum, { length }) => sum + length, 0)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(drafts.length, 4)
  end.writeUInt16LE(drafts.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(start, 12)
  if (wide === 'instead') end.fill(0xff, 4, 16)
  end.writeUInt16LE(Buffer.byteLength(comment), 16)
  const wideEnd = wide === undefined ? [] : [makeWideEnd(drafts.length, directory.length, start)]
  const last = [Buffer.from('PK\x05\x06'), end, Buffer.from(comment)]
  return Buffer.concat([...locals, directory, ...wideEnd, ...last])
}

function makeWideEnd(count: number, size: number, start: number): Buffer {
  const versions = Buffer.from([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0])
  const record = [Buffer.from('PK\x06\x06'), longs(44), versions, longs(count, count, size, start)]
  const locator = [Buffer.from('PK\x06\x07\0\0\0\0'), longs(start + size), Buffer.from([1, 0, 0, 0])]
  return Buffer.concat([...record, ...locator])
}

function longs(...values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length)
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(BigInt(value), 8 * index)
  return bytes
}
