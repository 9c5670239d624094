import path from 'node:path'
import { SandboxError } from '../../sandbox/errors.ts'
import { matchPaths } from '../../sandbox/glob.ts'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { listTestFiles } from '../../sandbox/suite.ts'
import { openTemporary } from '../../sandbox/temporary.ts'
import { runVerifyPhase } from '../../sandbox/verify-phase.ts'
import { languageOf } from '../../task-bank/faults/syntax.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import type { Recipe } from '../../task-bank/history/recipe.ts'
import { roleOf } from '../../task-bank/history/roles.ts'
import { chooseRunner, type RunnerKind, type Toolchain } from '../../task-bank/history/toolchain.ts'
import { type PlantedTask, writePlanted } from '../../task-bank/synth/manifest.ts'
import { type Imports, readImports } from '../../task-bank/synth/reach.ts'
import { isUsed, licenceOf } from '../mining/candidate.ts'
import { writeTaskFolder } from '../mining/folder.ts'
import { fetchPack } from '../mining/packs.ts'
import type { SourceRepository } from '../mining/source.ts'
import { readTree, type TreeFile } from '../mining/trees.ts'
import { withTests } from './subset.ts'

/** What is known of a repository by reading it. */
export interface Site {
  readonly source: SourceRepository
  readonly recipe: Recipe
  readonly files: ReadonlyMap<string, TreeFile>
  /** Test files and what belongs to them. */
  readonly hidden: ReadonlyMap<string, TreeFile>
  /** Texts of the files that faults are planted into. */
  readonly texts: ReadonlyMap<string, string>
  /** These, and texts of the tests. */
  readonly code: ReadonlyMap<string, string>
  readonly imports: Imports
  readonly runner: RunnerKind
  readonly toolchain: Toolchain
  readonly licence: ReturnType<typeof licenceOf>
}

/** A repository in which faults can be tried: what its tests do as long as it is right. */
export interface Ground extends Site {
  readonly tests: ReadonlyMap<string, TestFile>
  readonly pack: string | undefined
  /** A task whose hidden tests are all tests of the repository; its reference is never run. */
  readonly prepared: PreparedTask
  /** All test files together, the slowest of the rounds. */
  readonly seconds: number
}

export interface TestFile {
  /** Ids of the tests that pass each time, and of those that do not. */
  readonly passing: ReadonlySet<string>
  readonly others: readonly string[]
  /** How long it takes at most. */
  readonly seconds: number
}

/** The repository cannot be used: no runner, packages that cannot be had, tests that do not pass. */
export class GroundError extends Error {
  constructor({ name }: Pick<SourceRepository, 'name'>, reason: string) {
    super(`Cannot plant faults into ${name}: ${reason}`)
    this.name = 'GroundError'
  }
}

/** Rounds in which a test must pass to be believed. */
const ROUNDS = 3
const MOST_SECONDS = 3600

/**
 * Reads a repository without running anything.
 *
 * @throws GroundError if it is too large, or has no tests for a runner of ours
 */
export async function readSite(source: SourceRepository, recipe: Recipe): Promise<Site> {
  const files = await readTree(source.gitDir, source.head)
  if (files === undefined) throw new GroundError(source, 'it has over 20000 files, over 64 MiB, or odd names')
  const { hidden, texts } = partFiles(files, recipe)
  const chosen = chooseRunner(textsOf(hidden), recipe)
  if (chosen === undefined) throw new GroundError(source, 'it has no tests for pytest, node:test or vitest')
  const code = new Map([...texts, ...textsOf(hidden)])
  const imports = await readImports(code)
  const licence = licenceOf({ given: files }, recipe)
  return { source, recipe, files, hidden, texts, code, imports, licence, ...chosen }
}

/**
 * Makes a repository ready for faults: builds its image, and runs its tests.
 *
 * @throws GroundError if it has no tests that pass, or they cannot be run
 */
export async function openGround(
  surroundings: Surroundings,
  site: Site,
  options: { network: boolean; run: string; onStep: (step: string) => void },
): Promise<Ground & AsyncDisposable> {
  const { source, recipe, files, hidden, runner, toolchain } = site
  const { run, onStep } = options
  onStep('packages')
  const trees = { given: files, hidden, patch: Buffer.alloc(0) }
  const read = (file: string): string | undefined => files.get(file)?.content.toString()
  const needs = toolchain.needs(recipe, read, isUsed(trees, runner))
  const pack =
    needs === undefined
      ? undefined
      : await fetchPack(needs, { arch: surroundings.about.architecture, network: options.network })
  if (pack !== undefined && 'missing' in pack) throw new GroundError(source, `cannot have ${pack.missing}`)
  onStep('image')
  // Stays as long as the ground: its tests are read again for each choice of them.
  const temporary = openTemporary()
  const folder = path.join(temporary.path, 'ground')
  const manifest = writePlanted(manifestOf(site))
  const task = { runner, recipe }
  writeTaskFolder(folder, { trees, statement: '', manifest, toolchain, task, pack: pack?.folder })
  let image: string | undefined
  const close = async (): Promise<void> => {
    temporary[Symbol.dispose]()
    if (image !== undefined) await surroundings.engine.removeImage(image)
  }
  try {
    const prepared = await prepareOrSay(surroundings, folder, source, run)
    image = prepared.image.id
    onStep('tests')
    const { tests, seconds, trouble } = await runAll(surroundings, { ...site, prepared }, run)
    if (![...tests.values()].some(({ passing }) => passing.size > 0))
      throw new GroundError(source, `none of its tests passes ${ROUNDS} times: ${trouble}`)
    return { ...site, tests, prepared, seconds, pack: pack?.folder, [Symbol.asyncDispose]: close }
  } catch (error) {
    await close()
    throw error
  }
}

/** Of a task that is never judged: nothing in it decides but how its tests are run. */
function manifestOf({ source, recipe, runner, licence }: Site): PlantedTask {
  return {
    ...{ name: 'ground', environment: 'ground', runner, recipe, seed: '', difficulty: 'medium' },
    ...{ failToPass: ['unknown'], passToPass: [], others: [], protectedPaths: [] },
    fault: { kind: 'boundary', place: { file: '', line: 1, scope: '' }, description: '' },
    origin: { repository: source.name, commit: source.head, licence },
  }
}

/** Tests with what belongs to them; and texts of the source that can be read. */
function partFiles(
  files: Site['files'],
  recipe: Recipe,
): { hidden: Map<string, TreeFile>; texts: Map<string, string> } {
  const rules = {
    tests: matchPaths(recipe.tests, 'u'),
    source: matchPaths(recipe.source, 'u'),
    visible: matchPaths(recipe.visible, 'u'),
    told: matchPaths(recipe.told, 'u'),
  }
  const hidden = new Map<string, TreeFile>()
  const texts = new Map<string, string>()
  for (const [name, file] of files) {
    const role = file.mode === '120000' ? 'told' : roleOf(name, rules)
    if (role === 'test') hidden.set(name, file)
    else if (role === 'source' && languageOf(name) !== undefined) texts.set(name, file.content.toString())
  }
  return { hidden, texts }
}

async function prepareOrSay(
  { engine }: Surroundings,
  folder: string,
  source: SourceRepository,
  run: string,
): Promise<PreparedTask> {
  try {
    const prepared = await prepareTask(engine, loadHarborTask(folder, {}), { run, say: () => {} })
    if (listTestFiles(prepared.task).length === 0)
      throw new GroundError(source, 'none of its tests has a name that its runner would run')
    return prepared
  } catch (error) {
    if (!(error instanceof SandboxError) || !['build-failed', 'task-unusable'].includes(error.code))
      throw error
    throw new GroundError(source, error.message)
  }
}

async function runAll(
  surroundings: Surroundings,
  { prepared, source, recipe }: { prepared: PreparedTask; source: SourceRepository; recipe: Recipe },
  run: string,
): Promise<Pick<Ground, 'tests' | 'seconds'> & { trouble: string }> {
  const files = listTestFiles(prepared.task)
  // What a recipe allows is meant for the few files of a task.
  const allowed = Math.min(MOST_SECONDS, recipe.test_seconds * files.length)
  const passes = new Map<string, number>()
  const took = new Map<string, number>()
  let seconds = 0
  let trouble = 'no test was run'
  await using slot = new Slot({ ...surroundings, run })
  for (let round = 0; round < ROUNDS; round++) {
    const sandbox = await slot.take(prepared, 'verify')
    try {
      const whole = withTests(prepared, { files, seconds: allowed })
      const {
        ending,
        report,
        log,
        seconds: all,
      } = await runVerifyPhase({ sandbox, prepared: whole, patch: undefined })
      if (ending.kind === 'timed-out')
        throw new GroundError(
          source,
          `its tests do not end within ${allowed} s; name others, or more seconds, in a recipe`,
        )
      seconds = Math.max(seconds, all)
      const bad = report.tests.find(({ status }) => status !== 'passed')
      if (bad !== undefined) trouble = `${bad.id}: ${lastLine(bad.message)}`
      else if (report.tests.length === 0) trouble = lastLine(log.toString())
      for (const { id, status, seconds: own } of report.tests) {
        took.set(id, Math.max(own, took.get(id) ?? 0))
        if (status === 'passed') passes.set(id, (passes.get(id) ?? 0) + 1)
      }
    } finally {
      slot.discard(sandbox)
    }
  }
  const overhead = Math.max(0, seconds - sum(took.values())) / files.length
  const tests = new Map<string, TestFile>()
  for (const file of files) {
    const own = [...took.keys()].filter(id => id.startsWith(`${file}::`)).sort()
    const passing = new Set(own.filter(id => passes.get(id) === ROUNDS))
    // Of a file that cannot be loaded nothing is known.
    if (took.has(file) || passing.size === 0) continue
    const others = own.filter(id => !passing.has(id))
    tests.set(file, { passing, others, seconds: overhead + sum(own.map(id => took.get(id)!)) })
  }
  return { tests, seconds, trouble }
}

function lastLine(text: string): string {
  return (text.trim().split('\n').at(-1) ?? '').slice(0, 300)
}

function sum(values: Iterable<number>): number {
  return [...values].reduce((total, value) => total + value, 0)
}

function textsOf(files: ReadonlyMap<string, TreeFile>): Map<string, string> {
  return new Map([...files].map(([name, { content }]) => [name, content.toString()]))
}
