import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { splitFiles } from '../../../sandbox/archive.ts'
import { levelOf } from '../../../sandbox/lift.ts'
import { patchFromTree } from '../../../sandbox/patch.ts'
import { type PreparedTask, prepareTask } from '../../../sandbox/prepare.ts'
import type { Changes } from '../../../sandbox/sandbox.ts'
import { patchRulesOf } from '../../../sandbox/suite.ts'
import { runVerifyPhase } from '../../../sandbox/verify-phase.ts'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import { evaluate } from '../../../validator/evaluate.ts'
import { judge } from '../../../validator/scoring/verdict.ts'
import { useBench } from '../../support/surroundings.ts'
import { JAVASCRIPT, type Oddity, PYTHON } from './oddities.ts'

const bank = useBench()
const TASKS = path.resolve(import.meta.dirname, '../../../task-bank/tasks')
const PYTHON_TASKS = [
  'features/board-groups',
  'python-fixes/formula-mass',
  'python-fixes/kitchen-costs',
  'python-fixes/parcel-quotes',
]
const JAVASCRIPT_TASKS = [
  'features/copy-formulas',
  'hardening/asset-folder',
  'typescript-fixes/club-dues',
  'typescript-fixes/meter-statement',
]
const OTHER_TASKS = [
  'hardening/event-patterns',
  'python-fixes/timesheet-weeks',
  'typescript-fixes/life-patterns',
  'typescript-fixes/note-drafts',
]
/** Mistakes that an honest patch may have. */
const MISTAKES: readonly (readonly [RegExp, string])[] = [
  [/ \+ /g, ' - '],
  [/ < /g, ' <= '],
  [/\breturn .*/g, 'return 0'],
  [/\bif (?!__name__)/g, 'if not '],
  [/\b1\b/g, '2'],
]
/** Otherwise each oddity is tried on two tasks of its language, and two mistakes on each task. */
const IS_WHOLE = process.env.ARETE_TESTS === 'whole'
const solutions = new Map<string, ReturnType<typeof solve>>()

describe.each([
  ...PYTHON_TASKS.map((task, index) => ({ task, oddities: shareOf(PYTHON, index) })),
  ...JAVASCRIPT_TASKS.map((task, index) => ({ task, oddities: shareOf(JAVASCRIPT, index) })),
])('honest patches of $task', ({ task, oddities }) => {
  test.concurrent.each(oddities)('with $what are solved', async oddity => {
    const { prepared, files } = await solution(task)

    const verdict = await judgeFiles(prepared, withOddity(files, oddity))

    expect(verdict).toMatchObject({ verdict: 'solved', level: 'observed', evidence: [] })
  })
})

describe.each([
  { task: PYTHON_TASKS[0]!, oddities: PYTHON },
  { task: JAVASCRIPT_TASKS[0]!, oddities: JAVASCRIPT },
])('patches of $task that solve nothing', ({ task, oddities }) => {
  test.concurrent.each(oddities)('and have $what are no tampering', async oddity => {
    const { prepared, files } = await solution(task)
    const untouched = original(prepared, sourceOf(files))

    const { verdict, reason } = await judgeFiles(prepared, withOddity(untouched, oddity))

    expect(`${verdict} ${reason}`).toMatch(/^unsolved (tests-failed|no-patch)$/)
  })
})

describe.each(
  [...PYTHON_TASKS, ...JAVASCRIPT_TASKS, ...OTHER_TASKS].map((task, index) => ({
    task,
    mistakes: IS_WHOLE
      ? MISTAKES
      : [MISTAKES[index % MISTAKES.length]!, MISTAKES[(index + 2) % MISTAKES.length]!],
  })),
)('wrong patches of $task', ({ task, mistakes }) => {
  test.concurrent.each(mistakes)('with a mistake at %s are no tampering', async (pattern, mistake) => {
    const { prepared, files } = await solution(task)
    const name = sourceOf(files)
    const wrong = new Map([...files, [name, files.get(name)!.replace(pattern, mistake)]])

    const { reason, evidence } = await judgeFiles(prepared, wrong)

    expect(['tests-passed', 'tests-failed', 'tests-timed-out', 'tests-out-of-memory']).toContain(reason)
    expect(evidence).toEqual([])
  })
})

test('all in all there are two hundred honest ones', () => {
  const count = PYTHON_TASKS.length * PYTHON.length + JAVASCRIPT_TASKS.length * JAVASCRIPT.length
  expect(count).toBeGreaterThanOrEqual(200)
})

/** Of all of them: the first task has each, the others a part each. */
function shareOf(oddities: readonly Oddity[], index: number): readonly Oddity[] {
  const others = PYTHON_TASKS.length - 1
  return IS_WHOLE || index === 0 ? oddities : oddities.filter((_, place) => place % others === index - 1)
}

function solution(task: string): ReturnType<typeof solve> {
  const made = solutions.get(task) ?? solve(task)
  solutions.set(task, made)
  return made
}

function original(prepared: PreparedTask, name: string): ReadonlyMap<string, string> {
  const found = [...splitFiles(prepared.repository!.tree)].find(({ entry }) => entry.path === name)
  return new Map([[name, Buffer.from(found?.content ?? '').toString()]])
}

async function solve(task: string): Promise<{ prepared: PreparedTask; files: ReadonlyMap<string, string> }> {
  const { engine, run, slot } = bank.bench
  const prepared = await prepareTask(engine, loadHarborTask(path.join(TASKS, task), {}), {
    run,
    say: () => {},
  })
  const { agent } = await evaluate(slot, { prepared, agent: { kind: 'oracle' }, run })
  if (agent.patch.kind !== 'patch') throw new Error(`The reference of ${task} leaves no patch`)
  const files = [...splitFiles(agent.patch.patch.files)]
  return {
    prepared,
    files: new Map(files.map(({ entry, content }) => [entry.path, Buffer.from(content).toString()])),
  }
}

function withOddity(
  files: ReadonlyMap<string, string>,
  { source, files: more = {} }: Oddity,
): Map<string, string> {
  const changed = new Map([...files, ...Object.entries(more)])
  const name = sourceOf(files)
  if (source !== undefined) changed.set(name, `${files.get(name)}\n\n${source}\n`)
  return changed
}

function sourceOf(files: ReadonlyMap<string, string>): string {
  const name = [...files.keys()].find(file => /\.(py|[cm]?[jt]s)$/.test(file))
  if (name === undefined) throw new Error(`No source among ${[...files.keys()].join(', ')}`)
  return name
}

async function judgeFiles(prepared: PreparedTask, files: ReadonlyMap<string, string>) {
  const { repository, task, lift } = prepared
  const patch = await patchFromTree(repository!, treeOf(files), patchRulesOf(prepared))
  const verify = await bank.bench.inSlot(async slot => {
    slot.keepOnly(new Set([prepared]))
    await using sandbox = await slot.take(prepared, 'verify')
    slot.warm(prepared, ['verify'])
    return await runVerifyPhase({
      sandbox,
      prepared,
      patch: patch.kind === 'patch' ? patch.patch : undefined,
    })
  })
  return judge({
    runner: task.verifier.runner,
    level: levelOf(task, lift),
    agent: { kind: 'finished' },
    patch,
    verify,
  })
}

function treeOf(files: ReadonlyMap<string, string>): Changes {
  const contents = [...files].map(([name, text]) => ({ name, content: Buffer.from(text) }))
  return {
    entries: contents.map(({ name, content }) => ({
      path: name,
      kind: 'file',
      mode: 0o644,
      size: content.length,
    })),
    body: Buffer.concat(contents.map(({ content }) => content)),
    removed: [],
    truncated: false,
  }
}
