import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { Callable } from './affinetes.ts'

/**
 * A task of an environment that brings its own image: the environment asks, the agent answers, and what it says in the end is the
 * reward. Lies in the task's folder as `tests/dialogue.json`, hidden from the agent as all tests are.
 */
export const Dialogue = z.strictObject({
  format: z.literal('arete/dialogue/v1'),
  /** The environment's id of this task. */
  task: z.int().min(0).max(Number.MAX_SAFE_INTEGER),
  /** So often at most an agent is asked. */
  turns: z.int().min(1).max(1000).default(32),
  call: Callable,
})
export type Dialogue = z.infer<typeof Dialogue>

export const DIALOGUE_FILE = 'tests/dialogue.json'
/** Where in the working directory an agent leaves what it answers. */
export const ANSWER_FILE = 'answer.md'

/** A dialogue with those of the operator's variables that its environment gets. */
export interface OpenDialogue extends Dialogue {
  readonly variables: Readonly<Record<string, string | undefined>>
}

/**
 * The dialogue that a task's folder holds; undefined if it is none of these tasks.
 *
 * @param reasons - gets what is wrong with it
 */
export function readDialogue(
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
  reasons: string[],
): OpenDialogue | undefined {
  const file = path.join(folder, DIALOGUE_FILE)
  if (!fs.existsSync(file)) return undefined
  const parsed = Dialogue.safeParse(parseJson(fs.readFileSync(file, 'utf8')))
  if (parsed.success) {
    const variables = Object.fromEntries(parsed.data.call.env.map(name => [name, env[name]]))
    return { ...parsed.data, variables }
  }
  for (const { path: key, message } of parsed.error.issues)
    reasons.push(`${DIALOGUE_FILE}: ${key.length === 0 ? '' : `${key.join('.')}: `}${message}`)
  return undefined
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
