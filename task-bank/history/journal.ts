import { z } from 'zod'
import { readDecided } from './decided.ts'

/** Why a commit that changes source and tests did not become a task; found out one after the other. */
export const DropReason = z.enum([
  'too-large',
  'no-runner',
  'no-statement',
  'answer-in-tree',
  'packages',
  'image',
  'no-reference',
  'tests-end-early',
  'tests-fail',
  'no-fail-to-pass',
  'unstable',
  'leak',
])
export type DropReason = z.infer<typeof DropReason>

/** What became of a candidate. */
export const Outcome = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('kept'),
    task: z.string(),
    difficulty: z.string(),
    statement: z.string(),
    level: z.string(),
    failToPass: z.number().int(),
    passToPass: z.number().int(),
  }),
  z.object({ kind: z.literal('dropped'), reason: DropReason, detail: z.string() }),
])
export type Outcome = z.infer<typeof Outcome>

/** A line of the journal: one decided candidate. */
export const Entry = z.object({
  commit: z.string(),
  /** Digest of everything that decided it beside the repository; another one means that it is open again. */
  settings: z.string(),
  outcome: Outcome,
  seconds: z.number(),
})
export type Entry = z.infer<typeof Entry>

/** What a journal says under these settings, by commit. */
export function readJournal(text: string, settings: string): Map<string, Entry> {
  return readDecided(text, settings, { schema: Entry, subject: entry => entry.commit })
}
