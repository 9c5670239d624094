import fs from 'node:fs'
import path from 'node:path'
import { splitFiles } from '../../sandbox/archive.ts'
import { cacheLift, type Lift, withLearnt } from '../../sandbox/lift.ts'
import { liftJavascript } from '../../sandbox/lift-javascript.ts'
import { liftPython } from '../../sandbox/lift-python.ts'
import { satisfies } from '../../sandbox/observation.ts'
import { phaseEnv } from '../../sandbox/phase-env.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { laidFiles, listTestFiles } from '../../sandbox/suite.ts'
import type { VerifyOutcome } from '../../sandbox/verify-phase.ts'
import { isOwn, type Runner, type Task } from '../../task-bank/task.ts'
import { evaluate } from '../evaluate.ts'
import { learnTests } from './learn.ts'

/** Rounds in which sites that the reference does not satisfy are put back; few tasks need a second. */
const MAX_TRIALS = 6
/** Further runs of the reference that must agree. */
const CONFIRMATIONS = 1

export interface Calibration {
  /** The task with its lift, and with the ids that were learnt if it named none. */
  readonly prepared: PreparedTask
  /** Whether another calibration would come to the same: not if the reference itself did not pass. */
  readonly isSettled: boolean
}

/**
 * Takes the hidden tests of a task apart and finds out, by running the reference and nothing, which expectations can be
 * compared outside of the container, how often each is met, and which tests are decided by them alone. Without a reference
 * nothing is taken out. Before that, the ids of tests behind a script of the usual form are learnt.
 */
export async function calibrate(slot: Slot, prepared: PreparedTask, run: string): Promise<Calibration> {
  if (isOwn(prepared.task.verifier.runner)) return await calibrateTests(slot, prepared, run)
  const learnt = await learnTests(slot, prepared, run)
  const bare = { ...emptyLift(prepared.task), learnt: learnt ?? null }
  const script = { prepared: { ...prepared, lift: bare }, isSettled: true }
  if (learnt === undefined) return script
  const { prepared: known, isSettled } = await calibrateTests(
    slot,
    { ...prepared, task: withLearnt(prepared.task, bare) },
    run,
  )
  if (!isSettled) return { ...script, prepared: { ...prepared, lift: { ...bare, learnt: null } } }
  return { prepared: { ...known, lift: { ...known.lift!, learnt } }, isSettled }
}

async function calibrateTests(slot: Slot, prepared: PreparedTask, run: string): Promise<Calibration> {
  const { task } = prepared
  const texts = readTests(prepared)
  const keep = new Set<string>()
  const whole = new Set<string>()
  if (!fs.existsSync(path.join(task.folder, 'solution/solve.sh'))) {
    return { prepared: { ...prepared, lift: await leaveWhole(slot, prepared, texts) }, isSettled: true }
  }
  for (let trial = 0; trial < MAX_TRIALS; trial++) {
    const lift = await takeApart(slot, prepared, { texts, keep, whole })
    const counts: ReadonlyMap<string, ReadonlyMap<string, number>>[] = []
    let isGood = true
    let isSolved = true
    for (let round = 0; round <= CONFIRMATIONS && isGood; round++) {
      const reference = await evaluate(slot, {
        prepared: { ...prepared, lift },
        agent: { kind: 'oracle' },
        run,
      })
      const { verify } = reference
      isSolved &&= reference.verdict.verdict === 'solved'
      const { bad, broken } = findBad(lift, prepared, verify)
      for (const site of bad) keep.add(site)
      for (const file of broken) whole.add(file)
      isGood = bad.length + broken.length === 0
      counts.push(countSites(verify))
    }
    if (isGood) {
      const graded = await grade(slot, { ...prepared, lift: withCounts(lift, counts) }, run)
      return { prepared: { ...prepared, lift: graded }, isSettled: isSolved }
    }
  }
  return { prepared: { ...prepared, lift: await leaveWhole(slot, prepared, texts) }, isSettled: false }
}

/** The task with its tests taken apart, now if that was never done on this machine. */
export async function withLift(
  surroundings: Surroundings,
  prepared: PreparedTask,
  run: string,
): Promise<PreparedTask> {
  const { runner } = prepared.task.verifier
  if (prepared.lift !== undefined || !canBeTakenApart(runner)) return prepared
  await using slot = new Slot({ ...surroundings, run })
  const { prepared: calibrated, isSettled } = await calibrate(slot, prepared, run)
  if (isSettled) cacheLift(prepared.task, calibrated.lift!)
  return calibrated
}

function canBeTakenApart(runner: Runner): boolean {
  return isOwn(runner) || (runner.kind === 'script' && runner.known !== undefined)
}

function readTests({ task }: PreparedTask): Record<string, string> {
  const names = new Set(listTestFiles(task))
  const files = [...splitFiles(laidFiles(task))].filter(({ entry }) => names.has(entry.path))
  return Object.fromEntries(files.map(({ entry, content }) => [entry.path, Buffer.from(content).toString()]))
}

interface Parts {
  readonly texts: Readonly<Record<string, string>>
  /** Sites that stay where they are. */
  readonly keep: ReadonlySet<string>
  /** Files that stay as they are. */
  readonly whole: ReadonlySet<string>
}

/** Tests that all stay as they are, with places for planted ones. */
function leaveWhole(slot: Slot, prepared: PreparedTask, texts: Parts['texts']): Promise<Lift> {
  return takeApart(slot, prepared, { texts, keep: new Set(), whole: new Set(Object.keys(texts)) })
}

async function takeApart(slot: Slot, prepared: PreparedTask, parts: Parts): Promise<Lift> {
  const lift = emptyLift(prepared.task)
  const { kind } = prepared.task.verifier.runner
  const files = kind === 'pytest' ? await partsOfPython(slot, prepared, parts) : partsOfJavascript(parts)
  for (const [name, { driver, sites, soft, gaps, tester }] of Object.entries(files)) {
    const isLifted = !parts.whole.has(name) && Object.keys(sites).length > 0
    lift.files[name] = { driver: isLifted ? driver : null, gaps: [...gaps], tester }
    if (isLifted) Object.assign(lift.sites, sites)
    lift.soft.push(...soft.map(one => ({ file: name, ...one })))
  }
  return lift
}

function emptyLift({ digest }: Task): Lift {
  return { format: 1, taskDigest: digest, files: {}, sites: {}, tests: {}, soft: [] }
}

interface LiftedFile {
  readonly driver: string
  readonly sites: Lift['sites']
  readonly soft: readonly { readonly line: number; readonly reason: string }[]
  readonly gaps: readonly number[]
  readonly tester: string | null
}

async function partsOfPython(
  slot: Slot,
  prepared: PreparedTask,
  { texts, keep }: Parts,
): Promise<Record<string, LiftedFile>> {
  const sandbox = await slot.take(prepared)
  try {
    const lifted = (await liftPython(sandbox, phaseEnv(prepared), texts, [...keep])) ?? {}
    const files: Record<string, LiftedFile> = {}
    for (const [name, file] of Object.entries(lifted)) {
      if ('error' in file) continue
      const soft = file.soft.map(({ line, why }) => ({ line, reason: why }))
      files[name] = { ...file, soft, tester: null }
    }
    return files
  } finally {
    slot.discard(sandbox)
  }
}

function partsOfJavascript({ texts, keep }: Parts): Record<string, LiftedFile> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => {
      const lifted = liftJavascript(name, text, keep)
      const soft = lifted.soft.map(({ line, reason }) => ({ line, reason }))
      return [name, { ...lifted, soft, tester: lifted.tester ?? null }]
    }),
  )
}

/** Sites that the reference does not satisfy, and files whose tests do not pass any more although all their sites are met. */
function findBad(
  lift: Lift,
  { task }: PreparedTask,
  verify: VerifyOutcome | undefined,
): { bad: string[]; broken: string[] } {
  const observations = verify?.report.observations ?? []
  const bad = observations
    .filter(({ site, value }) => lift.sites[site] !== undefined && !satisfies(lift.sites[site], value))
    .map(({ site }) => site)
  const { runner } = task.verifier
  const expected =
    runner.kind === 'script' ? [] : [...runner.expected.failToPass, ...runner.expected.passToPass]
  const passed = new Set(verify?.report.tests.filter(({ status }) => status === 'passed').map(({ id }) => id))
  const broken = expected
    .filter(id => !passed.has(id) && !verify?.unmet.has(id))
    .map(id => id.split('::')[0]!)
    .filter(file => lift.files[file]?.driver != null)
  return { bad: [...new Set(bad)], broken: [...new Set(broken)] }
}

function countSites(verify: VerifyOutcome | undefined): Map<string, Map<string, number>> {
  const counts = new Map<string, Map<string, number>>()
  for (const { id, site } of verify?.report.observations ?? []) {
    const ofTest = counts.get(id) ?? new Map<string, number>()
    counts.set(id, ofTest.set(site, (ofTest.get(site) ?? 0) + 1))
  }
  return counts
}

/** What was seen in each run is what must be seen. */
function withCounts(lift: Lift, runs: readonly ReadonlyMap<string, ReadonlyMap<string, number>>[]): Lift {
  const tests: Lift['tests'] = {}
  for (const [id, sites] of runs[0] ?? []) {
    const wanted = [...sites.keys()].flatMap(site => {
      const least = Math.min(...runs.map(run => run.get(id)?.get(site) ?? 0))
      return least === 0 ? [] : [[site, lift.sites[site]?.varies === false ? least : 1] as const]
    })
    if (wanted.length > 0) tests[id] = { level: 'observed', sites: Object.fromEntries(wanted) }
  }
  return { ...lift, tests }
}

/** A test that shall fail with nothing done must do so for what is observed, or it is decided by its own process after all. */
async function grade(slot: Slot, prepared: PreparedTask & { lift: Lift }, run: string): Promise<Lift> {
  const { lift, task } = prepared
  const { verify } = await evaluate(slot, { prepared, agent: { kind: 'nop' }, run })
  const { runner } = task.verifier
  const failToPass = new Set(runner.kind === 'script' ? [] : runner.expected.failToPass)
  const tests = Object.entries(lift.tests).map(([id, test]) => {
    const decides = !failToPass.has(id) || (verify?.unmet.get(id) ?? []).length > 0
    return [id, decides ? test : { ...test, level: 'reported' as const }] as const
  })
  return { ...lift, tests: Object.fromEntries(tests) }
}
