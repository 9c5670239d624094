import { z } from 'zod'
import { fromUsd } from './money.ts'

const Name = z.string().min(1).max(200)

/** What the agents of an environment may use. Money is in US dollars here, as people write it. */
export const Policy = z.strictObject({
  /** Models that may be asked; the first is that of a call which names none. */
  models: z.array(Name).default([]),
  embeddings: z.array(Name).default([]),
  /** What becomes of a call that names another model: it is refused, or the first one answers. Agents have names written into them. */
  others: z.enum(['refuse', 'first']).default('refuse'),
  /** Money for one attempt, for all attempts of one agent, and for the whole run. */
  usd: z.number().positive().max(10_000).default(0.3),
  agentUsd: z.number().positive().max(1_000_000).optional(),
  runUsd: z.number().positive().max(1_000_000).optional(),
  /** Of one attempt, in both directions. */
  tokens: z.int().positive().default(20_000_000),
  /** Calls that providers were asked, whether or not any of them answered. */
  requests: z.int().positive().default(500),
  /** Calls of one attempt at the same time. */
  concurrent: z.int().positive().max(256).default(8),
  /** One call, all tries together. */
  callSeconds: z.number().positive().max(3600).default(300),
  /** Until the first byte of an answer, of one try. */
  firstByteSeconds: z.number().positive().max(3600).default(120),
  requestBytes: z
    .int()
    .positive()
    .default(4 * 2 ** 20),
  answerBytes: z
    .int()
    .positive()
    .default(4 * 2 ** 20),
  /** All requests of one attempt. */
  outBytes: z
    .int()
    .positive()
    .default(128 * 2 ** 20),
  /** What is written down of the calls of one attempt; no call begins once it has so many. */
  recordBytes: z
    .int()
    .positive()
    .max(128 * 2 ** 20)
    .default(64 * 2 ** 20),
  /** Tokens of one answer: the most that may be asked for, and what is asked for if a call does not say. */
  outputTokens: z.int().positive().default(32_768),
  /** Given to providers that take one, if the call does not. */
  seed: z.int().optional(),
  /** Parameters of a call that are not passed on here, of those that the gateway knows. */
  without: z.array(z.string()).default([]),
})
export type Policy = z.infer<typeof Policy>

/** What holds for all environments but some, and all that holds in those. */
export interface Policies {
  readonly base: Policy
  readonly environments: Readonly<Record<string, Policy>>
}

/** What holds in an environment. */
export function policyFor({ base, environments }: Policies, environment: string): Policy {
  return Object.hasOwn(environments, environment) ? environments[environment]! : base
}

/** The caps of one attempt. */
export function capsOf({ usd, tokens, requests, concurrent }: Policy) {
  return { usd: fromUsd(usd), tokens, requests, concurrent }
}
