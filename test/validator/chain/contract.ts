import { describe, expect, test } from 'vitest'
import type { Chain } from '../../../validator/chain/chain.ts'

/** What the suite has to know of a chain to try it. */
export interface ChainCase {
  readonly chain: Chain
  readonly netuid: number
  /** Registered on the subnet, in the order of their uids. */
  readonly hotkeys: readonly string[]
  readonly stranger: string
  /** Lets the chain make so many blocks, or more. */
  readonly advance: (blocks: number) => Promise<void>
}

/** What every implementation of the seam keeps to. */
export function keepsTheContract(name: string, open: () => Promise<ChainCase>): void {
  describe(`${name} keeps the contract of chains`, () => {
    test('the head has the hash of its block, and goes on', async () => {
      const { chain, advance } = await open()
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
      const { chain, advance } = await open()
      const { number, hash } = await chain.head()
      expect(await chain.blockHash(number + 1_000_000)).toBeUndefined()
      expect(await chain.blockHash(-1)).toBeUndefined()

      await advance(2)

      expect(await chain.blockHash(number)).toBe(hash)
      expect(await chain.blockHash(number + 1)).toMatch(/^0x[0-9a-f]{64}$/)
    })

    test('whoever is registered is found by the hotkey, with one uid and a coldkey', async () => {
      const { chain, netuid, hotkeys, stranger } = await open()
      const all = await chain.neurons(netuid)

      expect(all.map(({ hotkey }) => hotkey)).toEqual(hotkeys)
      expect(new Set(all.map(({ uid }) => uid)).size).toBe(hotkeys.length)
      for (const neuron of all) expect(await chain.neuron(netuid, neuron.hotkey)).toEqual(neuron)
      for (const { coldkey } of all) expect(coldkey).toMatch(/^5[1-9A-HJ-NP-Za-km-z]{47}$/)
      expect(await chain.neuron(netuid, stranger)).toBeUndefined()
    })

    test('a payment that nobody made is none', async () => {
      const { chain } = await open()

      expect(await chain.payment('4294967295-65535')).toBeUndefined()
      expect(await chain.payment('')).toBeUndefined()
    })

    test('on another subnet there is nobody', async () => {
      const { chain, netuid, hotkeys } = await open()

      expect(await chain.neurons(netuid + 1)).toEqual([])
      expect(await chain.neuron(netuid + 1, hotkeys[0]!)).toBeUndefined()
    })
  })
}
