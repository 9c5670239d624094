import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto'
import { naclEncrypt } from '@polkadot/util-crypto/nacl'
import { ANSIBLE_ROUNDS } from '../../validator/intake/key-locks.ts'

/** The phrase that everybody uses for development keys; nothing of worth is behind it. */
export const PHRASE = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk'
export const ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV'
export const SEED = '0xfac7959dbfe72f052e5a0c3c8d6530f202b02fd8f9f5ca3580ec8deb7797479e'
/** As Bittensor's own wallet wrote it for this phrase. */
export const PRIVATE_KEY =
  '0x05d65584630d16cd4af6d0bec10f34bb504a5dcb62dba2122d49f5a663763d0afd190cce74df356432b410bd64682309d6dedb27c76845daf388557cbac3ca34'

/** A key file as it is written today. */
export const KEY_FILE = JSON.stringify({
  publicKey: '0x46ebddef8cd9bb167dc30878d7113b7e168e6f0646beffd77d69d39bad76b47a',
  ss58Address: ADDRESS,
  cryptoType: 1,
  privateKey: PRIVATE_KEY,
  secretSeed: SEED,
  secretPhrase: PHRASE,
})

/** What the tests lock with. */
export const PASSWORD = 'a Password of 2 tests'
/** What the two slow derivations make of it: each takes seconds, so the locking side has them ready. */
const NACL_KEY = '41ab92901feda60e38aacd5aeedc6f1759319bb58feed92991a3ed37f49f78d4'
const FERNET_KEY = 'bc5104087d0e0ed935900a29fdffa9bb9ba2297c666ec9f1c27d2f9eb013c680'

export function lockNacl(text: string): Buffer {
  const { encrypted, nonce } = naclEncrypt(Buffer.from(text), Buffer.from(NACL_KEY, 'hex'))
  return Buffer.concat([Buffer.from('$NACL'), nonce, encrypted])
}

export function lockAnsible(text: string): Buffer {
  const salt = Buffer.alloc(32, 7)
  const keys = pbkdf2Sync(PASSWORD, salt, ANSIBLE_ROUNDS, 80, 'sha256')
  const rest = 16 - (Buffer.byteLength(text) % 16)
  const cipher = createCipheriv('aes-256-ctr', keys.subarray(0, 32), keys.subarray(64))
  const body = Buffer.concat([cipher.update(text), cipher.update(Buffer.alloc(rest, rest)), cipher.final()])
  const mac = createHmac('sha256', keys.subarray(32, 64)).update(body).digest()
  const inner = [salt, mac, body].map(part => part.toString('hex')).join('\n')
  const hex = Buffer.from(inner).toString('hex')
  return Buffer.from(`$ANSIBLE_VAULT;1.1;AES256\n${hex.match(/.{1,80}/g)!.join('\n')}\n`)
}

export function lockFernet(text: string): Buffer {
  const key = Buffer.from(FERNET_KEY, 'hex')
  const iv = Buffer.alloc(16, 9)
  const cipher = createCipheriv('aes-128-cbc', key.subarray(16), iv)
  const signed = Buffer.concat([
    ...[Buffer.from([0x80]), Buffer.alloc(8), iv],
    ...[cipher.update(text), cipher.final()],
  ])
  const mac = createHmac('sha256', key.subarray(0, 16)).update(signed).digest()
  return Buffer.from(Buffer.concat([signed, mac]).toString('base64url'))
}
