import { digestValue } from '../intake/signature.ts'
import type { attempts, draws, faults, submissions, tasks } from '../store/schema.ts'

/** What belongs to one attempt, out of the tables. */
export interface AttemptRows {
  readonly attempts: typeof attempts.$inferSelect
  readonly submissions: typeof submissions.$inferSelect
  readonly tasks: typeof tasks.$inferSelect
  readonly draws: typeof draws.$inferSelect
}

/** What every receipt says, whatever became of the attempt. */
export function commonBody(rows: AttemptRows, found: readonly (typeof faults.$inferSelect)[]) {
  const { attempts: attempt, submissions: submission, tasks: task, draws: draw } = rows
  return {
    format: 'arete/receipt/v1' as const,
    attempt: attempt.id,
    submission: { id: submission.id, hotkey: submission.hotkey, digest: submission.digest },
    stage: attempt.stage,
    draw: { id: draw.id, digest: digestValue(draw.proof), place: attempt.place },
    task: { name: task.name, environment: task.environment, digest: task.digest },
    faults: found.map(({ worker, kind, code, evidence, at }) => ({
      worker,
      kind,
      code,
      evidence,
      at: at.toISOString(),
    })),
    ended: new Date().toISOString(),
  }
}
