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

const Head = z.strictObject({
  format: z.literal('arete/pool-secrets/v1'),
  root: Sha256,
  /** In the order of the public half. */
  strata: z.array(z.strictObject({ repository: z.string().min(1), salt: Sha256 })),
  /** The leaves of all tasks, one after the other. */
  leaves: z.base64(),
})

/** The operator's half of a pool. Whoever has it knows what may come. */
export interface Secrets extends Omit<z.infer<typeof Head>, 'leaves'> {
  readonly leaves: readonly Buffer[]
  /** A `SecretTask` as JSON for each number, read only when it is needed: a draw needs few of very many. */
  readonly tasks: readonly string[]
}

const BYTES = 32

/** Reads the operator's half: a line for the whole, then one for each task. */
export function parseSecrets(
  text: string,
): { readonly secrets: Secrets } | { readonly mistakes: readonly string[] } {
  const [head, ...tasks] = text.trimEnd().split('\n')
  const parsed = parseJson(Head, head!)
  if ('mistakes' in parsed) return { mistakes: parsed.mistakes.map(mistake => `line 1: ${mistake}`) }
  const bytes = Buffer.from(parsed.value.leaves, 'base64')
  if (bytes.length !== tasks.length * BYTES)
    return { mistakes: [`line 1: leaves: expected ${tasks.length}, one for each line below`] }
  const leaves = tasks.map((_, index) => bytes.subarray(index * BYTES, (index + 1) * BYTES))
  return { secrets: { ...parsed.value, leaves, tasks } }
}

export function renderSecrets({ leaves, tasks, ...head }: Secrets): string {
  return `${[JSON.stringify({ ...head, leaves: Buffer.concat(leaves).toString('base64') }), ...tasks].join('\n')}\n`
}

/** A task of a pool; numbers stand from the second line on. */
export function parseTask(
  { tasks }: Secrets,
  number: number,
): { readonly task: SecretTask } | { readonly mistakes: readonly string[] } {
  const parsed = parseJson(SecretTask, tasks[number] ?? '')
  return 'value' in parsed
    ? { task: parsed.value }
    : { mistakes: parsed.mistakes.map(mistake => `line ${number + 2}: ${mistake}`) }
}
