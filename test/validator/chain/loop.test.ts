import { test, vi } from 'vitest'
import { openOfflineChain } from '../../../validator/chain/offline.ts'
import { openLocalLoop } from '../../support/local-chain.ts'
import { signerNamed } from '../../support/miner.ts'
import { closesTheLoop } from './loop.ts'

const START = '2026-06-01T00:00:00Z'

for (const [how, rules] of [
  ['at once', {}],
  ['by commits that the chain reveals', { commitReveal: true }],
  ['by commits that we reveal', { commitReveal: true, rounds: false }],
] as const)
  closesTheLoop(`the chain without a network, ${how},`, async () => {
    let block = 100
    const names = ['the owner', 'cid', 'ann', 'bob']
    const signers = await Promise.all(names.map(name => signerNamed(name)))
    const neurons = signers.map(({ address }, uid) => ({
      ...{ hotkey: address, coldkey: address, isValidator: uid < 2 },
    }))
    return {
      chain: openOfflineChain(
        { ...{ netuid: 2, start: START, seed: 's', neurons }, rules: { tempo: 10, rateLimit: 0, ...rules } },
        () => new Date(Date.parse(START) + block * 12_000),
      ),
      ...{ netuid: 2, validator: signers[0]!, ann: signers[2]!.address, bob: signers[3]!.address },
      async advance(blocks) {
        block += blocks
      },
      during: work => work(),
    }
  })

const local = openLocalLoop(process.env)
if (local.kind === 'skipped') test.skip(`the loop over a real chain: skipped, since ${local.why}`, () => {})
else {
  vi.setConfig({ testTimeout: 400_000, hookTimeout: 60_000 })
  closesTheLoop(`subtensor (${local.what})`, local.open)
}
