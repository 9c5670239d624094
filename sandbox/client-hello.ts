/** What the first bytes of a connection are. */
export type Opening =
  | { readonly kind: 'tls'; readonly name: string | undefined }
  | { readonly kind: 'other' }
  /** Not enough bytes to tell. */
  | { readonly kind: 'unfinished' }

const HANDSHAKE = 22
const CLIENT_HELLO = 1
const SERVER_NAME = 0

/** Reads the server's name out of the first message of a TLS connection (RFC 8446, 4.1.2; RFC 6066, 3). */
export function readOpening(bytes: Buffer): Opening {
  if (bytes.length === 0) return { kind: 'unfinished' }
  if (bytes[0] !== HANDSHAKE) return { kind: 'other' }
  const message = joinRecords(bytes)
  if (message === undefined) return { kind: 'other' }
  if (message.length < 4) return { kind: 'unfinished' }
  if (message[0] !== CLIENT_HELLO) return { kind: 'other' }
  const length = message.readUIntBE(1, 3)
  if (message.length < 4 + length) return { kind: 'unfinished' }
  try {
    return { kind: 'tls', name: readName(message.subarray(4, 4 + length)) }
  } catch {
    return { kind: 'other' }
  }
}

/** The handshake's bytes without the headers of the records that carry them; undefined if these are none. */
function joinRecords(bytes: Buffer): Buffer | undefined {
  const parts: Buffer[] = []
  for (let at = 0; at + 5 <= bytes.length; ) {
    if (bytes[at] !== HANDSHAKE || bytes[at + 1] !== 3) return undefined
    const length = bytes.readUInt16BE(at + 3)
    parts.push(bytes.subarray(at + 5, at + 5 + length))
    at += 5 + length
  }
  return Buffer.concat(parts)
}

/** @throws RangeError if a length leads out of the message */
function readName(hello: Buffer): string | undefined {
  let at = 2 + 32
  at += 1 + hello.readUInt8(at)
  at += 2 + hello.readUInt16BE(at)
  at += 1 + hello.readUInt8(at)
  if (at === hello.length) return undefined
  const end = at + 2 + hello.readUInt16BE(at)
  if (end > hello.length) throw new RangeError('The extensions are longer than the message')
  for (at += 2; at < end; ) {
    const type = hello.readUInt16BE(at)
    const length = hello.readUInt16BE(at + 2)
    if (type === SERVER_NAME) {
      const size = hello.readUInt16BE(at + 7)
      if (hello.readUInt8(at + 6) !== 0 || at + 9 + size > end) throw new RangeError('No host name')
      return hello.toString('latin1', at + 9, at + 9 + size).toLowerCase()
    }
    at += 4 + length
  }
  return undefined
}
