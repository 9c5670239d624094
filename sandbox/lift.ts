import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { isOwn, type Task } from '../task-bank/task.ts'
import { cacheFolder } from './cache.ts'
import { Site } from './observation.ts'

/**
 * How far a verdict can be trusted. `observed`: every test has assertions that were taken out and are compared outside of the
 * container. `reported`: some test is believed to have passed because its own process says so. `reward`: a number that the
 * task's own script wrote.
 */
export type Level = (typeof LEVELS)[number]
/** From the weakest on. */
export const LEVELS = ['reward', 'reported', 'observed'] as const

const LiftedFile = z.object({
  /** The test file without its expectations; null if there was nothing to be taken out. */
  driver: z.string().nullable(),
  /** Lines in front of which a further test can be put. */
  gaps: z.array(z.number().int().positive()),
  /** What a JavaScript file calls the function that makes a test. */
  tester: z.string().nullable(),
})

const LiftedTest = z.object({
  level: z.enum(['observed', 'reported']),
  /** How often each site must be seen at least when the test is run. */
  sites: z.record(z.string(), z.number().int().positive()),
})

/** The hidden tests of a task, taken apart: what enters the container, and what is expected and stays outside. */
export const Lift = z.object({
  format: z.literal(1),
  taskDigest: z.string(),
  files: z.record(z.string(), LiftedFile),
  sites: z.record(z.string(), Site),
  /** By test id, as the reference was seen to run. */
  tests: z.record(z.string(), LiftedTest),
  /** Assertions that stay where they are, and why. */
  soft: z.array(z.object({ file: z.string(), line: z.number().int(), reason: z.string() })),
  /** Ids of the tests of a task that names none, as they were seen to run; null if its script decides after all. */
  learnt: z
    .object({
      failToPass: z.array(z.string()).readonly(),
      passToPass: z.array(z.string()).readonly(),
      others: z.array(z.string()).readonly(),
    })
    .nullish(),
})
export type Lift = z.infer<typeof Lift>

const LIFT_FILE = 'lift.json'

/** The lift that lies beside a task, or that was made on this machine; none if there is none for the task's present files. */
export function findLift(task: Task): Lift | undefined {
  const beside = readLift(path.join(task.folder, LIFT_FILE))
  if (beside?.taskDigest === task.digest) return beside
  const kept = readLift(cacheFile(task))
  if (kept?.taskDigest !== task.digest) return undefined
  // When it was used last, for whoever has to make room.
  fs.utimesSync(cacheFile(task), new Date(), new Date())
  return kept
}

/** Puts a lift beside its task, where everybody who has the task has it. */
export function saveLift(task: Task, lift: Lift): void {
  write(path.join(task.folder, LIFT_FILE), lift)
}

/** Keeps a lift on this machine. */
export function cacheLift(task: Task, lift: Lift): void {
  write(cacheFile(task), lift)
}

/** The task with the test ids that were learnt in place of its script; itself if it names them, or none were learnt. */
export function withLearnt(task: Task, lift: Lift | undefined): Task {
  const { runner } = task.verifier
  if (runner.kind !== 'script' || runner.known === undefined || lift?.learnt == null) return task
  const { kind, tests } = runner.known
  return { ...task, verifier: { ...task.verifier, runner: { kind, tests, expected: lift.learnt } } }
}

/** The level at which verdicts on a task are reached: that of the weakest test. */
export function levelOf({ verifier: { runner } }: Task, lift: Lift | undefined): Level {
  if (!isOwn(runner)) return 'reward'
  const ids = [...runner.expected.failToPass, ...runner.expected.passToPass]
  return ids.every(id => lift?.tests[id]?.level === 'observed') ? 'observed' : 'reported'
}

function cacheFile(task: Task): string {
  return path.join(cacheFolder(), 'lifts', `${task.digest.slice(0, 32)}.json`)
}

function write(file: string, lift: Lift): void {
  const temporary = `${file}.${process.pid}`
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(temporary, `${JSON.stringify(lift, undefined, 1)}\n`)
  fs.renameSync(temporary, file)
}

function readLift(file: string): Lift | undefined {
  if (!fs.existsSync(file)) return undefined
  try {
    return Lift.parse(JSON.parse(fs.readFileSync(file, 'utf8')))
  } catch {
    return undefined
  }
}
