import { randomInt } from 'node:crypto'
import type { Runner, Task } from '../task-bank/task.ts'
import { joinFiles, readFolder, splitFiles } from './archive.ts'
import { type Canaries, plantCanaries } from './canary.ts'
import type { Lift } from './lift.ts'
import type { Files } from './sandbox.ts'

/** What enters the container in order to be run, made anew for each verify phase. */
export interface Suite {
  readonly files: Files
  /** Test files in the order in which they are run, which nobody can predict. */
  readonly order: readonly string[]
  readonly canaries: readonly Canaries[]
}

/** The hidden tests of a task: of lifted files the drivers, with tests planted in them. */
export function buildSuite(task: Task, lift: Lift | undefined): Suite {
  const canaries: Canaries[] = []
  const isTest = patternOf(task.verifier.runner)
  const files = [...splitFiles(hiddenFiles(task))].map(({ entry, content }) => {
    const lifted = isTest?.test(entry.path) ? lift?.files[entry.path] : undefined
    if (lifted === undefined) return { path: entry.path, mode: entry.mode, content }
    const text = lifted.driver ?? Buffer.from(content).toString()
    const planted = plantCanaries({ name: entry.path, text, ...lifted }, randomInt)
    if (planted !== undefined) canaries.push(planted.canaries)
    return { path: entry.path, mode: entry.mode, content: Buffer.from(planted?.text ?? text) }
  })
  return { files: joinFiles(files), order: shuffle(listTestFiles(task)), canaries }
}

/** Relative paths of the files that our runners run. */
export function listTestFiles(task: Task): string[] {
  const pattern = patternOf(task.verifier.runner)
  if (pattern === undefined) return []
  return hiddenFiles(task)
    .entries.map(entry => entry.path)
    .filter(name => pattern.test(name))
}

function patternOf({ kind }: Runner): RegExp | undefined {
  switch (kind) {
    case 'pytest':
      return /(^|\/)(test_[^/]*|[^/]*_test)\.py$/
    case 'node':
      return /\.test\.[cm]?[jt]s$/
    case 'vitest':
      return /\.(test|spec)\.[cm]?[jt]sx?$/
    case 'script':
      return undefined
  }
}

const hidden = new WeakMap<Task, Files>()

/** The hidden tests, read once. */
export function hiddenFiles(task: Task): Files {
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
