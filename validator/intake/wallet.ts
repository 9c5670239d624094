import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { WalletError } from './errors.ts'
import { findLock, openLock } from './key-locks.ts'
import { type KeySource, readKeyText } from './key-text.ts'
import { isSignedBytes, publicKeyOf, type Signer, signerOf, signerOfSecret } from './signature.ts'

/** Where a hotkey lies: a file, or the names that Bittensor's wallet has for it. */
export type WalletPlace =
  | { readonly path: string }
  | {
      readonly name: string
      readonly hotkey: string
      /** Of all wallets; `~/.bittensor/wallets` if not said. */
      readonly folder?: string | undefined
    }

export interface WalletSettings {
  /** Asked only if the file is locked. */
  readonly password?: (file: string) => Promise<string>
}

const MOST_BYTES = 64 * 1024

/**
 * Reads a hotkey from disk, in any form that Bittensor's wallets ever wrote. What it derives must be the address that the file
 * names. Cold keys move money and are never needed here, so they are not read.
 *
 * @throws WalletError
 */
export async function readWallet(place: WalletPlace, settings: WalletSettings = {}): Promise<Signer> {
  const file = keyFile(place)
  const bytes = readFile(file)
  const lock = findLock(bytes)
  const text = lock === undefined ? bytes.toString('utf8') : await unlock(file, lock, bytes, settings)
  const read = readKeyText(text)
  if ('mistake' in read) throw new WalletError('unreadable', file, read.mistake)
  const signer = await findSigner(read.sources, read.address)
  if (signer === undefined)
    throw new WalletError(
      'address',
      file,
      read.address === undefined
        ? 'its phrase is not valid'
        : `its secret does not belong to its address ${read.address.slice(0, 64)}`,
    )
  refuseColdkey(file, signer.address)
  return signer
}

/** The file of a hotkey. */
export function keyFile(place: WalletPlace): string {
  const home = (name: string): string => name.replace(/^~(?=\/|$)/, os.homedir())
  if ('path' in place) return path.resolve(home(place.path))
  const folder = home(place.folder ?? '~/.bittensor/wallets')
  return path.resolve(folder, place.name, 'hotkeys', place.hotkey)
}

function readFile(file: string): Buffer {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (stat === undefined) throw new WalletError('missing', file, 'there is no such file')
  for (const name of [file, fs.realpathSync(file)])
    if (/^coldkey($|\.|pub)/i.test(path.basename(name)))
      throw new WalletError('coldkey', file, 'this is a cold key: name a hotkey')
  if (!stat.isFile() || stat.size > MOST_BYTES) throw new WalletError('unreadable', file, 'it is no key file')
  try {
    return fs.readFileSync(file)
  } catch (error) {
    throw new WalletError('unreadable', file, `it cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

async function unlock(
  file: string,
  lock: NonNullable<ReturnType<typeof findLock>>,
  bytes: Buffer,
  { password }: WalletSettings,
): Promise<string> {
  if (password === undefined)
    throw new WalletError('password', file, 'it is locked, and no password was given')
  const text = await openLock(lock, bytes, await password(file))
  if (text !== undefined) return text
  throw new WalletError('password', file, 'the password is wrong, or the file is damaged')
}

/** The first source that leads to the address. */
async function findSigner(
  sources: readonly KeySource[],
  address: string | undefined,
): Promise<Signer | undefined> {
  for (const source of sources) {
    const signer = await signerFrom(source, address)
    if (signer !== undefined && (address === undefined || signer.address === address)) return signer
  }
  return undefined
}

async function signerFrom(source: KeySource, address: string | undefined): Promise<Signer | undefined> {
  switch (source.kind) {
    case 'phrase': {
      const { mnemonicToMiniSecret } = await import('@polkadot/util-crypto/mnemonic')
      try {
        return await signerOf(mnemonicToMiniSecret(source.phrase))
      } catch {
        return undefined
      }
    }
    case 'seed':
      return await signerOf(source.seed)
    case 'secret':
      return address === undefined ? undefined : await signerOfOwn(source.secret, address)
  }
}

/** The library cannot derive an address from a secret; whether they belong together shows when it signs. */
async function signerOfOwn(secret: Buffer, address: string): Promise<Signer | undefined> {
  try {
    const publicKey = await publicKeyOf(address)
    const signer = await signerOfSecret(timesEight(secret), publicKey)
    const probe = Buffer.from('a probe of a key')
    return (await isSignedBytes(publicKey, probe, await signer.sign(probe))) ? signer : undefined
  } catch {
    return undefined
  }
}

/** Schnorrkel keeps the scalar, the library wants it as ed25519 has it: eight times that, little endian. */
function timesEight(secret: Buffer): Buffer {
  const product = Buffer.from(secret)
  let carry = 0
  for (let index = 0; index < 32; index++) {
    const value = secret[index]! * 8 + carry
    product[index] = value & 0xff
    carry = value >> 8
  }
  return product
}

/** A cold key under another name shows by what Bittensor writes beside it. */
function refuseColdkey(file: string, address: string): void {
  const folder = path.dirname(fs.realpathSync(file))
  for (const beside of [folder, path.dirname(folder)]) {
    let text: string
    try {
      text = fs.readFileSync(path.join(beside, 'coldkeypub.txt'), 'utf8')
    } catch {
      continue
    }
    if (text.includes(address))
      throw new WalletError('coldkey', file, 'this is the cold key of its wallet: name a hotkey')
  }
}
