import { z } from 'zod'
import { STAGES, type Stage } from './submission.ts'

/** What a stage asks for. */
export const StageRule = z.strictObject({
  /** How many tasks of the draw are tried; all of it if absent, and none makes the stage be left out. */
  tasks: z.int().min(0).optional(),
  /** Share that must be solved, as the mean over environments. */
  share: z.number().min(0).max(1).default(0),
  /** The score itself counts later, so that passing is no reason to stop. */
  scored: z.boolean().default(false),
})
export type StageRule = z.infer<typeof StageRule>

export const StageRules = z.strictObject({
  smoke: StageRule.default({ tasks: 1, share: 0, scored: false }),
  screen: StageRule.default({ tasks: 5, share: 0.2, scored: false }),
  full: StageRule.default({ share: 0.2, scored: true }),
  /** Against the champion; `tasks` 0 for no duels at all. */
  confirmation: StageRule.default({ share: 0, scored: true }),
})
export type StageRules = z.infer<typeof StageRules>

/** The stages that a submission goes through by these rules. */
export function stagesOf(rules: StageRules): Stage[] {
  return STAGES.filter(stage => stage === 'smoke' || rules[stage].tasks !== 0)
}

/** What is known of one task of a stage. `void` counts for nobody. */
export interface StageResult {
  readonly environment: string
  readonly result: 'solved' | 'unsolved' | 'open' | 'void'
}

/** The lowest and highest score that is still possible. */
export interface Bounds {
  readonly lowest: number
  readonly highest: number
}

/** `void`: not one task is left that could be judged. */
export interface Decision {
  readonly kind: 'passed' | 'failed' | 'open' | 'void'
  readonly bounds: Bounds
}

/**
 * Whether a stage is decided, however what is open will end. Both bounds hold if open tasks become void, too: that can only bring
 * them nearer to each other.
 */
export function decide({ share, scored }: StageRule, results: readonly StageResult[]): Decision {
  const counted = results.filter(({ result }) => result !== 'void')
  if (counted.length === 0) return { kind: 'void', bounds: { lowest: 0, highest: 0 } }
  const bounds = { lowest: meanOf(counted, isSolved), highest: meanOf(counted, mayBeSolved) }
  const isComplete = counted.every(({ result }) => result !== 'open')
  // Shares are sums of fractions: what is equal on paper may differ in the last digits.
  if (bounds.highest < share - 1e-9) return { kind: 'failed', bounds }
  if (bounds.lowest >= share - 1e-9 && (isComplete || !scored)) return { kind: 'passed', bounds }
  return { kind: 'open', bounds }
}

type Counts = (one: StageResult) => boolean

const isSolved: Counts = ({ result }) => result === 'solved'
const mayBeSolved: Counts = ({ result }) => result === 'solved' || result === 'open'

/** The mean over environments of the share in each, so that a large one weighs no more than a small one. */
function meanOf(results: readonly StageResult[], counts: Counts): number {
  const environments = [...new Set(results.map(({ environment }) => environment))]
  const shares = environments.map(name => {
    const own = results.filter(({ environment }) => environment === name)
    return own.filter(counts).length / own.length
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}
