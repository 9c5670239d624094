import { beforeEach, describe, expect, test } from 'vitest'
import { planWeights } from '../../../validator/chain/plan.ts'
import type { Sealed } from '../../../validator/chain/sealed.ts'
import { openSubtensor } from '../../../validator/chain/subtensor/chain.ts'
import type { Signer } from '../../../validator/intake/signature.ts'
import { type MapNode, openMapNode } from '../../support/map-node.ts'
import { signerNamed } from '../../support/miner.ts'

const MODERN = [
  'setMechanismWeights',
  'setWeights',
  'commitMechanismWeights',
  'revealMechanismWeights',
  'commitTimelockedMechanismWeights',
]
const OLD = ['setWeights', 'commitWeights', 'revealWeights', 'commitCrv3Weights']
const ROW: Pick<Sealed, 'netuid' | 'mechanism' | 'weights' | 'versionKey' | 'since'> = {
  ...{ netuid: 3, mechanism: 0, versionKey: '7', since: 90 },
  weights: [
    [1, 65_535],
    [2, 5],
  ],
}
const PLAIN: Sealed = { kind: 'plain', ...ROW }
const HASH: Sealed = { kind: 'hash', ...ROW, hash: '0xab', salt: [1, 2], reveal: 300 }
const LOCKED: Sealed = { kind: 'timelocked', ...ROW, message: '0xcd', round: 9, version: 4, reveal: 300 }

let signer: Signer
beforeEach(async () => {
  signer = await signerNamed('validator')
})

/** Subnet 3 as a chain that counts its epochs has it. */
function layState({ items, answers }: MapNode, change: Record<string, unknown> = {}): void {
  const hotkey = signer.address
  const subnet = {
    ...{ networksAdded: true, subnetworkN: 4, validatorPermit: [false, true, false, false], tempo: 360 },
    ...{ commitRevealWeightsEnabled: true, revealPeriodEpochs: 2, weightsSetRateLimit: 100 },
    ...{ minAllowedWeights: 1, maxWeightsLimit: 65_535, weightsVersionKey: '0x0020000000000001' },
    ...{ lastEpochBlock: 50, pendingEpochAt: 0, subnetEpochIndex: 6, blocksSinceLastStep: 50 },
    ...{ lastUpdate: [0, 80, 0, 0], subnetOwnerHotkey: hotkey, mechanismCountCurrent: 2, ...change },
  }
  for (const [item, value] of Object.entries(subnet)) items[`${item} 3`] = value
  items[`uids 3 ${hotkey}`] = 1
  items.stakeThreshold = '0x000000e8d4a51000'
  items.commitRevealWeightsVersion = 4
  items.now = Date.parse('2026-06-01T00:00:00Z')
  items.lastStoredRound = 30_000_000
  const each = <T>(value: T): T[] => [0, 1, 2, 3].map(() => value)
  answers['getMetagraph 3'] = {
    ...{ tempo: 360, hotkeys: each(hotkey), coldkeys: each(hotkey), active: each(true), lastUpdate: each(1) },
    ...{ validatorPermit: each(true), blockAtRegistration: each(1), alphaStake: each(5), taoStake: each(0) },
    ...{
      totalStake: each('0x000000e8d4a51001'),
      incentives: each(0),
      dividends: each(0),
      consensus: each(0),
    },
    emission: each(0),
  }
}

describe('the state that weights are planned by', () => {
  test('is read in two requests, and parsed', async () => {
    const map = openMapNode(MODERN)
    layState(map)
    const state = await openSubtensor(map.node).weightState(3, signer.address)

    expect(map.requests).toBe(2)
    expect(state).toMatchObject({
      ...{ block: 100, uids: 4, mechanisms: 2, secondsPerBlock: 12 },
      own: { uid: 1, isValidator: true, isOwner: true, lastUpdate: 80, stake: 1_000_000_000_001n },
      rules: { commitReveal: true, versionKey: 9_007_199_254_740_993n, stakeThreshold: 10n ** 12n },
      offers: { plain: true, hash: true, timelocked: 'with-hotkey' },
      schedule: { kind: 'counted', epoch: 6, lastEpoch: 50 },
    })
    expect(planWeights([[2, 1]], state)).toMatchObject({ kind: 'plan', earliest: 180 })
  })

  test('of an older chain has epochs by blocks, and its own calls', async () => {
    const map = openMapNode(OLD)
    layState(map)
    delete map.items['subnetEpochIndex 3']
    delete map.items['mechanismCountCurrent 3']
    delete map.items.commitRevealWeightsVersion
    const state = await openSubtensor(map.node).weightState(3, signer.address)

    expect(state).toMatchObject({
      ...{ mechanisms: 1, schedule: { kind: 'modular', index: 3, tempo: 360 } },
      offers: { plain: true, hash: true, timelocked: 'without-hotkey' },
    })
    const other = await openSubtensor(map.node)
      .weightState(3, signer.address, 1)
      .catch((error: Error) => error)
    expect(other).toBeInstanceOf(Error)
  })
})

describe('what is called', () => {
  test.each([
    [MODERN, PLAIN, undefined, 'setMechanismWeights', [3, 0, [1, 2], [65_535, 5], '7']],
    [MODERN, HASH, undefined, 'commitMechanismWeights', [3, 0, '0xab']],
    [MODERN, HASH, { since: 95 }, 'revealMechanismWeights', [3, 0, [1, 2], [65_535, 5], [1, 2], '7']],
    [MODERN, LOCKED, undefined, 'commitTimelockedMechanismWeights', [3, 0, '0xcd', 9, 4]],
    [OLD, PLAIN, undefined, 'setWeights', [3, [1, 2], [65_535, 5], '7']],
    [OLD, LOCKED, undefined, 'commitCrv3Weights', [3, '0xcd', 9]],
  ] as const)('of %j for %j is by name', async (calls, sealed, reveal, call, args) => {
    const map = openMapNode(calls)

    expect(await openSubtensor(map.node).submitWeights(sealed, signer, reveal)).toEqual({
      kind: 'included',
      block: 101,
    })
    expect(map.sent).toEqual([{ pallet: 'subtensorModule', call, args }])
  })

  test('that a chain does not have, or that is too old, is not sent', async () => {
    const map = openMapNode([])
    const chain = openSubtensor(map.node)

    expect(await chain.submitWeights(PLAIN, signer)).toMatchObject({ refusal: { code: 'no-call' } })
    const late = { ...PLAIN, since: 101 }
    expect(await openSubtensor(openMapNode(MODERN).node).submitWeights(late, signer)).toMatchObject({
      refusal: { code: 'stale' },
    })
    expect(map.sent).toEqual([])
  })

  test.each([
    [
      { kind: 'failed', block: 101, error: 'NeuronNoValidatorPermit' },
      { kind: 'refused', refusal: { code: 'no-permit' } },
    ],
    [
      { kind: 'rejected', code: 1010, data: { invalid: { custom: 6 } } },
      { kind: 'refused', refusal: { code: 'too-soon' } },
    ],
    [{ kind: 'rejected', code: 1013, data: 'Already Imported' }, { kind: 'sent' }],
    [
      { kind: 'unknown', why: 'no answer' },
      { kind: 'sent', why: 'no answer' },
    ],
  ] as const)('%j means %j', async (sends, submitted) => {
    const map = openMapNode(MODERN)
    map.sends = sends

    expect(await openSubtensor(map.node).submitWeights(PLAIN, signer)).toMatchObject(submitted)
  })
})

describe('what became of it', () => {
  const look = async (sealed: Sealed, lay: (map: MapNode) => void) => {
    const map = openMapNode(MODERN)
    layState(map)
    lay(map)
    return await openSubtensor(map.node).confirmWeights(sealed, signer.address)
  }
  const row = [
    [1, 65_535],
    [2, 5],
  ]

  test('is read off the row and when it was set', async () => {
    expect(await look(PLAIN, ({ items }) => (items['weights 3 1'] = row))).toEqual({ kind: 'absent' })
    expect(
      await look(PLAIN, ({ items }) => {
        items['weights 3 1'] = row
        items['lastUpdate 3'] = [0, 95, 0, 0]
      }),
    ).toEqual({ kind: 'set', block: 95 })
  })

  test('is read off commits that wait', async () => {
    const hashes = [
      ['0xff', 6, 94, 0],
      ['0xab', 6, 95, 0],
    ]
    expect(await look(HASH, ({ items }) => (items[`weightCommits 3 ${signer.address}`] = hashes))).toEqual({
      ...{ kind: 'committed', by: 'us', block: 770 },
    })
    expect(
      await look(HASH, ({ items }) => {
        items[`weightCommits 3 ${signer.address}`] = hashes
        items['subnetEpochIndex 3'] = 8
      }),
    ).toEqual({ kind: 'due', until: 409 })
    const messages = [[signer.address, 95, '0xcd', 9]]
    expect(
      await look(
        LOCKED,
        ({ entries }) => (entries['timelockedWeightCommits 3'] = [{ keys: [3, 6], value: messages }]),
      ),
    ).toEqual({ kind: 'committed', by: 'chain', block: 300 })
  })

  test('is read off the commits of older chains, which have another name and form', async () => {
    const map = openMapNode(OLD)
    layState(map)
    delete map.items['subnetEpochIndex 3']
    map.entries['crv3WeightCommits 3'] = [{ keys: [3, 0], value: [[signer.address, '0xcd', 9]] }]

    expect(await openSubtensor(map.node).confirmWeights(LOCKED, signer.address)).toMatchObject({
      ...{ kind: 'committed', by: 'chain' },
    })
  })

  test('is lost when neither is there any more, or the hotkey is not', async () => {
    expect(await look(LOCKED, ({ items }) => (items['lastUpdate 3'] = [0, 95, 0, 0]))).toMatchObject({
      ...{ kind: 'lost', why: expect.stringMatching(/the reveal failed/) },
    })
    expect(await look(PLAIN, ({ items }) => delete items[`uids 3 ${signer.address}`])).toMatchObject({
      kind: 'lost',
    })
  })
})

describe('what else is read', () => {
  test('who is registered, once for a block however many ask', async () => {
    const map = openMapNode(MODERN)
    layState(map)
    const chain = openSubtensor(map.node)
    const all = await Promise.all([1, 2, 3].map(() => chain.neuron(3, signer.address)))

    expect(all.map(neuron => neuron?.uid)).toEqual([0, 0, 0])
    expect(await chain.neuron(3, 'nobody')).toBeUndefined()
    expect(await chain.neurons(3)).toHaveLength(4)
    expect(map.requests).toBe(1)
  })

  test('commitments of hotkeys, whatever kind their fields are of', async () => {
    const map = openMapNode(MODERN)
    const info = { fields: [{ raw3: '0x616263' }, { none: null }, { raw1: '0x64' }] }
    map.entries['commitmentOf 3'] = [
      { keys: [3, signer.address], value: { deposit: 0, block: 70, info } },
      { keys: [3, 'nobody'], value: { block: 1, info } },
      { keys: [3, signer.address], value: 'broken' },
    ]

    expect(await openSubtensor(map.node).commitments(3)).toEqual([
      { hotkey: signer.address, block: 70, data: '0x61626364' },
    ])
  })

  test('tokens that were burned, once their block is final', async () => {
    const map = openMapNode(MODERN)
    const burned = { pallet: 'subtensorModule', name: 'AlphaBurned', error: undefined }
    map.events['0x70-2'] = [
      { ...burned, name: 'StakeRemoved', data: [] },
      { ...burned, data: [signer.address, signer.address, '0x00000002540be400', 3] },
    ]
    const chain = openSubtensor(map.node)

    expect(await chain.lookUpEvent('70-2')).toEqual({
      netuid: 3,
      coldkey: signer.address,
      rao: 10_000_000_000n,
    })
    expect(await chain.lookUpEvent('70-1')).toBeUndefined()
    expect(await chain.lookUpEvent('101-2')).toBeUndefined()
    expect(await chain.lookUpEvent('70-2; drop')).toBeUndefined()
  })

  test('all subnets in two requests, with what a chain has of them', async () => {
    const map = openMapNode(MODERN)
    const one = { tempo: 360, alphaOut: 1, subnetVolume: '0x00000002540be400', networkRegisteredAt: 5 }
    map.answers.getAllDynamicInfo = [
      {
        ...one,
        netuid: 0,
        subnetName: [114, 111, 111, 116],
        tokenSymbol: '0xcea4',
        alphaIn: 0,
        taoIn: 0,
        taoInEmission: 0,
      },
      null,
      { ...one, netuid: 3, subnetName: [97], tokenSymbol: [98], alphaIn: 400, taoIn: 100, taoInEmission: 6 },
      { ...one, netuid: 9, subnetName: [99], tokenSymbol: [98], alphaIn: 10, taoIn: 100, taoInEmission: 1 },
    ]
    map.items.now = 1_780_000_000_000
    for (const netuid of [0, 3, 9]) {
      map.items[`subnetExcessTao ${netuid}`] = netuid === 9 ? 1 : 0
      map.items[`burn ${netuid}`] = 5
      map.items[`registrationsThisInterval ${netuid}`] = 2
      map.items[`networkRegistrationAllowed ${netuid}`] = true
      map.items[`subnetworkN ${netuid}`] = 3
      map.items[`validatorPermit ${netuid}`] = [true, true, false]
      map.items[`active ${netuid}`] = [true, false, true]
      map.items[`incentive ${netuid}`] = [0, 7, 9]
      map.items[`minerBurned ${netuid}`] = { bits: '0x80000000' }
    }
    const { subnets, block } = await openSubtensor(map.node).subnets()

    expect([map.requests, block]).toEqual([2, 100])
    expect(subnets.map(({ netuid, emissionShare, price }) => [netuid, emissionShare, price])).toEqual([
      [0, 0, 1],
      [3, 0.75, 0.25],
      [9, 0.25, 10],
    ])
    expect(subnets[1]).toMatchObject({
      name: 'a',
      validators: 1,
      miners: 2,
      burned: 0.5,
      volume: 10_000_000_000n,
      ...{ tempo: 360, tao: 100n, alpha: 400n, burn: 5n, registrations: 2, isOpen: true },
    })
  })
})
