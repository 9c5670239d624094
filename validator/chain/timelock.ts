import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto'
import { bls12_381 } from '@noble/curves/bls12-381.js'

/** A source of signed rounds, such as drand: until a round is there, nobody can read what was locked to it. */
export interface Beacon {
  /** On G2, compressed, in hex. */
  readonly publicKey: string
  /** When round 1 was, in seconds since 1970. */
  readonly genesis: number
  /** Seconds from round to round. */
  readonly period: number
}

/** The beacon that Bittensor reveals by: drand's quicknet (`52db9ba7…e971`). */
export const QUICKNET: Beacon = {
  publicKey:
    '83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d1064510d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a',
  genesis: 1_692_803_367,
  period: 3,
}

const DOMAIN = { DST: 'BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_' }
const SUITE = Buffer.from('AES_GCM_')
const { G1, G2, fields, pairing } = bls12_381

/**
 * Locks bytes until a round of a beacon: identity-based encryption on BLS12-381 around AES-256-GCM, in the form that subtensor opens
 * (the scheme and bytes of `ideal-lab5/timelock`).
 *
 * @param random - as many random bytes as asked; another source is for tests only
 */
export function lock(
  plain: Uint8Array,
  round: number,
  { publicKey }: Pick<Beacon, 'publicKey'>,
  random: (length: number) => Uint8Array = randomBytes,
): Buffer {
  const key = Buffer.from(random(32))
  const sigma = sha256(random(32))
  const factor = factorOf(sigma, key)
  const shared = pairing(hashRound(round), G2.Point.fromHex(publicKey).multiply(factor))
  const nonce = Buffer.from(random(12))
  const cipher = createCipheriv('aes-256-gcm', key, nonce)
  const sealed = Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
  return Buffer.concat([
    G2.Point.BASE.multiply(factor).toBytes(true),
    counted(xor(sigma, sha256(bytesOf(shared)))),
    counted(xor(key, sha256(sigma))),
    counted(Buffer.concat([counted(sealed), counted(nonce)])),
    counted(SUITE),
  ])
}

/**
 * Opens what was locked to a round with that round's signature.
 *
 * @param signature - on G1, compressed, in hex
 * @returns undefined if it was locked otherwise, or is damaged
 */
export function unlock(locked: Uint8Array, signature: string): Buffer | undefined {
  try {
    const { point, hiddenSigma, hiddenKey, sealed, nonce } = readLocked(Buffer.from(locked))
    const shared = pairing(G1.Point.fromHex(signature), point)
    const sigma = xor(hiddenSigma, sha256(bytesOf(shared)))
    const key = xor(hiddenKey, sha256(sigma))
    if (!G2.Point.BASE.multiply(factorOf(sigma, key)).equals(point)) return undefined
    const cipher = createDecipheriv('aes-256-gcm', key, nonce)
    cipher.setAuthTag(sealed.subarray(-16))
    return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()])
  } catch {
    return undefined
  }
}

/** A beacon whose rounds anybody with its secret can sign ahead: for chains without a network. */
export function openOwnBeacon(secret: Uint8Array, about: Omit<Beacon, 'publicKey'>) {
  const scalar = (BigInt(`0x${sha256(secret).toString('hex')}`) % (fields.Fr.ORDER - 1n)) + 1n
  return {
    beacon: { ...about, publicKey: G2.Point.BASE.multiply(scalar).toHex(true) } satisfies Beacon,
    sign: (round: number): string => hashRound(round).multiply(scalar).toHex(true),
  }
}

function hashRound(round: number) {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64BE(BigInt(round))
  return G1.hashToCurve(sha256(bytes), DOMAIN)
}

function factorOf(sigma: Uint8Array, key: Uint8Array): bigint {
  return BigInt(`0x${sha256(Buffer.concat([sigma, key])).toString('hex')}`) % fields.Fr.ORDER
}

/** The twelve numbers of a pairing, each 48 bytes, the lowest first. */
function bytesOf(shared: ReturnType<typeof pairing>): Buffer {
  const parts = [shared.c0, shared.c1].flatMap(({ c0, c1, c2 }) => [c0, c1, c2])
  const numbers = parts.flatMap(({ c0, c1 }) => [c0, c1])
  return Buffer.concat(
    numbers.map(number => Buffer.from(number.toString(16).padStart(96, '0'), 'hex').reverse()),
  )
}

function readLocked(locked: Buffer) {
  const take = openParts(locked.subarray(96))
  const [hiddenSigma, hiddenKey, body] = [take(), take(), take()]
  if (!take().equals(SUITE)) throw new RangeError('Another suite')
  const takeOfBody = openParts(body)
  return {
    point: G2.Point.fromHex(locked.subarray(0, 96).toString('hex')),
    ...{ hiddenSigma, hiddenKey, sealed: takeOfBody(), nonce: takeOfBody() },
  }
}

function openParts(source: Buffer): () => Buffer {
  let place = 0
  return () => {
    const length = Number(source.readBigUInt64LE(place))
    if (place + 8 + length > source.length) throw new RangeError('The bytes end too early')
    place += 8 + length
    return source.subarray(place - length, place)
  }
}

function counted(part: Uint8Array): Buffer {
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(part.length))
  return Buffer.concat([length, part])
}

function xor(one: Uint8Array, other: Uint8Array): Buffer {
  return Buffer.from(one.map((byte, index) => byte ^ other[index]!))
}

function sha256(value: Uint8Array): Buffer {
  return createHash('sha256').update(value).digest()
}
