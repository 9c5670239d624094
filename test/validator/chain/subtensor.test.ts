import fs from 'node:fs'
import path from 'node:path'
import { blake2AsU8a } from '@polkadot/util-crypto/blake2'
import { xxhashAsU8a } from '@polkadot/util-crypto/xxhash'
import { expect, test, vi } from 'vitest'
import { devAccount } from '../../../validator/chain/dev/accounts.ts'
import { sendWithBlocks } from '../../../validator/chain/dev/prepare.ts'
import { planWeights } from '../../../validator/chain/plan.ts'
import { bytes, u16s, u64 } from '../../../validator/chain/scale.ts'
import { sealWeights } from '../../../validator/chain/sealed.ts'
import { lock, QUICKNET } from '../../../validator/chain/timelock.ts'
import { publicKeyOf } from '../../../validator/intake/signature.ts'
import { openLocalCase } from '../../support/local-chain.ts'
import { keepsTheContract } from './contract.ts'

const { timelock } = JSON.parse(
  fs.readFileSync(path.join(import.meta.dirname, '../../fixtures/chain/commit.json'), 'utf8'),
) as { timelock: { round: number; signature: string } }
const local = openLocalCase(process.env)

// Blocks of a real runtime are slow, and the subnet is made in the first test.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 60_000 })

if (local.kind === 'skipped')
  test.skip(`the contract over a real chain: skipped, since ${local.why}`, () => {})
else {
  keepsTheContract(`subtensor (${local.what})`, local.open)

  test('the real runtime opens what we locked, and sets the weights', async () => {
    const { node, chain, netuid, validator, during, advance } = await local.open({ commitReveal: true })
    // What is written into a head that was signed for already makes the signature void.
    await node.request('dev_setStorage', [[[pulseKey(timelock.round), pulse(timelock)]]])
    await advance(1)
    const state = await chain.weightState(netuid, validator.address)
    const planned = planWeights([[4, 1]], { ...state, offers: { ...state.offers, hash: false } })
    if (planned.kind !== 'plan') throw new Error('it is refused')
    const sealed = sealWeights(planned, state, await publicKeyOf(validator.address))
    if (sealed.kind !== 'timelocked') throw new Error(`it is ${sealed.kind}`)
    // Of a round that is over the signature is public, and only that one is at hand.
    const message = lock(Buffer.concat([u16s([4]), u16s([65_535]), u64(0n)]), timelock.round, QUICKNET)
    const ours = { ...sealed, round: timelock.round, message: `0x${message.toString('hex')}` }

    const submitted = await during(() => chain.submitWeights(ours, validator))
    expect(submitted).toEqual({ kind: 'included', block: expect.any(Number) })
    expect(await chain.confirmWeights(ours, validator.address)).toMatchObject({
      kind: 'committed',
      by: 'chain',
    })
    await advance(23)

    expect(await chain.confirmWeights(ours, validator.address)).toMatchObject({ kind: 'set' })
    expect((await chain.weights(netuid, validator.address))?.weights).toEqual([[4, 65_535]])
  })

  test('tokens that were burned on the real runtime are found by their block and place', async () => {
    const { node, chain, netuid, validator } = await local.open({ commitReveal: false })
    const alice = await devAccount('//Alice')
    const call = {
      pallet: 'subtensorModule',
      call: 'burnAlpha',
      args: [validator.address, 5_000_000_000, netuid],
    }
    const sent = await sendWithBlocks(node, call, alice)
    if (sent.kind !== 'included') throw new Error(JSON.stringify(sent))

    // Before it in its block is the clock alone.
    expect(await chain.lookUpEvent(`${sent.block}-1`)).toEqual({
      netuid,
      coldkey: alice.address,
      rao: 5_000_000_000n,
    })
    expect(await chain.lookUpEvent(`${sent.block}-0`)).toBeUndefined()
  })
}

/** Where the chain keeps a round of the beacon: `Drand.Pulses`, by BLAKE2b-128 of the round before the round itself. */
function pulseKey(round: number): string {
  const key = u64(BigInt(round))
  const prefix = [xxhashAsU8a('Drand', 128), xxhashAsU8a('Pulses', 128)]
  return `0x${Buffer.concat([...prefix, blake2AsU8a(key, 128), key]).toString('hex')}`
}

function pulse({ round, signature }: typeof timelock): string {
  const parts = [u64(BigInt(round)), bytes(Buffer.alloc(32)), bytes(Buffer.from(signature, 'hex'))]
  return `0x${Buffer.concat(parts).toString('hex')}`
}
