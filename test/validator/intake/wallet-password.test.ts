import os from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { passwordFromEnvironment } from '../../../validator/intake/wallet-password.ts'

const FILE = '/home/miner/.bittensor/wallets/default/hotkeys/one'
const NAME = 'BT_PW__HOME_MINER__BITTENSOR_WALLETS_DEFAULT_HOTKEYS_ONE'

test('a password is read as Bittensor’s own wallet (4.1.1) leaves it in the environment', () => {
  expect(passwordFromEnvironment(FILE, { [NAME]: 'ATstIjI8K2UHIjcsKGR3' })).toBe('Correct-Horse-9')
})

test('also for a path that was written with a tilde', () => {
  const name = 'BT_PW_~__BITTENSOR_WALLETS_DEFAULT_HOTKEYS_ONE'
  const value = Buffer.from([...'word'].map((one, at) => one.charCodeAt(0) ^ name.charCodeAt(at))).toString(
    'base64',
  )
  const file = path.join(os.homedir(), '.bittensor/wallets/default/hotkeys/one')

  expect(passwordFromEnvironment(file, { [name]: value })).toBe('word')
})

test('ours comes first, and there may be none', () => {
  expect(passwordFromEnvironment(FILE, { [NAME]: 'AAAA', ARETE_WALLET_PASSWORD: 'ours' })).toBe('ours')
  expect(passwordFromEnvironment(FILE, { BT_PW_OTHER: 'AAAA', ARETE_WALLET_PASSWORD: '' })).toBeUndefined()
})
