import { holding } from '../sandbox/hold.ts'
import { findLeaks } from '../sandbox/leaks.ts'
import { LEVELS, type Lift, levelOf, saveLift } from '../sandbox/lift.ts'
import { type PreparedTask, prepareTask } from '../sandbox/prepare.ts'
import type { Surroundings } from '../sandbox/setup.ts'
import { purposesAhead, Slot } from '../sandbox/slot.ts'
import { type Certificate, isGood, saveCertificate } from '../task-bank/certificate.ts'
import { isOwn, type Task } from '../task-bank/task.ts'
import { calibrate } from './calibrate.ts'
import { evaluate } from './evaluate.ts'

export interface CheckResult {
  readonly certificate: Certificate
  readonly good: boolean
  /** What speaks against the task, in words. */
  readonly reasons: readonly string[]
}

/**
 * Finds out whether a task judges rightly: in each round, in fresh sandboxes, doing nothing must be unsolved and the
 * reference solved; and nothing hidden may be readable for an agent. Writes the certificate beside the task if it is good.
 */
export async function checkTask(
  surroundings: Surroundings,
  task: Task,
  options: { run: string; rounds: number; onRound?: (done: number) => void },
): Promise<CheckResult> {
  const { run, rounds } = options
  await using _ = await holding(surroundings, run)
  const ready = await prepareTask(surroundings.engine, task, { run, say: () => {} })
  await using slot = new Slot({ ...surroundings, run })
  const { prepared } = await calibrate(slot, { ...ready, task, lift: undefined }, run)
  const { lift } = prepared
  const reasons = new Set<string>()
  const times: number[] = []
  let nopUnsolved = 0
  let oracleSolved = 0
  let tests = 0
  for (let round = 0; round < rounds; round++) {
    warm(slot, prepared)
    const nothing = await evaluate(slot, { prepared, agent: { kind: 'nop' }, run })
    if (nothing.verdict.verdict === 'solved') reasons.add('doing nothing is judged as solved')
    else nopUnsolved += 1
    const reference = await evaluate(slot, { prepared, agent: { kind: 'oracle' }, run })
    if (reference.verdict.verdict === 'solved') oracleSolved += 1
    else reasons.add(`the reference is judged as ${reference.verdict.verdict}: ${reference.verdict.detail}`)
    for (const odd of oddities(prepared.task, nothing.verdict.tests.passed)) reasons.add(odd)
    tests = reference.verdict.tests.expected.length
    times.push(reference.seconds.verify)
    options.onRound?.(round + 1)
  }
  const leaks = await findLeaks(slot, prepared)
  for (const file of leaks) reasons.add(`hidden lines can be read in ${file}`)
  const level = levelOf(prepared.task, lift)
  if (LEVELS.indexOf(level) < LEVELS.indexOf(task.accepts)) {
    const weak = weakTests(prepared.task, lift)
    reasons.add(
      `${weak.length} tests are decided inside the container (${weak.slice(0, 3).join(', ')}${weak.length > 3 ? ' …' : ''}); lift their assertions, or set arete.accepts = "${level}"`,
    )
  }
  const certificate: Certificate = {
    format: 2,
    task: task.name,
    taskDigest: task.digest,
    image: prepared.image.id,
    date: new Date().toISOString().slice(0, 10),
    rounds,
    nopUnsolved,
    oracleSolved,
    tests,
    level,
    testSeconds: Math.round(1000 * median(times)) / 1000,
    leaks,
  }
  const good = isGood(certificate) && reasons.size === 0
  if (good) {
    saveCertificate(task.folder, certificate)
    if (isOwn(prepared.task.verifier.runner) && lift !== undefined) saveLift(task, lift)
  }
  return { certificate, good, reasons: [...reasons] }
}

/** With nothing done, exactly the tests that shall pass then may pass. */
function oddities({ verifier: { runner } }: Task, passed: readonly string[]): string[] {
  if (runner.kind === 'script') return []
  const before = new Set(passed)
  return [
    ...runner.expected.failToPass
      .filter(id => before.has(id))
      .map(id => `fail_to_pass: "${id}" passes with nothing done`),
    ...runner.expected.passToPass
      .filter(id => !before.has(id))
      .map(id => `pass_to_pass: "${id}" fails with nothing done`),
  ]
}

/** Tests that are decided by their own process. */
function weakTests({ verifier: { runner } }: Task, lift: Lift | undefined): string[] {
  if (runner.kind === 'script') return ['tests/test.sh']
  const ids = [...runner.expected.failToPass, ...runner.expected.passToPass]
  return ids.filter(id => lift?.tests[id]?.level !== 'observed')
}

function warm(slot: Slot, prepared: PreparedTask): void {
  const purposes = purposesAhead(prepared)
  if (purposes.includes('verify')) slot.warm(prepared, purposes)
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
