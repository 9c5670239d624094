import { z } from 'zod'
import { KINDS } from '../faults/fault.ts'
import { readDecided } from '../history/decided.ts'

/** Why a planted fault did not become a task; found out one after the other. */
export const DropReason = z.enum([
  'not-noticed',
  'not-imported',
  'hangs',
  'ends-early',
  'breaks-all',
  'half-noticed',
  'duplicate',
  'no-statement',
  'image',
  'unstable',
  'leak',
])
export type DropReason = z.infer<typeof DropReason>

/** What became of a fault. */
export const Outcome = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('kept'),
    task: z.string(),
    difficulty: z.string(),
    level: z.string(),
    failToPass: z.number().int(),
    passToPass: z.number().int(),
  }),
  z.object({ kind: z.literal('dropped'), reason: DropReason, detail: z.string() }),
])
export type Outcome = z.infer<typeof Outcome>

/** A line of the journal: one decided fault. */
export const Entry = z.object({
  fault: z.string(),
  kind: z.enum(KINDS),
  file: z.string(),
  line: z.number().int(),
  scope: z.string(),
  description: z.string(),
  /** Digest of everything that decided it beside the fault; another one means that it is open again. */
  settings: z.string(),
  /** Names what was seen of it: equal for faults of one function that the same tests notice. Empty if none does. */
  sight: z.string(),
  outcome: Outcome,
  seconds: z.number(),
})
export type Entry = z.infer<typeof Entry>

/** What a journal says under these settings, by fault. */
export function readEntries(text: string, settings: string): Map<string, Entry> {
  return readDecided(text, settings, { schema: Entry, subject: entry => entry.fault })
}
