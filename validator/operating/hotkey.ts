import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { Config } from '../config.ts'
import { type Signer, signerOf } from '../intake/signature.ts'
import { readWallet, type WalletSettings } from '../intake/wallet.ts'
import { makeOnce, removeAbandoned } from '../store/make-once.ts'

/** The key that a validator signs with: the wallet that its settings name, or on a local network one of its own. */
export async function findHotkey(
  { wallet, records }: Pick<Config, 'wallet' | 'records'>,
  settings: WalletSettings,
): Promise<Signer> {
  if (wallet !== undefined) return await readWallet(wallet, settings)
  const file = path.join(records.data, 'hotkey')
  if (!fs.existsSync(file)) await makeHotkey(file)
  // Secret, and of no use to anybody.
  else removeAbandoned(file)
  return await readWallet({ path: file })
}

/** In the form of Bittensor's wallets, readable by its owner only. */
async function makeHotkey(file: string): Promise<void> {
  const seed = randomBytes(32)
  const { address } = await signerOf(seed)
  const content = { secretSeed: `0x${seed.toString('hex')}`, ss58Address: address }
  makeOnce(file, JSON.stringify(content), 0o600)
}
