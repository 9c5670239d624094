import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'
import type { Chain } from './chain.ts'
import { ChainError } from './errors.ts'
import { openOfflineWeights } from './offline-weights.ts'
import { WeightsRefused } from './weights.ts'

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
    .refine(all => new Set(all.map(({ hotkey }) => hotkey)).size === all.length, 'each hotkey once')
    .default([]),
  /** Whoever asks is registered, each with a coldkey of his own: for trying things out. */
  isOpen: z.boolean().default(false),
  /** Payments, by `<block>-<extrinsic>`; they are there once their block is. */
  payments: z
    .array(
      z.strictObject({
        reference: z.string().regex(/^\d{1,10}-\d{1,5}$/),
        coldkey: Address,
        rao: z.int().positive(),
      }),
    )
    .default([]),
})
export type OfflineChain = z.infer<typeof OfflineChain>

/**
 * @param source - the definition, or its file (`.toml` or `.json`)
 * @param now - the clock that makes blocks
 * @throws ChainError
 */
export function openOfflineChain(
  source: string | z.input<typeof OfflineChain>,
  now: () => Date = () => new Date(),
): Chain {
  const { netuid, start, secondsPerBlock, seed, neurons, isOpen, payments } = readDefinition(source)
  const first = new Date(start).getTime()
  const kept = openOfflineWeights(typeof source === 'string' ? `${source}.weights` : undefined)
  /** Where all are registered each has a place of its own, behind those that are named. */
  const openUid = (hotkey: string): number =>
    neurons.length + 1 + (createHash('sha256').update(hotkey).digest().readUInt32BE() % 60_000)
  const head = (): number => Math.floor((now().getTime() - first) / 1000 / secondsPerBlock)
  const hashOf = (block: number): string =>
    `0x${createHash('sha256').update(`${seed}\0${block}`).digest('hex')}`
  return {
    async head() {
      const number = Math.max(0, head())
      return { number, hash: hashOf(number), time: new Date(first + number * secondsPerBlock * 1000) }
    },
    async blockHash(block) {
      return Number.isInteger(block) && block >= 0 && block <= Math.max(0, head()) ? hashOf(block) : undefined
    },
    async neuron(asked, hotkey) {
      if (asked !== netuid) return undefined
      const uid = neurons.findIndex(neuron => neuron.hotkey === hotkey)
      if (uid !== -1) return { uid, ...neurons[uid]! }
      return isOpen ? { uid: openUid(hotkey), hotkey, coldkey: hotkey, isValidator: false } : undefined
    },
    async neurons(asked) {
      return asked === netuid ? neurons.map((neuron, uid) => ({ uid, ...neuron })) : []
    },
    async weights(asked, hotkey) {
      return asked === netuid ? kept.read(hotkey) : undefined
    },
    async setWeights(asked, { address }, weights) {
      if (asked !== netuid || (!isOpen && !neurons.some(({ hotkey }) => hotkey === address)))
        throw new WeightsRefused(
          'not-registered',
          `${address} is not registered on subnet ${asked}: register it first`,
        )
      kept.set(address, Math.max(0, head()), weights)
    },
    async payment(reference) {
      const found = payments.find(one => one.reference === reference)
      if (found === undefined || Number(reference.split('-')[0]) > head()) return undefined
      return { coldkey: found.coldkey, rao: BigInt(found.rao) }
    },
  }
}

function readDefinition(source: string | z.input<typeof OfflineChain>): OfflineChain {
  const name = typeof source === 'string' ? source : 'its definition'
  let raw: unknown = source
  if (typeof source === 'string')
    try {
      const text = fs.readFileSync(source, 'utf8')
      raw = path.extname(source) === '.json' ? JSON.parse(text) : parseToml(text)
    } catch (error) {
      throw new ChainError(name, [(error as Error).message.split('\n')[0]!])
    }
  const parsed = OfflineChain.safeParse(raw)
  if (parsed.success) return parsed.data
  throw new ChainError(
    name,
    parsed.error.issues.map(issue => `${issue.path.join('.') || 'all'}: ${issue.message}`),
  )
}
