import { z } from 'zod'
import type { AcceptContext } from '../accept.ts'
import { REVEAL_BLOCKS } from './commit-hash.ts'
import { LIMITS } from './pack.ts'

/** What a miner has to know of a validator to hand something in: `GET /v1/info`. */
export const ValidatorInfo = z.object({
  network: z.string().max(64),
  netuid: z.int(),
  /** Its hotkey, in SS58 form. */
  validator: z.string().max(64),
  block: z.int(),
  /** Whom keys for language models are sealed for (age); null if it takes none. */
  modelRecipient: z.string().max(200).nullable().default(null),
  /** Its clock. */
  time: z.iso.datetime(),
  limits: z.object({
    packedBytes: z.int(),
    unpackedBytes: z.int(),
    files: z.int(),
    /** A commit that is not revealed within so many blocks counts nothing. */
    revealBlocks: z.int(),
  }),
})
export type ValidatorInfo = z.infer<typeof ValidatorInfo>

/** What `GET /v1/info` says, as far as handing in is concerned. */
export async function tellInfo({
  identity,
  chain,
  now,
  modelRecipient,
}: AcceptContext): Promise<ValidatorInfo> {
  const { number: block } = await chain.head()
  const { packedBytes, unpackedBytes, files } = LIMITS
  return {
    ...identity,
    block,
    modelRecipient: modelRecipient ?? null,
    time: now().toISOString(),
    limits: { packedBytes, unpackedBytes, files, revealBlocks: REVEAL_BLOCKS },
  }
}
