import type { Fault } from '../../task-bank/faults/fault.ts'
import type { Recipe } from '../../task-bank/history/recipe.ts'
import type { Entry } from '../../task-bank/synth/journal.ts'

/** What one command plants. */
export interface SynthPlan {
  readonly repository: string
  readonly name: string | undefined
  readonly revision: string
  readonly out: string
  readonly environment: string
  readonly recipe: Recipe
  readonly seed: string
  /** Tasks to make, and faults to try for them at most. */
  readonly count: number
  readonly limit: number | undefined
  readonly network: boolean
  readonly rounds: number
  readonly jobs: number
}

export type SynthEvent =
  | { readonly kind: 'step'; readonly step: string }
  | { readonly kind: 'planted'; readonly sources: number; readonly faults: number }
  | { readonly kind: 'opened'; readonly tests: number; readonly files: number; readonly seconds: number }
  | { readonly kind: 'checking'; readonly fault: Fault; readonly round: number }
  | { readonly kind: 'retry'; readonly message: string }
  | { readonly kind: 'decided'; readonly row: SynthRow }

/** A fault that was tried, and what became of it. */
export interface SynthRow {
  readonly fault: Fault
  /** Undefined: a failure of ours came in the way. */
  readonly entry: Entry | undefined
  /** Whether it was decided by an earlier command. */
  readonly isOld: boolean
  readonly failure: string | undefined
}

export interface SynthResult {
  readonly repository: string
  readonly head: string
  readonly faults: number
  /** In the order in which they were tried. */
  readonly rows: readonly SynthRow[]
  readonly tasks: readonly string[]
  readonly seconds: number
}
