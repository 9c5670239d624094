import fs from 'node:fs'
import path from 'node:path'
import { inspect } from 'node:util'
import { sr25519Verify } from '@polkadot/util-crypto/sr25519'
import { describe, expect, test } from 'vitest'
import { isSignedBytes, publicKeyOf } from '../../../validator/intake/signature.ts'
import { readWallet } from '../../../validator/intake/wallet.ts'
import { makeFolder } from '../../support/folder.ts'
import {
  ADDRESS,
  KEY_FILE,
  lockAnsible,
  lockFernet,
  lockNacl,
  PASSWORD,
  PHRASE,
  PRIVATE_KEY,
  SEED,
} from '../../support/wallet-files.ts'

const OTHER = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty'

/** A folder of wallets with one hotkey. */
function walletsWith(content: string | Buffer): { name: string; hotkey: string; folder: string } {
  const folder = makeFolder({ 'miner/hotkeys/one': '' })
  fs.writeFileSync(path.join(folder, 'miner/hotkeys/one'), content)
  return { folder, name: 'miner', hotkey: 'one' }
}

describe('a hotkey is read', () => {
  test.each([
    { form: 'today', text: KEY_FILE },
    { form: 'with a phrase', text: JSON.stringify({ secretPhrase: PHRASE, ss58Address: ADDRESS }) },
    { form: 'with a seed', text: JSON.stringify({ secretSeed: SEED, ss58Address: ADDRESS }) },
    { form: 'with a secret key', text: JSON.stringify({ privateKey: PRIVATE_KEY, ss58Address: ADDRESS }) },
    {
      form: 'with spaces before the names',
      text: JSON.stringify({ ' secretSeed': SEED, ' ss58Address': ADDRESS }),
    },
    {
      form: 'with nulls',
      text: JSON.stringify({ secretPhrase: null, secretSeed: SEED, ss58Address: ADDRESS }),
    },
    { form: 'without an address', text: JSON.stringify({ secretPhrase: PHRASE }) },
    { form: 'with nothing but the phrase', text: `${PHRASE}\n` },
    { form: 'with nothing but the seed', text: SEED },
    {
      form: 'whose phrase is of another key than its seed',
      text: JSON.stringify({
        secretPhrase: PHRASE.replace('walk', 'fit'),
        secretSeed: SEED,
        ss58Address: ADDRESS,
      }),
    },
  ])('as it is written $form', async ({ text }) => {
    const signer = await readWallet(walletsWith(text))

    expect(signer.address).toBe(ADDRESS)
    const message = Buffer.from('what was signed')
    const signature = await signer.sign(message)
    expect(sr25519Verify(message, signature, await publicKeyOf(ADDRESS))).toBe(true)
    expect(sr25519Verify(Buffer.from('something else'), signature, await publicKeyOf(ADDRESS))).toBe(false)
  })

  test('by its path', async () => {
    const { folder } = walletsWith(KEY_FILE)

    expect(await readWallet({ path: `${folder}/miner/hotkeys/one` })).toMatchObject({ address: ADDRESS })
  })

  test('locked as today, with 512 MiB', async () => {
    const place = walletsWith(lockNacl(KEY_FILE))

    expect(await readWallet(place, { password: async () => PASSWORD })).toMatchObject({ address: ADDRESS })
  })

  test('locked with Fernet', async () => {
    const place = walletsWith(lockFernet(KEY_FILE))

    expect(await readWallet(place, { password: async () => PASSWORD })).toMatchObject({ address: ADDRESS })
  })

  test('locked with Ansible, asking for its password once', async () => {
    const place = walletsWith(lockAnsible(KEY_FILE))
    const asked: string[] = []
    const password = async (file: string): Promise<string> => {
      asked.push(file)
      return PASSWORD
    }

    expect(await readWallet(place, { password })).toMatchObject({ address: ADDRESS })
    expect(asked).toEqual([path.join(place.folder, 'miner/hotkeys/one')])
  })
})

test.each([
  { from: 'a phrase', text: PHRASE },
  { from: 'a seed', text: SEED },
  { from: 'a secret key', text: JSON.stringify({ privateKey: PRIVATE_KEY, ss58Address: ADDRESS }) },
])('a signer from $from shows its address and no secret, however closely one looks', async ({ text }) => {
  const signer = await readWallet(walletsWith(text))
  const shown = inspect(signer, { depth: 9, showHidden: true })

  expect(Reflect.ownKeys(signer)).toEqual(['address', 'sign'])
  expect(JSON.parse(JSON.stringify(signer))).toEqual({ address: ADDRESS })
  expect(shown).toContain(ADDRESS)
  expect(shown).not.toMatch(/Array|Buffer|<|0x|[0-9a-f]{16}/i)
})

test('a signature of Bittensor’s own wallet (4.1.1) holds', async () => {
  const signature =
    '6eda7ef4f62a801cb44b7831a3f6ddf017100e12ca16431eabb8223aab806c2fb2f1b6129e73852380a5dd110b9dbf192d45d623cfbd3072e367b2559c9a238e'
  const key = await publicKeyOf(ADDRESS)

  expect(await isSignedBytes(key, Buffer.from('hello'), Buffer.from(signature, 'hex'))).toBe(true)
  expect(await isSignedBytes(key, Buffer.from('hellp'), Buffer.from(signature, 'hex'))).toBe(false)
})

describe('a key is refused', () => {
  test.each([
    { why: 'has the address of another', text: KEY_FILE.replace(ADDRESS, OTHER), code: 'address' },
    {
      why: 'has the secret key of another',
      text: JSON.stringify({ privateKey: PRIVATE_KEY, ss58Address: OTHER }),
      code: 'address',
    },
    { why: 'has no secret', text: JSON.stringify({ ss58Address: ADDRESS }), code: 'unreadable' },
    { why: 'is of another kind', text: KEY_FILE.replace(':1,', ':0,'), code: 'unreadable' },
    { why: 'is broken off', text: KEY_FILE.slice(0, -40), code: 'unreadable' },
    { why: 'is empty', text: '', code: 'unreadable' },
    { why: 'is no phrase', text: `${PHRASE} ${PHRASE}`, code: 'address' },
    { why: 'is locked, with no password there', text: lockAnsible(KEY_FILE), code: 'password' },
    { why: 'is far too large', text: ' '.repeat(100_000), code: 'unreadable' },
  ])('that $why', async ({ text, code }) => {
    const failed = await failureOf(readWallet(walletsWith(text)))

    expect(failed).toMatchObject({ name: 'WalletError', code })
  })

  test('whose password is wrong, or that is damaged', async () => {
    const locked = lockAnsible(KEY_FILE)
    const damaged = Buffer.from(locked)
    damaged[300] = damaged[300] === 0x31 ? 0x32 : 0x31

    expect(await failureOf(readWallet(walletsWith(locked), { password: async () => 'wrong' }))).toMatchObject(
      {
        code: 'password',
      },
    )
    expect(
      await failureOf(readWallet(walletsWith(damaged), { password: async () => PASSWORD })),
    ).toMatchObject({ code: 'password' })
  })

  test('that is not there, or a folder', async () => {
    const { folder } = walletsWith(KEY_FILE)

    expect(await failureOf(readWallet({ folder, name: 'miner', hotkey: 'two' }))).toMatchObject({
      code: 'missing',
    })
    expect(await failureOf(readWallet({ path: folder }))).toMatchObject({ code: 'unreadable' })
  })

  test('that is a cold key: by its name, by a link, and by what lies beside it', async () => {
    const folder = makeFolder({
      'miner/coldkey': KEY_FILE,
      'miner/coldkeypub.txt': JSON.stringify({ ss58Address: ADDRESS }),
      'miner/hotkeys/copy': KEY_FILE,
      'miner/other': KEY_FILE,
    })
    fs.symlinkSync('../coldkey', path.join(folder, 'miner/hotkeys/link'))
    const places = [
      'miner/coldkey',
      'miner/hotkeys/link',
      'miner/hotkeys/copy',
      'miner/other',
      'miner/coldkeypub.txt',
    ]

    for (const place of places)
      expect(await failureOf(readWallet({ path: path.join(folder, place) }))).toMatchObject({
        code: 'coldkey',
      })
    expect(await failureOf(readWallet({ folder, name: 'miner', hotkey: '../coldkey' }))).toMatchObject({
      code: 'coldkey',
    })
  })
})

/** What went wrong; it must not tell the secret. */
async function failureOf(reading: Promise<unknown>): Promise<unknown> {
  const error = await reading.then(
    () => new Error('it was read'),
    (failure: Error) => failure,
  )
  const told = `${error.stack}${JSON.stringify(error)}${JSON.stringify(error.cause)}`
  for (const secret of [
    ...PHRASE.split(' ').slice(0, 3),
    SEED.slice(2, 20),
    PRIVATE_KEY.slice(2, 20),
    PASSWORD,
  ])
    expect(told).not.toContain(secret)
  return error
}
