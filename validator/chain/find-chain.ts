import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import type { Config } from '../config.ts'
import { makeOnce } from '../store/make-once.ts'
import type { Chain } from './chain.ts'
import { type ChainAlarm, openEndpoints } from './endpoints.ts'
import { openOfflineChain } from './offline.ts'
import { openSubtensor } from './subtensor/chain.ts'
import { connect } from './subtensor.ts'

/**
 * The chain that the settings name, which is connected to when it is first asked; on a local network one on which everybody is registered, from the day it was first wanted.
 *
 * @returns and the file of the latter
 */
export function findChain(
  { chain, netuid, records }: Pick<Config, 'chain' | 'netuid' | 'records'>,
  onAlarm: (alarm: ChainAlarm) => void = () => {},
): {
  readonly chain: Chain
  readonly own: string | undefined
} {
  if (chain !== undefined && 'endpoints' in chain) {
    const node = openEndpoints({ endpoints: chain.endpoints, connect, onAlarm })
    return { chain: openSubtensor(node), own: undefined }
  }
  if (chain !== undefined) return { chain: openOfflineChain(path.resolve(chain.offline)), own: undefined }
  const file = path.join(records.data, 'chain.json')
  if (!fs.existsSync(file)) {
    const start = new Date(Date.now() - 24 * 3_600_000).toISOString()
    const definition = { netuid, start, seed: randomBytes(16).toString('hex'), isOpen: true }
    makeOnce(file, JSON.stringify(definition), 0o644)
  }
  return { chain: openOfflineChain(file), own: file }
}
