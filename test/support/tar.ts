import { constants, crc32, deflateRawSync } from 'node:zlib'

/** An entry of a tar as a stranger may write it; what is not said is as it should be. */
export interface RawEntry {
  readonly name: string | Buffer
  readonly type?: string
  readonly content?: string | Buffer
  readonly mode?: string
  /** What the header says of the size, if it lies. */
  readonly size?: string
  readonly link?: string
  readonly magic?: string
}

export function tarOf(entries: readonly RawEntry[], end: Buffer = Buffer.alloc(1024)): Buffer {
  return Buffer.concat([...entries.flatMap(blocksOf), end])
}

/** One record of a pax header; its length counts itself. */
export function paxRecord(text: string): string {
  const bytes = Buffer.byteLength(text) + 2
  const length = bytes + String(bytes + String(bytes).length).length
  return `${length} ${text}\n`
}

/** A gzip file of a chunk many times over, made without unpacking it once. */
export function gzipRepeated(chunk: Buffer, times: number): Buffer {
  const piece = deflateRawSync(chunk, { level: 9, finishFlush: constants.Z_FULL_FLUSH })
  const tail = Buffer.alloc(8)
  tail.writeUInt32LE(crc32(Buffer.alloc(0)), 0)
  return Buffer.concat([
    GZIP_HEAD,
    ...Array<Buffer>(times).fill(piece),
    deflateRawSync(Buffer.alloc(0)),
    tail,
  ])
}

const GZIP_HEAD = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255])

function blocksOf(entry: RawEntry): Buffer[] {
  const { name, type = '0', content = '', mode = '0000644\0', size, link = '', magic = 'ustar\x0000' } = entry
  const body = Buffer.from(content)
  const header = Buffer.alloc(512)
  Buffer.from(name).copy(header, 0, 0, 100)
  header.write(mode, 100, 'latin1')
  header.write('0000000\0', 108, 'latin1')
  header.write('0000000\0', 116, 'latin1')
  header.write(size ?? `${body.length.toString(8).padStart(11, '0')}\0`, 124, 12, 'latin1')
  header.write('00000000000\0', 136, 'latin1')
  header.write('        ', 148, 'latin1')
  header.write(type, 156, 1, 'latin1')
  header.write(link, 157, 100, 'utf8')
  header.write(magic, 257, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1')
  return [header, body, Buffer.alloc((512 - (body.length % 512)) % 512)]
}
