import fs from 'node:fs'
import path from 'node:path'
import { parse as parseToml } from 'smol-toml'
import { z } from 'zod'
import { Address } from '../address.ts'
import { ChainError } from '../errors.ts'
import { TAO, U16, WHOLE } from '../units.ts'

const Whole = z.int().min(0)

/** What the subnet asks of weights, and how it pays; as it is on a subnet that nobody changed. */
const Rules = z.strictObject({
  tempo: z.int().min(1).max(50_400).default(360),
  rateLimit: Whole.default(100),
  minAllowed: U16.default(1),
  maxWeight: U16.default(WHOLE),
  versionKey: Whole.default(0),
  /** In rao. */
  stakeThreshold: Whole.default(0),
  commitReveal: z.boolean().default(false),
  revealPeriods: z.int().min(1).max(100).default(1),
  /** Whether rounds of the beacon come to the chain, and so time-locked commits can be revealed. */
  rounds: z.boolean().default(true),
  mechanisms: z.int().min(1).max(8).default(1),
  kappa: U16.default(32_767),
  bondsPenalty: U16.default(WHOLE),
  bondsMovingAverage: z.int().min(0).max(1_000_000).default(900_000),
  yuma3: z.boolean().default(false),
  liquid: z.boolean().default(false),
  activityCutoff: Whole.default(5000),
  immunityPeriod: Whole.default(5000),
  maxValidators: Whole.default(64),
  /** In rao of alpha. */
  emission: Whole.default(TAO),
})

/** A market beside ours; what it is at a block follows from its flow. Amounts in whole tao and alpha. */
const Market = z.strictObject({
  netuid: U16,
  name: z.string().max(64).default('a subnet'),
  symbol: z.string().max(8).default('α'),
  tao: z.number().positive().default(10_000),
  alpha: z.number().positive().default(100_000),
  /** Tao that come into the pool with each block; negative if they leave. */
  flow: z.number().default(0),
  emissionShare: z.number().min(0).max(1).default(0),
  miners: Whole.default(0),
  validators: Whole.default(0),
  burned: z.number().min(0).max(1).optional(),
})

/** A chain without a network: blocks come with the clock, hashes follow from a seed. */
export const OfflineChain = z.strictObject({
  netuid: U16,
  /** When block 0 was. */
  start: z.iso.datetime(),
  secondsPerBlock: z.number().positive().default(12),
  seed: z.string().min(1),
  neurons: z
    .array(
      z.strictObject({
        hotkey: Address,
        coldkey: Address,
        isValidator: z.boolean().default(false),
        /** In whole alpha; of a validator 1,000 if not said. */
        stake: z.number().min(0).optional(),
        registeredAt: Whole.default(0),
      }),
    )
    .refine(all => new Set(all.map(({ hotkey }) => hotkey)).size === all.length, 'each hotkey once')
    .default([]),
  /** Whoever asks is registered, each with a coldkey of his own, and may set weights: for trying things out. */
  isOpen: z.boolean().default(false),
  rules: Rules.default(Rules.parse({})),
  markets: z.array(Market).default([]),
  /** What hotkeys have published, in hexadecimal. */
  commitments: z
    .array(z.strictObject({ hotkey: Address, block: Whole, data: z.string().regex(/^0x([0-9a-f]{2})*$/) }))
    .default([]),
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
 * @throws ChainError
 */
export function readDefinition(source: string | z.input<typeof OfflineChain>): OfflineChain {
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
