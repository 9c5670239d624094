import { describe, expect, test } from 'vitest'
import type { Chain } from '../../../validator/chain/chain.ts'
import { planWeights } from '../../../validator/chain/plan.ts'
import { type Sealed, sealWeights } from '../../../validator/chain/sealed.ts'
import { runEpoch } from '../../../validator/chain/yuma/epoch.ts'
import { publicKeyOf, type Signer } from '../../../validator/intake/signature.ts'

/** What the suite has to know of a chain to try it. */
export interface ChainCase {
  readonly chain: Chain
  readonly netuid: number
  /** Registered on the subnet, in the order of their uids: three who validate, then miners. */
  readonly hotkeys: readonly string[]
  readonly validator: Signer
  /** The last one, whom nobody pays: a miner with stake holds a permit as well. */
  readonly miner: Signer
  readonly stranger: Signer
  /** Lets the chain make so many blocks, or more. */
  readonly advance: (blocks: number) => Promise<void>
  /** Does something for which the chain has to make blocks. */
  readonly during: <T>(work: () => Promise<T>) => Promise<T>
}

/** A subnet with a tempo of 10, without a rate limit, and without fresh rounds of a beacon. */
export type OpenCase = (about: { readonly commitReveal: boolean }) => Promise<ChainCase>

/** What every implementation of the seam keeps to. */
export function keepsTheContract(name: string, open: OpenCase): void {
  describe(`${name} keeps the contract of chains`, () => {
    test('the head has the hash of its block, and goes on', async () => {
      const { chain, advance } = await open({ commitReveal: false })
      const before = await chain.head()

      await advance(3)

      const after = await chain.head()
      expect(before.hash).toMatch(/^0x[0-9a-f]{64}$/)
      expect(await chain.blockHash(before.number)).toBe(before.hash)
      expect(after.number).toBeGreaterThanOrEqual(before.number + 3)
      expect(after.time.getTime()).toBeGreaterThan(before.time.getTime())
      expect(after.hash).not.toBe(before.hash)
    })

    test('what was seen stays, and what is to come has no hash', async () => {
      const { chain, advance } = await open({ commitReveal: false })
      const { number, hash } = await chain.head()
      expect(await chain.blockHash(number + 1_000_000)).toBeUndefined()
      expect(await chain.blockHash(-1)).toBeUndefined()

      await advance(2)

      expect(await chain.blockHash(number)).toBe(hash)
      expect(await chain.blockHash(number + 1)).toMatch(/^0x[0-9a-f]{64}$/)
    })

    test('whoever is registered is found by the hotkey, with one uid and a coldkey', async () => {
      const { chain, netuid, hotkeys, stranger } = await open({ commitReveal: false })
      const all = await chain.neurons(netuid)

      expect(all.map(({ hotkey }) => hotkey)).toEqual(hotkeys)
      expect(new Set(all.map(({ uid }) => uid)).size).toBe(hotkeys.length)
      for (const neuron of all) expect(await chain.neuron(netuid, neuron.hotkey)).toEqual(neuron)
      for (const { coldkey } of all) expect(coldkey).toMatch(/^5[1-9A-HJ-NP-Za-km-z]{47}$/)
      expect(await chain.neuron(netuid, stranger.address)).toBeUndefined()
    })

    test('a payment that nobody made is none', async () => {
      const { chain } = await open({ commitReveal: false })

      expect(await chain.lookUpEvent('4294967295-65535')).toBeUndefined()
      expect(await chain.lookUpEvent('')).toBeUndefined()
    })

    test('on another subnet there is nobody', async () => {
      const { chain, netuid, hotkeys } = await open({ commitReveal: false })

      expect(await chain.neurons(netuid + 1)).toEqual([])
      expect(await chain.neuron(netuid + 1, hotkeys[0]!)).toBeUndefined()
    })

    test('the metagraph has everybody with their stake, and who may set weights', async () => {
      const { chain, netuid, hotkeys } = await open({ commitReveal: false })
      const { members, tempo, block } = (await chain.metagraph(netuid))!

      expect(members.map(({ hotkey }) => hotkey)).toEqual(hotkeys)
      expect(members.map(({ isValidator }) => isValidator).slice(0, 4)).toEqual([true, true, true, false])
      expect(members[0]!.totalStake).toBeGreaterThan(members[1]!.totalStake)
      expect(tempo).toBe(10)
      expect(block).toBeGreaterThan(0)
      expect(await chain.metagraph(netuid + 1)).toBeUndefined()
    })

    test('what a subnet asks of weights is known', async () => {
      const { chain, netuid } = await open({ commitReveal: false })

      expect(await chain.hyperparameters(netuid)).toMatchObject({
        ...{ netuid, tempo: 10, commitReveal: false, revealPeriods: 1, rateLimit: 0, minAllowed: 1 },
        ...{
          maxWeight: 65_535,
          versionKey: 0n,
          kappa: 32_767,
          yuma3: false,
          maxValidators: 64,
          maxUids: 256,
        },
      })
      expect(await chain.hyperparameters(netuid + 1)).toBeUndefined()
    })

    test('ours is among the subnets, with its market and its crowd', async () => {
      const { chain, netuid } = await open({ commitReveal: false })
      const { subnets, block, time } = await chain.subnets()
      const ours = subnets.find(subnet => subnet.netuid === netuid)!

      expect(ours).toMatchObject({ tempo: 10, validators: 3, isOpen: true })
      expect(ours.price).toBeCloseTo(Number(ours.tao) / Number(ours.alpha), 6)
      expect(subnets.reduce((sum, { emissionShare }) => sum + emissionShare, 0)).toBeLessThanOrEqual(
        1.000_001,
      )
      expect(block).toBeGreaterThan(0)
      expect(time.getTime()).toBeGreaterThan(0)
    })

    test('nobody has published anything', async () => {
      const { chain, netuid } = await open({ commitReveal: false })

      expect(await chain.commitments(netuid)).toEqual([])
    })

    test('weights that are set are confirmed, and the next epochs pay those who have them', async () => {
      const here = await open({ commitReveal: false })
      const { chain, netuid, validator, advance, during, hotkeys } = here
      const sealed = await seal(here, [
        [3, 1],
        [4, 3],
      ])

      expect(sealed.kind).toBe('plain')
      expect(await chain.confirmWeights(sealed, validator.address)).toEqual({ kind: 'absent' })
      expect(await during(() => chain.submitWeights(sealed, validator))).toMatchObject({ kind: 'included' })
      expect(await chain.confirmWeights(sealed, validator.address)).toMatchObject({ kind: 'set' })
      expect((await chain.weights(netuid, validator.address))?.weights).toEqual([
        [3, 21_845],
        [4, 65_535],
      ])
      const ahead = runEpoch((await chain.epochInput(netuid))!)
      await advance(23)

      const { members } = (await chain.metagraph(netuid))!
      expect(ahead.incentive.map(share => share / 65_535)).toEqual(
        members.map(({ incentive }) => expect.closeTo(incentive, 3)),
      )
      expect(await chain.epochInput(netuid + 1)).toBeUndefined()
      expect(members[4]!.incentive).toBeCloseTo(0.75, 3)
      expect(members[3]!.incentive).toBeCloseTo(0.25, 3)
      expect(members[5]!.incentive).toBe(0)
      expect(members[4]!.emission).toBeGreaterThan(0n)
      expect(members[0]!.dividends).toBeGreaterThan(0.9)
      expect(hotkeys).toHaveLength(6)
    })

    test('what is wrong is refused with a code that says what to do', async () => {
      const here = await open({ commitReveal: false })
      const { chain, validator, miner, stranger, during } = here
      const sealed = await seal(here, [[4, 1]])
      const codeOf = async (changed: Partial<Sealed>, signer: Signer): Promise<string> => {
        const submitted = await during(() => chain.submitWeights({ ...sealed, ...changed } as Sealed, signer))
        return submitted.kind === 'refused' ? submitted.refusal.code : submitted.kind
      }

      expect(await codeOf({}, stranger)).toBe('not-registered')
      expect(await codeOf({}, miner)).toBe('no-permit')
      expect(
        await codeOf(
          {
            weights: [
              [3, 1],
              [3, 2],
            ],
          },
          validator,
        ),
      ).toBe('uids-twice')
      expect(
        await codeOf(
          {
            weights: [
              [3, 1],
              [60, 2],
            ],
          },
          validator,
        ),
      ).toBe('uids-unknown')
      const planned = planWeights([[3, 1]], await chain.weightState(sealed.netuid, stranger.address))
      expect(planned).toMatchObject({ kind: 'refused', refusals: [{ code: 'not-registered' }] })
    })

    test('a commit is revealed in its epoch, neither earlier nor as something else', async () => {
      const here = await open({ commitReveal: true })
      const { chain, validator, during, advance } = here
      const sealed = await seal(here, [[5, 1]])
      if (sealed.kind !== 'hash') throw new Error(`it is ${sealed.kind}`)
      const reveal = async (what: Sealed): Promise<string> => {
        const { number } = await chain.head()
        const submitted = await during(() => chain.submitWeights(what, validator, { since: number }))
        return submitted.kind === 'refused' ? submitted.refusal.code : submitted.kind
      }

      const plain = { ...sealed, kind: 'plain' } as unknown as Sealed
      expect(await during(() => chain.submitWeights(plain, validator))).toMatchObject({
        refusal: { code: 'commit-first' },
      })
      expect(await reveal(sealed)).toBe('no-commit')
      const fresh = await seal(here, [[5, 1]])
      expect(await during(() => chain.submitWeights(fresh, validator))).toMatchObject({ kind: 'included' })
      const found = await chain.confirmWeights(fresh, validator.address)
      if (found.kind !== 'committed') throw new Error(`it is ${found.kind}`)
      expect(found.by).toBe('us')
      expect(await reveal(fresh)).toBe('reveal-too-early')
      await advance(found.block - (await chain.head()).number)

      expect(await chain.confirmWeights(fresh, validator.address)).toMatchObject({ kind: 'due' })
      expect(await reveal({ ...fresh, weights: [[4, 65_535]] } as Sealed)).toBe('no-commit')
      expect(await reveal(fresh)).toBe('included')
      expect(await chain.confirmWeights(fresh, validator.address)).toMatchObject({ kind: 'set' })
      expect((await chain.weights(fresh.netuid, validator.address))?.weights).toEqual([[5, 65_535]])
    })

    test('a commit whose epoch goes by is lost', async () => {
      const here = await open({ commitReveal: true })
      const { chain, validator, during, advance } = here
      const sealed = await seal(here, [[4, 1]])
      expect(await during(() => chain.submitWeights(sealed, validator))).toMatchObject({ kind: 'included' })

      await advance(33)

      expect(await chain.confirmWeights(sealed, validator.address)).toMatchObject({ kind: 'lost' })
    })
  })
}

async function seal(
  { chain, netuid, validator }: ChainCase,
  weights: readonly (readonly [number, number])[],
): Promise<Sealed> {
  const state = await chain.weightState(netuid, validator.address)
  const planned = planWeights(weights, state)
  if (planned.kind === 'refused') throw new Error(planned.refusals.map(({ message }) => message).join('\n'))
  return sealWeights(planned, state, await publicKeyOf(validator.address))
}
