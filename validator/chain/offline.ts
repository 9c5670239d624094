import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { Chain } from './chain.ts'

const Address = z.string().regex(/^5[1-9A-HJ-NP-Za-km-z]{47}$/, 'an address in SS58 form')

/** A chain without a network: blocks come with the clock, hashes follow from a seed. */
export const OfflineChain = z.strictObject({
  netuid: z.int().min(0).max(65_535),
  /** When block 0 was. */
  start: z.iso.datetime(),
  secondsPerBlock: z.number().positive().default(12),
  seed: z.string().min(1),
  neurons: z
    .array(z.strictObject({ hotkey: Address, coldkey: Address, isValidator: z.boolean().default(false) }))
    .default([]),
  /** Whoever asks is registered, each with a coldkey of his own: for trying things out. */
  isOpen: z.boolean().default(false),
})
export type OfflineChain = z.infer<typeof OfflineChain>

/** @param now - the clock that makes blocks */
export function openOfflineChain(definition: OfflineChain, now: () => Date): Chain {
  const { netuid, start, secondsPerBlock, seed, neurons, isOpen } = definition
  const first = new Date(start).getTime()
  const head = (): number => Math.floor((now().getTime() - first) / 1000 / secondsPerBlock)
  const hashOf = (block: number): string =>
    `0x${createHash('sha256').update(`${seed}\0${block}`).digest('hex')}`
  return {
    async head() {
      const number = Math.max(0, head())
      return { number, hash: hashOf(number), time: new Date(first + number * secondsPerBlock * 1000) }
    },
    async blockHash(block) {
      return block >= 0 && block <= head() ? hashOf(block) : undefined
    },
    async neuron(asked, hotkey) {
      if (asked !== netuid) return undefined
      const uid = neurons.findIndex(neuron => neuron.hotkey === hotkey)
      if (uid !== -1) return { uid, ...neurons[uid]! }
      return isOpen ? { uid: neurons.length, hotkey, coldkey: hotkey, isValidator: false } : undefined
    },
    async neurons(asked) {
      return asked === netuid ? neurons.map((neuron, uid) => ({ uid, ...neuron })) : []
    },
  }
}
