import { constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'
import { readPack } from './pack.ts'

/** Bytes that stand in others, and where. */
export interface Inner {
  readonly name: string
  readonly bytes: Buffer
}

/** Forms in which bytes lie in a file so that a plain search does not find them. */
type Wrapping = 'gzip' | 'zip' | 'zlib' | 'pack'

/** No more is unpacked of one piece. */
const MAX_INNER_BYTES = 2 ** 28
const LIMITS = { maxOutputLength: MAX_INNER_BYTES, finishFlush: constants.Z_SYNC_FLUSH }

/** Whether something that begins like this has to be unwrapped to be searched: by its bytes, whatever its name. */
export function wrappingOf(head: Uint8Array): Wrapping | undefined {
  const [one = 0, two = 0, three = 0, four = 0] = head
  if (one === 0x1f && two === 0x8b) return 'gzip'
  if (one === 0x50 && two === 0x4b && three === 3 && four === 4) return 'zip'
  if (Buffer.from(head.subarray(0, 4)).toString('latin1') === 'PACK') return 'pack'
  // A zlib stream of the usual window, as git writes its loose objects.
  if (one === 0x78 && (one * 256 + two) % 31 === 0) return 'zlib'
  return undefined
}

/** What lies in bytes of this form. What is broken or too large is left out: a stranger made it. */
export function* unwrap(wrapping: Wrapping, bytes: Buffer): Generator<Inner> {
  switch (wrapping) {
    case 'gzip':
      yield* attempt('unzipped', () => gunzipSync(bytes, LIMITS))
      return
    case 'zlib':
      yield* attempt('inflated', () => inflateSync(bytes, LIMITS))
      return
    case 'zip':
      yield* readZip(bytes)
      return
    case 'pack':
      yield* readPack(bytes)
      return
  }
}

function* attempt(name: string, open: () => Buffer): Generator<Inner> {
  try {
    yield { name, bytes: open() }
  } catch {
    // Not what it looked like.
  }
}

const LOCAL_HEADER = 0x04034b50
const CENTRAL_HEADER = 0x02014b50
const DEFLATED = 8

/** By the directory at the end; a file that is only stored is found by a plain search already. */
function* readZip(bytes: Buffer): Generator<Inner> {
  const end = bytes.lastIndexOf('PK\x05\x06', undefined, 'latin1')
  if (end < 0 || end + 22 > bytes.length) return
  let at = bytes.readUInt32LE(end + 16)
  while (at + 46 <= bytes.length && bytes.readUInt32LE(at) === CENTRAL_HEADER) {
    const method = bytes.readUInt16LE(at + 10)
    const packed = bytes.readUInt32LE(at + 20)
    const nameLength = bytes.readUInt16LE(at + 28)
    const local = bytes.readUInt32LE(at + 42)
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    if (method === DEFLATED && local + 30 <= bytes.length && bytes.readUInt32LE(local) === LOCAL_HEADER) {
      const start = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28)
      yield* attempt(name, () => inflateRawSync(bytes.subarray(start, start + packed), LIMITS))
    }
    at += 46 + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32)
  }
}
