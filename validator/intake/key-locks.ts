import { createDecipheriv, createHmac, pbkdf2, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(pbkdf2)

/** How a key file is locked. */
export type Lock = 'nacl' | 'ansible' | 'fernet'

/** Salts that Bittensor's wallet uses for everybody; they are in its source (`src/keyfile.rs`). */
const NACL_SALT = Buffer.from('137183dff15a09bc9c90b5518739e9b1', 'hex')
const FERNET_SALT = Buffer.from('Iguesscyborgslikemyselfhaveatendencytobeparanoidaboutourorigins')
/** Argon2i as libsodium's "sensitive": 8 passes over 512 MiB, which takes seconds. */
const NACL_COST = { iterations: 8, parallelism: 1, memorySize: 512 * 1024, hashLength: 32 } as const
const FERNET_ROUNDS = 10_000_000
export const ANSIBLE_ROUNDS = 10_000

/** Tells from its first bytes how a key file is locked; undefined if it is open. */
export function findLock(bytes: Buffer): Lock | undefined {
  const start = bytes.subarray(0, 14).toString('latin1')
  if (start.startsWith('$NACL')) return 'nacl'
  if (start.startsWith('$ANSIBLE_VAULT')) return 'ansible'
  return start.startsWith('gAAAAA') ? 'fernet' : undefined
}

/** Opens a key file; undefined if the password is wrong or the file is damaged, which cannot be told apart. */
export async function openLock(lock: Lock, bytes: Buffer, password: string): Promise<string | undefined> {
  switch (lock) {
    case 'nacl':
      return await openNacl(bytes.subarray(5), password)
    case 'ansible':
      return await openAnsible(bytes.toString('latin1'), password)
    case 'fernet':
      return await openFernet(bytes.toString('latin1').trim(), password)
  }
}

/** Nonce of 24 bytes, then XSalsa20-Poly1305. */
async function openNacl(bytes: Buffer, password: string): Promise<string | undefined> {
  if (bytes.length < 24 + 16) return undefined
  const [{ argon2i }, { naclDecrypt }] = await Promise.all([
    import('hash-wasm'),
    import('@polkadot/util-crypto/nacl'),
  ])
  const key = await argon2i({ password, salt: NACL_SALT, ...NACL_COST, outputType: 'binary' })
  const plain = naclDecrypt(bytes.subarray(24), bytes.subarray(0, 24), key)
  return plain === null ? undefined : Buffer.from(plain).toString('utf8')
}

/** Ansible's vault 1.1: hex of three lines of hex (salt, HMAC, ciphertext), AES-256-CTR. */
async function openAnsible(text: string, password: string): Promise<string | undefined> {
  const [head = '', ...lines] = text.split(/\r?\n/)
  if (!/^\$ANSIBLE_VAULT;1\.[12];AES256/.test(head)) return undefined
  const parts = Buffer.from(lines.join('').trim(), 'hex').toString('latin1').split('\n')
  const [salt, mac, body] = parts.map(part => Buffer.from(part, 'hex'))
  if (salt === undefined || mac === undefined || body === undefined || body.length === 0) return undefined
  const keys = await derive(Buffer.from(password), salt, ANSIBLE_ROUNDS, 80, 'sha256')
  if (!isSame(createHmac('sha256', keys.subarray(32, 64)).update(body).digest(), mac)) return undefined
  const cipher = createDecipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64))
  const padded = Buffer.concat([cipher.update(body), cipher.final()])
  return padded.subarray(0, Math.max(0, padded.length - (padded.at(-1) ?? 0))).toString('utf8')
}

/** Fernet: version, time, IV, AES-128-CBC, HMAC over all before it. */
async function openFernet(text: string, password: string): Promise<string | undefined> {
  const token = Buffer.from(text, 'base64url')
  if (token.length < 1 + 8 + 16 + 16 + 32 || token[0] !== 0x80) return undefined
  const key = await derive(Buffer.from(password), FERNET_SALT, FERNET_ROUNDS, 32, 'sha256')
  const [signed, mac] = [token.subarray(0, -32), token.subarray(-32)]
  if (!isSame(createHmac('sha256', key.subarray(0, 16)).update(signed).digest(), mac)) return undefined
  try {
    const cipher = createDecipheriv('aes-128-cbc', key.subarray(16), signed.subarray(9, 25))
    return Buffer.concat([cipher.update(signed.subarray(25)), cipher.final()]).toString('utf8')
  } catch {
    return undefined
  }
}

function isSame(one: Buffer, other: Buffer): boolean {
  return one.length === other.length && timingSafeEqual(one, other)
}
