import { randomBytes, randomInt } from 'node:crypto'
import path from 'node:path'
import { scriptOf } from '../task-bank/swebench/classic.ts'
import { assetFiles } from '../task-bank/swebench/row.ts'
import { sealScript } from '../task-bank/swebench/script.ts'
import { isOwn, type OwnRunner, type Task } from '../task-bank/task.ts'
import { joinFiles, readFolder, splitFiles } from './archive.ts'
import { type Canaries, plantCanaries } from './canary.ts'
import type { Lift } from './lift.ts'
import type { PathRules } from './patch.ts'
import type { PreparedTask } from './prepare.ts'
import type { Files } from './sandbox.ts'

/** What enters the container in order to be run, made anew for each verify phase. */
export interface Suite {
  /** Absolute folder below which the files lie. */
  readonly root: string
  readonly files: Files
  /** What is taken away there: a test patch may remove tests. */
  readonly removed: readonly string[]
  /** Test files in the order in which they are run, which nobody can predict. */
  readonly order: readonly string[]
  readonly canaries: readonly Canaries[]
  /** The evaluation script of a row, for `/tests`, and what was added to its marks. */
  readonly script: { readonly files: Files; readonly seal: string } | undefined
}

/** Name of the evaluation script of a row in `/tests`. */
export const SCRIPT = 'eval.sh'

/** The hidden tests of a task: of lifted files the drivers, with tests planted in them. */
export function buildSuite(task: Task, lift: Lift | undefined, workdir: string): Suite {
  const canaries: Canaries[] = []
  const order = listTestFiles(task)
  const run = new Set(order)
  const files = [...splitFiles(laidFiles(task))].map(({ entry, content }) => {
    const lifted = run.has(entry.path) ? lift?.files[entry.path] : undefined
    if (lifted === undefined) return { path: entry.path, mode: entry.mode, content }
    const text = lifted.driver ?? Buffer.from(content).toString()
    const prefix = prefixIn(task, entry.path)
    const planted = plantCanaries({ name: entry.path, text, ...lifted, prefix }, randomInt)
    if (planted !== undefined) canaries.push(planted.canaries)
    return { path: entry.path, mode: entry.mode, content: Buffer.from(planted?.text ?? text) }
  })
  const root = rootOf(task, workdir)
  return {
    root,
    files: joinFiles(files),
    removed: listRemoved(task),
    order: shuffle(order),
    canaries,
    script: buildScript(task),
  }
}

/** A repository may be configured to call its tests otherwise. */
function prefixIn({ verifier: { runner } }: Task, file: string): string {
  if (runner.kind === 'script') return 'test'
  const ids = [...runner.expected.failToPass, ...runner.expected.passToPass]
  const names = ids.filter(id => id.startsWith(`${file}::`)).map(id => id.split('[')[0]!.split('::').at(-1)!)
  return names.find(name => !name.startsWith('test'))?.split('_')[0] ?? 'test'
}

/** The absolute folder below which the hidden tests lie when they run. */
function rootOf({ verifier: { runner } }: Task, workdir: string): string {
  if (runner.kind === 'script') return '/tests'
  return runner.kind === 'log' ? workdir : path.posix.resolve(workdir, runner.tests.root)
}

/** Marks are other ones in each run, so that nothing that was written before can contain them. */
function buildScript({ verifier: { runner, row } }: Task): Suite['script'] {
  const text = runner.kind === 'log' && row !== undefined ? scriptOf(row) : undefined
  if (row === undefined || text === undefined) return undefined
  const seal = ` ${randomBytes(16).toString('hex')}`
  const assets = assetFiles(row)
  const sealed = sealScript(text, {
    commit: row.base_commit,
    seal,
    assets: assets.length === 0 ? undefined : '/tests/assets',
  })
  const files = [
    { path: SCRIPT, mode: 0o644, content: Buffer.from(sealed) },
    ...assets.map(file => ({ ...file, path: `assets/${file.path}` })),
  ]
  return { files: joinFiles(files), seal }
}

/** Of a row's test patch: files that are not there when the tests are started. */
function listRemoved({ verifier: { runner, laid } }: Task): string[] {
  if (laid === undefined) return []
  const [there, gone] = runner.kind === 'log' ? [laid.before, laid.after] : [laid.after, laid.before]
  const names = new Set(there.map(file => file.path))
  return gone.map(file => file.path).filter(name => !names.has(name))
}

/** What a patch at a task may change: nothing where hidden tests will lie. */
export function patchRulesOf({ task, workdir }: PreparedTask): PathRules {
  const root = rootOf(task, workdir)
  const names = laidFiles(task)
    .entries.filter(entry => entry.kind !== 'directory')
    .map(entry => entry.path)
  const testPlaces = [...names, ...listRemoved(task)]
    .map(name => path.posix.relative(workdir, path.posix.join(root, name)))
    .filter(name => !name.startsWith('..'))
  return { ...task, testPlaces }
}

/** Absolute paths of all folders that must be there for hidden tests in a repository; none if they lie in `/tests`. */
export function listTestFolders(task: Task, workdir: string): Set<string> {
  const root = rootOf(task, workdir)
  if (root === '/tests') return new Set()
  const folders = new Set<string>()
  for (const { path: name } of laidFiles(task).entries) {
    let folder = path.posix.dirname(path.posix.join(root, name))
    for (; folder !== '/'; folder = path.posix.dirname(folder)) folders.add(folder)
  }
  return folders
}

/** Paths, below the folder of the tests, of the files that our runners run. */
export function listTestFiles(task: Task): string[] {
  const { runner } = task.verifier
  if (!isOwn(runner)) return []
  const wanted = runner.tests.run && new Set(runner.tests.run)
  return laidFiles(task)
    .entries.map(entry => entry.path)
    .filter(name => wanted?.has(name) ?? CALLED_LIKE_TESTS[runner.kind].test(name))
}

const CALLED_LIKE_TESTS: Readonly<Record<OwnRunner, RegExp>> = {
  pytest: /(^|\/)(test_[^/]*|[^/]*_test)\.py$/,
  node: /\.test\.[cm]?[jt]s$/,
  vitest: /\.(test|spec)\.[cm]?[jt]sx?$/,
}

/** The hidden files as they lie when they run. */
export function laidFiles(task: Task): Files {
  const { runner, laid } = task.verifier
  // The evaluation script of a row brings its tests itself, and needs what its patch was made for.
  if (laid !== undefined) return joinFiles(runner.kind === 'log' ? laid.before : laid.after)
  const files = hiddenFiles(task)
  if (!isOwn(runner)) return files
  const { names, root } = runner.tests
  // Of a repository the script that starts the tests is no part.
  const isLaid = (name: string): boolean => names?.has(name) ?? (root === '/tests' || name !== 'test.sh')
  return joinFiles(
    [...splitFiles(files)]
      .filter(({ entry }) => isLaid(entry.path) && (names === undefined || entry.kind === 'file'))
      .map(({ entry, content }) => ({ ...entry, path: names?.get(entry.path) ?? entry.path, content })),
  )
}

const hidden = new WeakMap<Task, Files>()

/** The hidden tests, read once. */
function hiddenFiles(task: Task): Files {
  const files = hidden.get(task) ?? joinFolders(task.testFolders)
  hidden.set(task, files)
  return files
}

/** Where two folders have one name, the later counts. */
function joinFolders(folders: readonly string[]): Files {
  const all = folders.flatMap(folder => [...splitFiles(readFolder(folder))])
  const byName = new Map(all.map(one => [one.entry.path, one]))
  return joinFiles(
    [...byName.values()].map(({ entry, content }) => ({ path: entry.path, mode: entry.mode, content })),
  )
}

function shuffle<T>(items: readonly T[]): T[] {
  const shuffled = [...items]
  for (let last = shuffled.length - 1; last > 0; last -= 1) {
    const other = randomInt(last + 1)
    const item = shuffled[last]!
    shuffled[last] = shuffled[other]!
    shuffled[other] = item
  }
  return shuffled
}
