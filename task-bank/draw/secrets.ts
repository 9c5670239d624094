import { z } from 'zod'
import { Sha256 } from './fields.ts'
import { parseJson } from './json.ts'

export const SecretTask = z.strictObject({
  name: z.string().min(1),
  /** Where the task lies, as its operator wrote it. */
  folder: z.string().min(1),
  digest: Sha256,
  salt: Sha256,
})
export type SecretTask = z.infer<typeof SecretTask>

/** The operator's half of a pool, strata and tasks in the order of the public half. Whoever has it knows what may come. */
export const Secrets = z.strictObject({
  format: z.literal('arete/pool-secrets/v1'),
  root: Sha256,
  strata: z.array(z.strictObject({ repository: z.string().min(1), salt: Sha256 })),
  tasks: z.array(SecretTask),
})
export type Secrets = z.infer<typeof Secrets>

export function parseSecrets(
  text: string,
): { readonly value: Secrets } | { readonly mistakes: readonly string[] } {
  return parseJson(Secrets, text)
}

export function renderSecrets(secrets: Secrets): string {
  return `${JSON.stringify(secrets, undefined, 1)}\n`
}
