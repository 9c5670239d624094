import type { Patch } from '../../sandbox/patch.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import type { Slot } from '../../sandbox/slot.ts'
import type { Certificate } from '../../task-bank/certificate.ts'
import type { Verdict } from '../scoring/verdict.ts'

/** One thing to find out about a task. It says what it found in words, and what it measured for the certificate. */
export interface Rule {
  readonly name: string
  /** Left out of a quick check. */
  readonly isSlow: boolean
  /** How many times it says `step`, as far as that is known before. */
  readonly steps: (context: CheckContext) => number
  readonly run: (context: CheckContext) => Promise<Partial<Measured>>
}

/** What rules measure: a certificate but for what it is about. */
export type Measured = Omit<
  Certificate,
  'format' | 'task' | 'taskDigest' | 'image' | 'lift' | 'tools' | 'date'
>

export interface CheckContext {
  readonly surroundings: Surroundings
  readonly slot: Slot
  readonly prepared: PreparedTask
  readonly run: string
  readonly rounds: number
  /** What speaks against the task; all of it is said at once in the end. */
  readonly reason: (text: string) => void
  /** What somebody should look at. */
  readonly warn: (text: string) => void
  readonly survived: (mutant: Survivor) => void
  /** One more sandbox has done its work. */
  readonly step: () => void
  /** Every run of the hidden tests so far. */
  readonly seen: Seen[]
  /** What the reference changes, once a rule has run it; none in snapshot mode. */
  reference: Patch | undefined
}

/** One run of the hidden tests. */
export interface Seen {
  readonly what: 'nothing' | 'reference'
  readonly busy: boolean
  readonly verdict: Verdict
  /** Status by test id. */
  readonly tests: ReadonlyMap<string, string>
  readonly seconds: number
}

/** A wrong fix that the hidden tests take for right. */
export interface Survivor {
  readonly kind: 'fault' | 'part'
  readonly file: string
  readonly line: number
  readonly description: string
  /** What differs from the reference. */
  readonly diff: string
}
