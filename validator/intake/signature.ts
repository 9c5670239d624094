import { createHash, randomBytes } from 'node:crypto'
import canonicalize from 'canonicalize'
import type { Envelope, SubmissionMessage } from './envelope.ts'

/** Who can sign: a hotkey. Its secret stays inside. */
export interface Signer {
  /** SS58 form with the prefix 42. */
  readonly address: string
  /** sr25519 over exactly these bytes, signing context `substrate`; 64 bytes. */
  readonly sign: (bytes: Uint8Array) => Promise<Uint8Array>
}

/** Signs a message in its canonical form. */
export async function signMessage(signer: Signer, message: SubmissionMessage): Promise<Envelope> {
  return { message, signature: await signValue(signer, message) }
}

/** Whether the miner that the message names signed just this message. Never throws. */
export async function isSignedByMiner({ message, signature }: Envelope): Promise<boolean> {
  return await isSigned(message.miner, message, signature)
}

/** Signature of any value in its canonical form (RFC 8785), in hex. */
export async function signValue(signer: Signer, value: unknown): Promise<string> {
  return Buffer.from(await signer.sign(bytesOf(value))).toString('hex')
}

/** Whether an address signed a value. Whatever is wrong with either, the answer is no. */
export async function isSigned(address: string, value: unknown, signature: string): Promise<boolean> {
  try {
    return await isSignedBytes(await publicKeyOf(address), bytesOf(value), Buffer.from(signature, 'hex'))
  } catch {
    return false
  }
}

/** Whether a key signed just these bytes. Whatever is wrong with them, the answer is no. */
export async function isSignedBytes(
  publicKey: Uint8Array,
  bytes: Uint8Array,
  signature: Uint8Array,
): Promise<boolean> {
  const { sr25519Verify } = await openCrypto()
  try {
    return sr25519Verify(signature, bytes, publicKey)
  } catch {
    return false
  }
}

/** A signer from the 32 bytes of a seed. */
export async function signerOf(seed: Uint8Array): Promise<Signer> {
  const { sr25519KeypairFromSeed } = await openCrypto()
  const pair = sr25519KeypairFromSeed(seed)
  return await signerOfSecret(pair.slice(0, 64), pair.slice(64))
}

/** A signer from the 64 bytes of a secret key in ed25519's form, and the 32 of its public key. */
export async function signerOfSecret(secret: Uint8Array, publicKey: Uint8Array): Promise<Signer> {
  const { sr25519Sign } = await openCrypto()
  const { encodeAddress } = await import('@polkadot/util-crypto/address')
  return {
    address: encodeAddress(publicKey, 42),
    sign: async bytes => sr25519Sign(publicKey, secret, bytes),
  }
}

/** SHA-256 of a value's canonical form, in hex. */
export function digestValue(value: unknown): string {
  return createHash('sha256').update(bytesOf(value)).digest('hex')
}

/** Sixteen bytes that nobody used before, in hex. */
export function freshNonce(): string {
  return randomBytes(16).toString('hex')
}

/** @throws Error if it is no address */
export async function publicKeyOf(address: string): Promise<Uint8Array> {
  const known = keys.get(address)
  if (known !== undefined) return known
  const { decodeAddress } = await import('@polkadot/util-crypto/address')
  const key = decodeAddress(address, false, 42)
  if (keys.size >= MOST_KEYS) keys.clear()
  keys.set(address, key)
  return key
}

/** Addresses are asked for again and again, and each costs a hash. */
const keys = new Map<string, Uint8Array>()
const MOST_KEYS = 10_000

function bytesOf(value: unknown): Uint8Array {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('There is nothing to sign')
  return Buffer.from(text, 'utf8')
}

type Crypto = typeof import('@polkadot/wasm-crypto')
let crypto: Promise<Crypto> | undefined

function openCrypto(): Promise<Crypto> {
  crypto ??= (async () => {
    const library = await import('@polkadot/wasm-crypto')
    if (!(await library.waitReady()))
      throw new Error('The library for signatures (WebAssembly) does not start')
    return library
  })()
  return crypto
}
