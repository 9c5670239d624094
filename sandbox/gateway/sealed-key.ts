import { Decrypter, Encrypter, generateIdentity, identityToRecipient } from 'age-encryption'
import { z } from 'zod'
import { readJson } from '../bounded-json.ts'

/** Providers whose keys miners may bring: an address of their own choice would be a way into the worker's network. */
export const KEY_VARIABLES = {
  CHUTES_API_KEY: 'chutes',
  OPENROUTER_API_KEY: 'openrouter',
  TARGON_API_KEY: 'targon',
} as const

/** A miner's own key, by which its agents are paid for. */
export const ModelKey = z.strictObject({
  kind: z.enum(['chutes', 'openrouter', 'targon']),
  key: z.string().regex(/^[\x21-\x7e]{1,500}$/, 'printable characters without spaces'),
})
export type ModelKey = z.infer<typeof ModelKey>

/** A sealed key has 200 bytes and what the key itself has. */
export const MOST_SEALED = 2048

const AGE = 'age-encryption.org/v1\n'

/** Whether bytes are in the format of age at all. */
export function isSealed(bytes: Buffer): boolean {
  return bytes.subarray(0, AGE.length).toString('latin1') === AGE
}

/** Seals a key for one validator, in the format of age (age-encryption.org/v1): nobody else can open it. */
export async function sealKey(recipient: string, key: ModelKey): Promise<Buffer> {
  const encrypter = new Encrypter()
  encrypter.addRecipient(recipient)
  return Buffer.from(await encrypter.encrypt(JSON.stringify(ModelKey.parse(key))))
}

/** The key, or why it cannot be had: who sealed it may have sent anything. */
export async function openKey(
  identity: string,
  sealed: Uint8Array,
): Promise<ModelKey | { readonly mistake: string }> {
  try {
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity)
    const parsed = ModelKey.safeParse(readJson(Buffer.from(await decrypter.decrypt(sealed))))
    return parsed.success ? parsed.data : { mistake: 'what was sealed is no key of a provider' }
  } catch {
    return { mistake: 'it was not sealed for this validator' }
  }
}

/** Whom keys are sealed for, and what opens them. */
export interface Seal {
  readonly identity: string
  readonly recipient: string
}

export async function newSeal(): Promise<Seal> {
  return await sealOf(await generateIdentity())
}

/** @throws Error for what is no identity of age */
export async function sealOf(identity: string): Promise<Seal> {
  return { identity, recipient: await identityToRecipient(identity) }
}
