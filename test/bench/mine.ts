import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import type { Surroundings } from '../../sandbox/setup.ts'
import { readDiscussions } from '../../task-bank/history/discussions.ts'
import { USUAL } from '../../task-bank/history/recipe.ts'
import { mine } from '../../validator/mining/mine.ts'
import { synth } from '../../validator/planting/synth.ts'
import { buildLine, busyMilliseconds, type Line } from './measure.ts'

const SOURCES = path.resolve(import.meta.dirname, '../../task-bank/sources')
const REPOSITORIES = ['seedbed', 'cairn'] as const

interface Size {
  readonly folder: string
  readonly rounds: number
  /** Planted tasks that are wanted of each repository. */
  readonly planted: number
  /** Candidates of each repository at most. */
  readonly limit: number | undefined
}

/**
 * What it takes to make tasks of the repositories in `task-bank/sources`: of their past, and by planting faults. How many candidates
 * are kept, why the others are dropped, and what a kept task costs with all that was tried for it, in time and in time of all
 * processors of the machine together.
 */
export async function measureMining(
  surroundings: Surroundings,
  size: Size,
  say: (what: string) => void,
): Promise<Line[]> {
  const lines: Line[] = []
  const { signal } = new AbortController()
  for (const name of REPOSITORIES) {
    const repository = await openRepository(name, size.folder)
    const common = {
      ...{ repository, name, revision: 'HEAD', recipe: USUAL, network: false, rounds: size.rounds },
      ...{ limit: size.limit, jobs: Math.max(1, Math.floor(surroundings.about.cpus / 2)) },
    }
    say(`tasks of the past of ${name}`)
    const discussions = readIssues(name)
    const out = path.join(size.folder, `mined-${name}`)
    const past = { ...common, out, environment: 'history', discussions, max: undefined, since: undefined }
    const mined = await timed(() => mine(surroundings, { ...past, firstParent: false }, () => {}, signal))
    lines.push(
      ...linesOf(`mine.${name}`, mined),
      buildLine(`mine.${name}.commits`, mined.result.commits, 'count'),
    )
    say(`faults planted into ${name}`)
    const plan = { ...common, out: path.join(size.folder, `planted-${name}`), environment: 'planted' }
    const planted = await timed(() =>
      synth(surroundings, { ...plan, seed: 'bench', count: size.planted }, () => {}, signal),
    )
    lines.push(...linesOf(`synth.${name}`, planted))
    await removeImages(surroundings, [...mined.result.tasks, ...planted.result.tasks])
  }
  return lines
}

/** What both commands tell of each candidate. */
interface Made {
  readonly rows: readonly {
    readonly entry: { readonly outcome: { readonly kind: string; readonly reason?: string } } | undefined
  }[]
  readonly tasks: readonly string[]
}

interface Timed<Result> {
  readonly result: Result
  readonly milliseconds: number
  /** Undefined where the system does not tell. */
  readonly busy: number | undefined
}

async function timed<Result>(work: () => Promise<Result>): Promise<Timed<Result>> {
  const start = performance.now()
  const busyBefore = busyMilliseconds()
  const result = await work()
  const busyAfter = busyMilliseconds()
  const busy = busyBefore === undefined || busyAfter === undefined ? undefined : busyAfter - busyBefore
  return { result, milliseconds: performance.now() - start, busy }
}

function linesOf(name: string, { result, milliseconds, busy }: Timed<Made>): Line[] {
  const kept = result.tasks.length
  const reasons = new Map<string, number>()
  for (const { entry } of result.rows) {
    if (entry?.outcome.kind === 'kept') continue
    const reason = entry?.outcome.reason ?? 'failed'
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  const costs = kept === 0 ? [] : [buildLine(`${name}.per-task`, milliseconds / kept, 'ms')]
  if (kept > 0 && busy !== undefined) costs.push(buildLine(`${name}.per-task.busy`, busy / kept, 'ms'))
  return [
    buildLine(`${name}.candidates`, result.rows.length, 'count'),
    buildLine(`${name}.kept`, kept, 'count', result.rows.length),
    ...[...reasons].sort().map(([reason, count]) => buildLine(`${name}.dropped.${reason}`, count, 'count')),
    ...costs,
  ]
}

async function openRepository(name: string, folder: string): Promise<string> {
  const repository = path.join(folder, `${name}.git`)
  await execa('git', ['init', '-q', '--bare', '-b', 'main', repository])
  const inputFile = path.join(SOURCES, `${name}.fi`)
  await execa('git', ['-C', repository, 'fast-import', '--quiet'], { inputFile })
  return repository
}

function readIssues(name: string) {
  const read = readDiscussions(fs.readFileSync(path.join(SOURCES, `${name}.issues.jsonl`), 'utf8'))
  if ('mistakes' in read) throw new Error(`Cannot read the issues of ${name}: ${read.mistakes.join('; ')}`)
  return read.discussions
}

async function removeImages({ engine }: Surroundings, tasks: readonly string[]): Promise<void> {
  for (const task of tasks) {
    const { image } = JSON.parse(fs.readFileSync(path.join(task, 'certificate.json'), 'utf8'))
    await engine.removeImage(image)
  }
}
