import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { openOfflineChain } from '../../../validator/chain/offline.ts'
import { planWeights } from '../../../validator/chain/plan.ts'
import { sealWeights } from '../../../validator/chain/sealed.ts'
import { publicKeyOf } from '../../../validator/intake/signature.ts'
import { makeFolder } from '../../support/folder.ts'
import { signerNamed } from '../../support/miner.ts'
import { keepsTheContract } from './contract.ts'

const HOTKEYS = [
  '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY',
  '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty',
]
const STRANGER = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV'
const start = '2026-06-01T00:00:00Z'
const definition = {
  ...{ netuid: 2, start, seed: 'a seed' },
  neurons: HOTKEYS.map(hotkey => ({ hotkey, coldkey: STRANGER })),
}

keepsTheContract('the chain without a network', async ({ commitReveal }) => {
  let seconds = 40 * 12
  const names = ['owner', 'validator1', 'validator2', 'miner1', 'miner2', 'miner3']
  const signers = await Promise.all(names.map(name => signerNamed(name)))
  const neurons = signers.map(({ address }, uid) => ({
    ...{ hotkey: address, coldkey: STRANGER, isValidator: uid < 3, stake: [500, 100, 50, 0, 0, 0][uid]! },
  }))
  const rules = { tempo: 10, rateLimit: 0, commitReveal, rounds: false }
  return {
    chain: openOfflineChain({ ...{ netuid: 2, start, seed: 'a seed' }, neurons, rules }, () => {
      return new Date(new Date(start).getTime() + seconds * 1000)
    }),
    netuid: 2,
    hotkeys: signers.map(({ address }) => address),
    ...{ validator: signers[0]!, miner: signers[5]!, stranger: await signerNamed('a stranger') },
    async advance(blocks) {
      seconds += blocks * 12
    },
    during: work => work(),
  }
})

const at = (text: string) => () => new Date(text)

test('two machines with the same definition and clock see the same chain', async () => {
  const one = openOfflineChain(definition, at('2026-06-01T12:00:05Z'))
  const two = openOfflineChain({ ...definition }, at('2026-06-01T12:00:05Z'))
  const other = openOfflineChain({ ...definition, seed: 'another' }, at('2026-06-01T12:00:05Z'))

  expect(await one.head()).toEqual(await two.head())
  expect(await one.head()).toMatchObject({ number: 3600, time: new Date('2026-06-01T12:00:00Z') })
  expect((await other.head()).hash).not.toBe((await one.head()).hash)
})

test('before its start it has block 0', async () => {
  const chain = openOfflineChain(definition, at('2020-01-01T00:00:00Z'))

  expect(await chain.head()).toMatchObject({ number: 0, hash: await chain.blockHash(0) })
})

test('an open one registers whoever asks, with a coldkey of his own', async () => {
  const chain = openOfflineChain({ ...definition, isOpen: true }, at(start))

  expect(await chain.neuron(2, STRANGER)).toMatchObject({ hotkey: STRANGER, coldkey: STRANGER })
  expect(await chain.neuron(3, STRANGER)).toBeUndefined()
})

test('an open one takes weights of whoever sets them, and still lists nobody: all are there', async () => {
  const chain = openOfflineChain({ ...definition, neurons: [], isOpen: true }, at('2026-06-01T12:00:00Z'))
  const signer = await signerNamed('a validator')
  const state = await chain.weightState(2, signer.address)
  const planned = planWeights(
    [
      [0, 3],
      [41_234, 1],
    ],
    state,
  )
  if (planned.kind !== 'plan') throw new Error('it is refused')
  const sealed = sealWeights(planned, state, await publicKeyOf(signer.address))

  expect(await chain.submitWeights(sealed, signer)).toMatchObject({ kind: 'included' })
  expect(await chain.confirmWeights(sealed, signer.address)).toMatchObject({ kind: 'set' })
  expect(await chain.neurons(2)).toEqual([])
  expect((await chain.neuron(2, STRANGER))!.uid).toBe((await chain.neuron(2, STRANGER))!.uid)
})

test('two processes with the same file see the same calls', async () => {
  const folder = makeFolder({ 'chain.json': JSON.stringify({ ...definition, isOpen: true }) })
  const open = () => openOfflineChain(path.join(folder, 'chain.json'), at('2026-06-01T12:00:00Z'))
  const [one, two, signer] = [open(), open(), await signerNamed('a validator')]
  const state = await one.weightState(2, signer.address)
  const planned = planWeights([[0, 1]], state)
  if (planned.kind !== 'plan') throw new Error('it is refused')
  const sealed = sealWeights(planned, state, await publicKeyOf(signer.address))
  await one.submitWeights(sealed, signer)

  expect(await two.weights(2, signer.address)).toEqual({ block: 3600, weights: [[0, 65_535]] })
  expect(await open().confirmWeights(sealed, signer.address)).toEqual({ kind: 'set', block: 3600 })
  expect(await two.submitWeights(sealed, signer)).toMatchObject({ refusal: { code: 'too-soon' } })
})

test('a payment is there once its block is', async () => {
  const payments = [{ reference: '10-1', coldkey: STRANGER, rao: 7 }]
  const before = openOfflineChain({ ...definition, payments }, at('2026-06-01T00:01:59Z'))
  const after = openOfflineChain({ ...definition, payments }, at('2026-06-01T00:02:00Z'))

  expect(await before.lookUpEvent('10-1')).toBeUndefined()
  expect(await after.lookUpEvent('10-1')).toEqual({ netuid: 2, coldkey: STRANGER, rao: 7n })
  expect(await after.lookUpEvent('10-2')).toBeUndefined()
})

test.each(['toml', 'json'])('is read from a %s file', async ending => {
  const toml = `netuid = 2\nstart = "${start}"\nseed = "a seed"\n[[neurons]]\nhotkey = "${HOTKEYS[0]}"\ncoldkey = "${STRANGER}"\n`
  const folder = makeFolder({ 'chain.toml': toml, 'chain.json': JSON.stringify(definition) })
  const chain = openOfflineChain(path.join(folder, `chain.${ending}`), at(start))

  expect(await chain.neuron(2, HOTKEYS[0]!)).toMatchObject({ uid: 0, coldkey: STRANGER })
})

test('a wrong definition is refused with every mistake, and its file', () => {
  const folder = makeFolder({
    'chain.json': JSON.stringify({ ...definition, netuid: -1, seed: '', neurons: [{}], odd: 1 }),
    'broken.toml': 'netuid = = 2',
  })

  expect(() => openOfflineChain(path.join(folder, 'chain.json'))).toThrow(
    /chain\.json:.*netuid:.*seed:.*neurons\.0\.hotkey:.*odd/s,
  )
  expect(() => openOfflineChain(path.join(folder, 'broken.toml'))).toThrow(/broken\.toml/)
  expect(() => openOfflineChain(path.join(folder, 'none.toml'))).toThrow(/no such file/)
  expect(() =>
    openOfflineChain({ ...definition, neurons: [definition.neurons[0]!, definition.neurons[0]!] }),
  ).toThrow('each hotkey once')
})

describe('weights of a second mechanism', () => {
  const open = async (rounds: boolean) => {
    let block = 40
    const signer = await signerNamed('a validator')
    const neurons = [signer.address, ...HOTKEYS].map((hotkey, uid) => ({
      ...{ hotkey, coldkey: STRANGER, isValidator: uid === 0 },
    }))
    const rules = { tempo: 10, rateLimit: 0, commitReveal: true, mechanisms: 2, rounds }
    const chain = openOfflineChain({ ...definition, neurons, rules }, () => {
      return new Date(new Date(start).getTime() + block * 12_000)
    })
    const state = await chain.weightState(2, signer.address, 1)
    const planned = planWeights([[1, 1]], state)
    if (planned.kind !== 'plan') throw new Error('it is refused')
    const sealed = sealWeights(planned, state, await publicKeyOf(signer.address))
    const goTo = (next: number): void => {
      block = next
    }
    return { chain, signer, sealed, goTo }
  }
  const committed = async ({ chain, signer, sealed }: Awaited<ReturnType<typeof open>>) => {
    expect(sealed.mechanism).toBe(1)
    expect(await chain.submitWeights(sealed, signer)).toEqual({ kind: 'included', block: 40 })
    const found = await chain.confirmWeights(sealed, signer.address)
    if (found.kind !== 'committed') throw new Error(`it is ${found.kind}`)
    return found
  }
  const areSet = async ({ chain, signer, sealed }: Awaited<ReturnType<typeof open>>) => {
    expect(await chain.confirmWeights(sealed, signer.address)).toMatchObject({ kind: 'set' })
    expect((await chain.weights(2, signer.address, 1))?.weights).toEqual([[1, 65_535]])
    expect(await chain.weights(2, signer.address)).toBeUndefined()
  }

  test('are committed by their hash, and revealed in their epoch', async () => {
    const here = await open(false)
    const { chain, signer, sealed, goTo } = here
    expect(sealed.kind).toBe('hash')
    const { by, block } = await committed(here)
    expect(by).toBe('us')

    goTo(block)

    expect(await chain.submitWeights(sealed, signer, { since: block })).toEqual({ kind: 'included', block })
    await areSet(here)
  })

  test('are committed under a lock of time, and the chain opens them', async () => {
    const here = await open(true)
    expect(here.sealed.kind).toBe('timelocked')
    const { by, block } = await committed(here)
    expect([by, here.sealed.kind === 'timelocked' && here.sealed.reveal]).toEqual(['chain', block])
    here.goTo(block - 1)
    expect(await here.chain.weights(2, here.signer.address, 1)).toBeUndefined()

    // Its round is aimed three blocks behind the reveal's first.
    here.goTo(block + 3)

    await areSet(here)
  })
})
