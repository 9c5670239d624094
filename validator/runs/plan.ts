import type { Agent } from '../../sandbox/agent.ts'
import type { Replacement } from '../../task-bank/mapping.ts'
import type { Task } from '../../task-bank/task.ts'
import type { Phase } from '../evaluate.ts'
import type { RunModels } from '../models/run-models.ts'
import type { AttemptRecord, Wanted } from './record.ts'

/** What one command evaluates. */
export interface RunPlan {
  readonly id: string
  readonly tasks: readonly Task[]
  readonly agents: readonly { readonly agent: Agent; readonly source: string }[]
  readonly attempts: number
  /** Attempts at the same time; undefined: as many as fit the machine by what their tasks declare. */
  readonly jobs: number | undefined
  /** Folder of the run. Complete attempts in it are not repeated. */
  readonly out: string
  /** What came from elsewhere than a registry says before there was any attempt. */
  readonly replaced?: readonly Replacement[]
  /** Language models that agents may ask; none if absent. */
  readonly models?: RunModels | undefined
}

/** What happens while a run goes on; for showing it. */
export type RunEvent =
  | {
      readonly kind: 'started'
      readonly total: number
      readonly wanted: readonly { readonly agent: string; readonly task: string }[]
      readonly resumed: readonly AttemptRecord[]
    }
  | { readonly kind: 'preparing'; readonly task: string }
  | {
      readonly kind: 'phase'
      readonly wanted: Wanted
      readonly phase: Phase | 'queue' | 'image' | 'second look'
    }
  | { readonly kind: 'finished'; readonly record: AttemptRecord }
  | { readonly kind: 'retry'; readonly wanted: Wanted; readonly message: string }
