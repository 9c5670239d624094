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
}

/** A zip byte for byte, also such as no program writes. */
export function makeZip(drafts: readonly ZipDraft[], comment = ''): Buffer {
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
    common.writeUInt32LE(draft.size ?? content.length, 18)
    const local = Buffer.from(common)
    local.writeUInt16LE(localName.length, 22)
    locals.push(Buffer.concat([Buffer.from('PK\x03\x04'), local, localName, packed]))
    const central = Buffer.from(common)
    central.writeUInt16LE(name.length, 22)
    const tail = Buffer.alloc(14)
    tail.writeUInt32LE(((draft.mode ?? 0o100644) << 16) >>> 0, 6)
    tail.writeUInt32LE(draft.at === undefined ? place : places[draft.at]!, 10)
    const madeBy = Buffer.from([20, draft.system ?? 3])
    centrals.push(Buffer.concat([Buffer.from('PK\x01\x02'), madeBy, central, tail, name]))
  }
  const directory = Buffer.concat(centrals)
  const end = Buffer.alloc(18)
  end.writeUInt16LE(drafts.length, 4)
  end.writeUInt16LE(drafts.length, 6)
  end.writeUInt32LE(directory.length, 8)
  end.writeUInt32LE(
    locals.reduce((sum, { length }) => sum + length, 0),
    12,
  )
  end.writeUInt16LE(Buffer.byteLength(comment), 16)
  return Buffer.concat([...locals, directory, Buffer.from('PK\x05\x06'), end, Buffer.from(comment)])
}
