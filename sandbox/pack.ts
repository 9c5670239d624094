import { constants, inflateSync } from 'node:zlib'

const TREE = 2
const FROM_OFFSET = 6
const FROM_NAME = 7
/** Objects held at a time, for others that are told as differences from them. */
const HELD_BYTES = 2 ** 26

/**
 * The objects of a git pack, those included that it tells as differences from others. One that cannot be made out is left
 * out, as its raw bytes are searched anyway.
 */
export function* readPack(pack: Buffer): Generator<{ name: string; bytes: Buffer }> {
  const held = new Map<number, Buffer>()
  let heldBytes = 0
  const count = pack.readUInt32BE(8)
  let offset = 12
  for (let index = 0; index < count && offset < pack.length - 20; index++) {
    const object = readObject(pack, offset)
    if (object === undefined) return
    const bytes = resolve(pack, object, held)
    if (bytes !== undefined) {
      heldBytes += bytes.length
      if (heldBytes > HELD_BYTES) {
        held.clear()
        heldBytes = bytes.length
      }
      held.set(offset, bytes)
      if (object.type !== TREE) yield { name: `object at ${offset}`, bytes }
    }
    offset = object.end
  }
}

interface PackedObject {
  readonly type: number
  /** Set for a difference: where the object is that it builds on. */
  readonly base: number | undefined
  readonly content: Buffer
  readonly end: number
}

function resolve(pack: Buffer, object: PackedObject, held: ReadonlyMap<number, Buffer>): Buffer | undefined {
  const deltas: Buffer[] = []
  let bytes: Buffer | undefined
  let next = object
  // git itself makes chains of at most 4095.
  while (next.base !== undefined && bytes === undefined && deltas.length < 4096) {
    deltas.push(next.content)
    bytes = held.get(next.base)
    const base = bytes === undefined ? readObject(pack, next.base) : next
    if (base === undefined) return undefined
    next = base
  }
  bytes ??= next.content
  for (const delta of deltas.toReversed()) bytes = bytes && applyDelta(bytes, delta)
  return bytes
}

function readObject(pack: Buffer, start: number): PackedObject | undefined {
  let at = start
  let byte = pack[at++] ?? 0
  const type = (byte >> 4) & 7
  while (byte & 0x80) byte = pack[at++] ?? 0
  let base: number | undefined
  if (type === FROM_NAME) at += 20
  if (type === FROM_OFFSET) {
    byte = pack[at++] ?? 0
    let distance = byte & 0x7f
    while (byte & 0x80) {
      byte = pack[at++] ?? 0
      distance = (distance + 1) * 128 + (byte & 0x7f)
    }
    base = start - distance
    if (base < 12 || distance <= 0) return undefined
  }
  try {
    const options = { info: true, maxOutputLength: 2 ** 28, finishFlush: constants.Z_SYNC_FLUSH }
    const { buffer, engine } = inflateSync(pack.subarray(at), options) as unknown as {
      buffer: Buffer
      engine: { bytesWritten: number }
    }
    return { type, base, content: buffer, end: at + engine.bytesWritten }
  } catch {
    return undefined
  }
}

/** Copies and insertions that make one object of another: gitformat-pack(5), "Deltified representation". */
function applyDelta(base: Buffer, delta: Buffer): Buffer | undefined {
  let at = 0
  for (let sizes = 0; sizes < 2; sizes++) while ((delta[at++] ?? 0) & 0x80);
  const pieces: Buffer[] = []
  while (at < delta.length) {
    const code = delta[at++]!
    if (code === 0) return undefined
    if ((code & 0x80) === 0) {
      pieces.push(delta.subarray(at, at + code))
      at += code
      continue
    }
    let from = 0
    let size = 0
    for (let bit = 0; bit < 4; bit++) if (code & (1 << bit)) from += (delta[at++] ?? 0) * 2 ** (8 * bit)
    for (let bit = 0; bit < 3; bit++) if (code & (16 << bit)) size += (delta[at++] ?? 0) * 2 ** (8 * bit)
    pieces.push(base.subarray(from, from + (size || 0x10000)))
  }
  return Buffer.concat(pieces)
}
