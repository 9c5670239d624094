import { z } from 'zod'
import { Address } from '../chain/address.ts'

const Digest = z.string().regex(/^[0-9a-f]{64}$/)

/** What a miner signs, as canonical JSON (RFC 8785): these bytes, for this validator, once, until then. */
export const SubmissionMessage = z.strictObject({
  domain: z.literal('arete/submission/1'),
  network: z.string().min(1).max(64),
  netuid: z.int().min(0).max(65_535),
  validator: Address,
  miner: Address,
  /** SHA-256 of the packed bytes. */
  digest: Digest,
  /** Sixteen random bytes in hex. */
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  /** Seconds since 1970; after that it counts nothing. */
  expires: z.int().positive(),
  /** Salt of an earlier commit, see `commitHash`; 32 random bytes in hex. */
  salt: Digest.optional(),
  /** SHA-256 of the sealed key by which its calls of language models are paid; see `sandbox/gateway/sealed-key.ts`. */
  modelKey: Digest.optional(),
  /** An event on the chain that paid for it, as `<block>-<extrinsic>`; where the operator asks for a fee. */
  payment: z
    .string()
    .regex(/^\d{1,10}-\d{1,5}$/)
    .optional(),
})
export type SubmissionMessage = z.infer<typeof SubmissionMessage>

/** A signed message: sr25519, signing context `substrate`, 64 bytes in hex. */
export const Envelope = z.strictObject({
  message: SubmissionMessage,
  signature: z.string().regex(/^[0-9a-f]{128}$/),
})
export type Envelope = z.infer<typeof Envelope>

/** What a miner signs to lay down the hash of an agent that is shown later. */
export const CommitMessage = z.strictObject({
  domain: z.literal('arete/commit/1'),
  network: z.string().min(1).max(64),
  netuid: z.int().min(0).max(65_535),
  validator: Address,
  miner: Address,
  /** See `commitHash`. */
  hash: Digest,
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
  expires: z.int().positive(),
})
export type CommitMessage = z.infer<typeof CommitMessage>

export const CommitEnvelope = z.strictObject({
  message: CommitMessage,
  signature: z.string().regex(/^[0-9a-f]{128}$/),
})
export type CommitEnvelope = z.infer<typeof CommitEnvelope>
