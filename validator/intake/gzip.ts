import { promisify } from 'node:util'
import { crc32, inflateRaw } from 'node:zlib'

/** Ten bytes: magic, deflate, no flags, no time. */
const HEAD = Buffer.from([0x1f, 0x8b, 8, 0])
const HEAD_BYTES = 10
const TAIL_BYTES = 8

interface Inflated {
  readonly buffer: Buffer
  readonly engine: { readonly bytesWritten: number }
}
const inflate = promisify(inflateRaw) as unknown as (
  bytes: Buffer,
  options: { info: true; maxOutputLength: number },
) => Promise<Inflated>

/**
 * Packs with a compressor in JavaScript, which gives the same bytes everywhere: that of Node depends on its version and the
 * processor. Format: RFC 1952.
 */
export async function gzip(bytes: Buffer): Promise<Buffer> {
  const { deflateSync } = await import('fflate')
  const head = Buffer.alloc(HEAD_BYTES)
  HEAD.copy(head)
  // The byte that names the operating system: unknown.
  head[9] = 255
  const tail = Buffer.alloc(TAIL_BYTES)
  tail.writeUInt32LE(crc32(bytes), 0)
  tail.writeUInt32LE(bytes.length, 4)
  return Buffer.concat([head, deflateSync(bytes, { level: 9 }), tail])
}

/**
 * Unpacks one gzip member that fills the whole input: bytes before, between or after it would make other files of one agent.
 *
 * @returns 'large' if there is more than `most` in it; else what is wrong
 */
export async function gunzip(bytes: Buffer, most: number): Promise<Buffer | 'large' | { mistake: string }> {
  if (bytes.length < HEAD_BYTES + TAIL_BYTES || !bytes.subarray(0, 3).equals(HEAD.subarray(0, 3)))
    return { mistake: 'it does not begin as one' }
  if (bytes[3] !== 0) return { mistake: 'its header has extra fields' }
  const body = bytes.subarray(HEAD_BYTES, -TAIL_BYTES)
  let inflated: Inflated
  try {
    inflated = await inflate(body, { info: true, maxOutputLength: most })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return 'large'
    return { mistake: (error as Error).message }
  }
  const { buffer, engine } = inflated
  if (engine.bytesWritten !== body.length) return { mistake: 'something lies after its end' }
  if (bytes.readUInt32LE(bytes.length - 8) !== crc32(buffer)) return { mistake: 'its checksum is wrong' }
  if (bytes.readUInt32LE(bytes.length - 4) !== buffer.length) return { mistake: 'its length is wrong' }
  return buffer
}
