import fs from 'node:fs'
import { SandboxError } from '../../sandbox/errors.ts'
import { forgetTask, type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { listTestFiles } from '../../sandbox/suite.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { answerOf } from '../../task-bank/history/answer.ts'
import type { Candidate } from '../../task-bank/history/choose.ts'
import { identifiersOf } from '../../task-bank/history/diff.ts'
import { extentOf, gradeDifficulty } from '../../task-bank/history/difficulty.ts'
import type { Discussion } from '../../task-bank/history/discussions.ts'
import type { DropReason, Outcome } from '../../task-bank/history/journal.ts'
import { findLicence, LICENCE_FILE } from '../../task-bank/history/licence.ts'
import { type MinedTask, sayStatement, writeManifest } from '../../task-bank/history/manifest.ts'
import { findMissing } from '../../task-bank/history/missing.ts'
import type { Recipe } from '../../task-bank/history/recipe.ts'
import { testFolders } from '../../task-bank/history/roles.ts'
import { writeStatement } from '../../task-bank/history/statement.ts'
import { chooseRunner } from '../../task-bank/history/toolchain.ts'
import { checkTask } from '../checks/check.ts'
import { writeIds, writeTaskFolder } from './folder.ts'
import { fetchPack } from './packs.ts'
import { findShown } from './shown.ts'
import type { SourceRepository } from './source.ts'
import { readTrees, type Trees } from './trees.ts'
import { findSets } from './trial.ts'

/** What all candidates of a repository have in common. */
export interface Mine {
  readonly source: SourceRepository
  readonly recipe: Recipe
  readonly discussions: ReadonlyMap<number, Discussion>
  readonly environment: string
  readonly rounds: number
  readonly network: boolean
  /** Label of all containers. */
  readonly run: string
}

export type Step = 'trees' | 'packages' | 'image' | 'tests' | `round ${number}`

/**
 * Makes a task of a candidate in `folder`, or says why it cannot be one; then the folder is gone again.
 *
 * @throws SandboxError if our own machinery failed: the candidate is then undecided
 */
export async function tryCandidate(
  surroundings: Surroundings,
  mine: Mine,
  candidate: Candidate,
  options: { folder: string; name: string; onStep: (step: Step) => void },
): Promise<Outcome> {
  fs.rmSync(options.folder, { recursive: true, force: true })
  const outcome = await make(surroundings, mine, candidate, options)
  if (outcome.kind === 'dropped') fs.rmSync(options.folder, { recursive: true, force: true })
  return outcome
}

async function make(
  surroundings: Surroundings,
  mine: Mine,
  candidate: Candidate,
  { folder, name, onStep }: { folder: string; name: string; onStep: (step: Step) => void },
): Promise<Outcome> {
  const { recipe } = mine
  onStep('trees')
  const trees = await readTrees(mine.source.gitDir, candidate)
  if ('tooLarge' in trees) return drop('too-large', trees.tooLarge)
  const chosen = chooseRunner(texts(trees.hidden), recipe)
  if (chosen === undefined)
    return drop('no-runner', 'its tests are neither for pytest, nor node:test, nor vitest')
  const words = wordsOf(trees.given)
  const statement = writeStatement(candidate.commit.message, {
    discussions: mine.discussions,
    answer: answerOf(trees.reference, trees.tests, [...texts(trees.hidden).values()]),
    missing: findMissing(trees.reference, trees.tests, word => words.has(word)),
  })
  if (statement === undefined) return drop('no-statement', 'nothing that tells enough is left of its message')
  onStep('packages')
  const read = (file: string): string | undefined => trees.given.get(file)?.content.toString()
  const needs = chosen.toolchain.needs(recipe, read, isUsed(trees, chosen.runner))
  const pack =
    needs === undefined
      ? undefined
      : await fetchPack(needs, { arch: surroundings.about.architecture, network: mine.network })
  if (pack !== undefined && 'missing' in pack) return drop('packages', `cannot have ${pack.missing}`)
  const extent = extentOf(trees.reference)
  const draft: MinedTask = {
    name,
    environment: mine.environment,
    runner: chosen.runner,
    failToPass: ['unknown'],
    passToPass: [],
    others: 'any',
    protectedPaths: testFolders([...trees.hidden.keys()]),
    difficulty: gradeDifficulty(extent),
    extent,
    statement: statement.source,
    origin: {
      repository: mine.source.name,
      commit: candidate.commit.id,
      parent: candidate.commit.parents[0]!,
      date: new Date(candidate.commit.time * 1000).toISOString().slice(0, 10),
      licence: licenceOf(trees, recipe),
    },
    recipe,
  }
  writeTaskFolder(folder, {
    trees,
    statement: statement.text,
    manifest: writeManifest(draft),
    toolchain: chosen.toolchain,
    task: draft,
    pack: pack?.folder,
  })
  const shown = findShown(
    folder,
    trees,
    candidate.commit.changes.map(({ path }) => path),
  )
  if (shown !== undefined) return drop('answer-in-tree', shown)
  return await prove(surroundings, mine, { folder, draft, onStep })
}

/** Finds out what the tests do, and lets the check that every task goes through have the last word. */
async function prove(
  surroundings: Surroundings,
  { rounds, run }: Mine,
  { folder, draft, onStep }: { folder: string; draft: MinedTask; onStep: (step: Step) => void },
): Promise<Outcome> {
  const task = loadHarborTask(folder, {})
  if (listTestFiles(task).length === 0)
    return drop('no-runner', `none of the files of its tests has a name that ${draft.runner} would run`)
  onStep('image')
  const prepared = await prepareOrSay(surroundings, task, run)
  if (typeof prepared === 'string') return drop('image', prepared)
  let isKept = false
  try {
    onStep('tests')
    const sets = await findSets(surroundings, prepared, run)
    if ('reason' in sets) return drop(sets.reason, sets.detail)
    writeIds(folder, { ...draft, ...sets })
    const { good, reasons, certificate } = await checkTask(surroundings, loadHarborTask(folder, {}), {
      run,
      rounds,
      quick: true,
      onProgress: ({ done }) => onStep(`round ${done}`),
    })
    if (!good) return drop(certificate.leaks.length > 0 ? 'leak' : 'unstable', reasons.join('; '))
    isKept = true
    return {
      kind: 'kept',
      task: draft.name,
      difficulty: draft.difficulty,
      statement: sayStatement(draft.statement),
      level: certificate.level,
      failToPass: sets.failToPass.length,
      passToPass: sets.passToPass.length,
    }
  } finally {
    if (!isKept) await forgetTask(surroundings.engine, prepared)
  }
}

/** The task made ready, or why its image cannot be built or used: that is the commit's fault, all else is ours. */
async function prepareOrSay(
  { engine }: Surroundings,
  task: ReturnType<typeof loadHarborTask>,
  run: string,
): Promise<PreparedTask | string> {
  try {
    return await prepareTask(engine, task, { run, say: () => {} })
  } catch (error) {
    if (!(error instanceof SandboxError) || !['build-failed', 'task-unusable'].includes(error.code))
      throw error
    return error.message
  }
}

function drop(reason: DropReason, detail: string): Outcome {
  return { kind: 'dropped', reason, detail: detail.slice(0, 1000) }
}

function texts(files: Trees['hidden']): Map<string, string> {
  return new Map([...files].map(([name, { content }]) => [name, content.toString()]))
}

const CODE = /\.(py|pyi|[cm]?[jt]sx?|json|toml|cfg|ini)$/

/** Every word that stands in the code that an agent gets. */
function wordsOf(given: Trees['given']): Set<string> {
  const words = new Set<string>()
  for (const [name, { content }] of given) {
    if (CODE.test(name)) for (const word of identifiersOf([content.toString()])) words.add(word)
  }
  return words
}

/** Whether code names a package; the runner itself always counts. */
export function isUsed(
  { given, hidden }: Pick<Trees, 'given' | 'hidden'>,
  runner: string,
): (name: string) => boolean {
  const code = [...given, ...hidden].filter(
    ([name]) => CODE.test(name) && !/(^|\/)package(-lock)?\.json$/.test(name),
  )
  const all = code.map(([, { content }]) => content.toString())
  return name =>
    name === runner ||
    all.some(text => [`'${name}'`, `"${name}"`, `'${name}/`, `"${name}/`].some(one => text.includes(one)))
}

export function licenceOf({ given }: Pick<Trees, 'given'>, recipe: Recipe): MinedTask['origin']['licence'] {
  const top = [...given].filter(
    ([name]) => LICENCE_FILE.test(name) || name === 'package.json' || name === 'pyproject.toml',
  )
  return (
    findLicence(texts(new Map(top))) ??
    (recipe.licence === undefined ? undefined : { id: recipe.licence, file: 'recipe' })
  )
}
