import { holding } from '../../sandbox/hold.ts'
import { saveLift } from '../../sandbox/lift.ts'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { type Certificate, digestLift, isGood, saveCertificate } from '../../task-bank/certificate.ts'
import { isOwn, type Task } from '../../task-bank/task.ts'
import { calibrate } from './calibrate.ts'
import type { CheckContext, Measured, Survivor } from './rule.ts'
import { RULES } from './rules.ts'

export interface CheckResult {
  readonly certificate: Certificate
  readonly good: boolean
  /** What speaks against the task, in words. */
  readonly reasons: readonly string[]
  /** What somebody should look at. */
  readonly warnings: readonly string[]
  /** Wrong fixes that the hidden tests take for right. */
  readonly survivors: readonly Survivor[]
}

/** How far a check is; `total` grows or shrinks a little while it goes on. */
export interface CheckProgress {
  readonly rule: string
  readonly done: number
  readonly total: number
}

/**
 * Finds out whether a task judges rightly: one rule after the other, all that they find at once. Writes the certificate and
 * the lift beside the task if nothing speaks against it.
 */
export async function checkTask(
  surroundings: Surroundings,
  task: Task,
  options: { run: string; rounds: number; quick?: boolean; onProgress?: (progress: CheckProgress) => void },
): Promise<CheckResult> {
  const { run, rounds, quick = false, onProgress = () => {} } = options
  const rules = RULES.filter(({ isSlow }) => !(quick && isSlow))
  const reasons = new Set<string>()
  const warnings = new Set<string>()
  const survivors: Survivor[] = []
  let rule = 'preparing'
  let done = 0
  let total = 0
  const tell = (): void => onProgress({ rule, done, total: Math.max(done, total) })

  await using _ = await holding(surroundings, run)
  tell()
  const ready = await prepareTask(surroundings.engine, task, { run, say: () => {} })
  await using slot = new Slot({ ...surroundings, run })
  rule = 'lifting'
  tell()
  // Its tests are taken apart anew, whatever is known from before; those that a row lays into the repository stay.
  const fresh = {
    ...ready.task,
    verifier: { ...ready.task.verifier, runner: task.verifier.runner },
  }
  const { prepared } = await calibrate(slot, { ...ready, task: fresh, lift: undefined }, run)
  const context: CheckContext = {
    surroundings,
    slot,
    prepared,
    run,
    rounds,
    reason: text => void reasons.add(text),
    warn: text => void warnings.add(text),
    survived: mutant => void survivors.push(mutant),
    step: () => {
      done += 1
      tell()
    },
    seen: [],
    reference: undefined,
  }
  total = rules.reduce((sum, { steps }) => sum + steps(context), 0)
  let measured = NOTHING
  let planned = 0
  for (const one of rules) {
    rule = one.name
    tell()
    planned += one.steps(context)
    measured = { ...measured, ...(await one.run(context)) }
    total += done - planned
    planned = done
  }
  const certificate = (liftDigest: string | null): Certificate => ({
    format: 3,
    task: task.name,
    taskDigest: task.digest,
    image: ready.image.id,
    lift: liftDigest,
    tools: surroundings.runtimeVolume,
    date: new Date().toISOString().slice(0, 10),
    ...measured,
  })
  const good = isGood(certificate(null)) && reasons.size === 0
  const final = certificate(good ? keepLift(prepared) : null)
  if (good) saveCertificate(task.folder, final)
  return { certificate: final, good, reasons: [...reasons], warnings: [...warnings], survivors }
}

/** Puts the lift beside the task, unless there is nothing in it, and gives its digest. */
function keepLift({ task, lift }: PreparedTask): string | null {
  if (isOwn(task.verifier.runner) && lift !== undefined) saveLift(task, lift)
  return digestLift(task.folder)
}

const NOTHING: Measured = {
  versions: { arete: '', engine: '', runner: '', python: null, node: null },
  rounds: 1,
  nopUnsolved: 0,
  oracleSolved: 0,
  busy: null,
  tests: 0,
  level: 'reward',
  testSeconds: 0,
  mutants: null,
  budget: null,
  licence: null,
  leaks: [],
}
