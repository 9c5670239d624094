import path from 'node:path'
import { type Lift, levelOf } from '../../sandbox/lift.ts'
import type { Patch } from '../../sandbox/patch.ts'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { runVerifyPhase } from '../../sandbox/verify-phase.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { calibrate } from '../../validator/checks/calibrate.ts'
import { evaluate } from '../../validator/evaluate.ts'
import { writeTask } from '../support/task.ts'
import { type Bare, PlainTask, testCommand, timePlain } from './bare.ts'
import { buildLine, interleave, type Line } from './measure.ts'

type Runner = 'pytest' | 'node'

const FILES = 10
const TESTS = 4

/**
 * What the judgement costs: a suite of ten files in a fresh sandbox with all defences, with some left out, and the same tests
 * bare in a fresh container.
 */
export async function measureVerify(
  surroundings: Surroundings,
  bare: Bare,
  { folder, rounds }: { folder: string; rounds: number },
): Promise<Line[]> {
  await using slot = new Slot({ ...surroundings, run: bare.run })
  const lines: Line[] = []
  for (const runner of ['pytest', 'node'] as const) {
    const ten = await makeReady(surroundings, slot, bare, path.join(folder, `ten-${runner}`), runner, FILES)
    const one = await makeReady(surroundings, slot, bare, path.join(folder, `one-${runner}`), runner, 1)
    const image = `arete/bench-verify:${runner}`
    {
      await using plain = await PlainTask.open(bare, ten.prepared)
      await plain.commit(image)
    }
    const command = testCommand(ten.prepared)
    try {
      const found = await interleave(rounds, [
        async () => ({ bare: await timePlain(bare, image, command) }),
        async () => ({ all: await timeVerify(slot, ten, ten.lift) }),
        async () => ({ canaries: await timeVerify(slot, ten, withoutCanaries(ten.lift)) }),
        async () => ({ lifted: await timeVerify(slot, ten, undefined) }),
        async () => ({ together: await timeVerify(slot, one, one.lift) }),
      ])
      lines.push(
        buildLine(`verify.${runner}.bare`, found.bare, 'ms'),
        buildLine(`verify.${runner}`, found.all, 'ms', found.bare),
        buildLine(`verify.${runner}.over-bare`, found.all - found.bare, 'ms'),
        buildLine(`verify.${runner}.without-canaries`, found.canaries, 'ms', found.bare),
        buildLine(`verify.${runner}.without-lifting`, found.lifted, 'ms', found.bare),
        buildLine(`verify.${runner}.in-one-file`, found.together, 'ms', found.bare),
      )
    } finally {
      for (const name of [image, ten.prepared.image.id, one.prepared.image.id])
        await surroundings.engine.removeImage(name)
    }
  }
  return lines
}

interface Ready {
  readonly prepared: PreparedTask
  readonly lift: Lift | undefined
  readonly patch: Patch
}

async function makeReady(
  surroundings: Surroundings,
  slot: Slot,
  { run }: Bare,
  folder: string,
  runner: Runner,
  files: number,
): Promise<Ready> {
  writeSuite(folder, runner, files)
  const task = loadHarborTask(folder, {})
  const prepared = await prepareTask(surroundings.engine, task, { run, say: () => {} })
  const { lift } = (await calibrate(slot, prepared, run)).prepared
  if (levelOf(task, lift) !== 'observed') throw new Error(`The suite for ${runner} does not lift`)
  const { agent } = await evaluate(slot, { prepared, agent: { kind: 'oracle' }, run })
  if (agent.patch.kind !== 'patch') throw new Error(`The reference for ${runner} leaves no patch`)
  return { prepared, lift, patch: agent.patch.patch }
}

/** Milliseconds from wanting a sandbox to the settled report; its removal is not waited for. */
async function timeVerify(slot: Slot, { prepared, patch }: Ready, lift: Lift | undefined): Promise<number> {
  await slot.swept()
  const start = performance.now()
  const sandbox = await slot.take(prepared, 'verify')
  const { report } = await runVerifyPhase({ sandbox, prepared: { ...prepared, lift }, patch })
  const milliseconds = performance.now() - start
  slot.discard(sandbox)
  if (report.tests.length !== FILES * TESTS || report.tests.some(test => test.status !== 'passed'))
    throw new Error(`The reference does not pass: ${JSON.stringify(report)}`)
  return milliseconds
}

function withoutCanaries(lift: Lift | undefined): Lift | undefined {
  if (lift === undefined) return undefined
  const files = Object.entries(lift.files).map(
    ([name, file]) => [name, { ...file, gaps: [] as number[] }] as const,
  )
  return { ...lift, files: Object.fromEntries(files) }
}

function writeSuite(folder: string, runner: Runner, files: number): void {
  const names = Array.from({ length: FILES * TESTS }, (_, index) => index)
  const perFile = (FILES * TESTS) / files
  const suites = Array.from({ length: files }, (_, index) =>
    names.slice(index * perFile, (index + 1) * perFile),
  )
  const language = LANGUAGES[runner]
  const ids = suites.flatMap((numbers, file) =>
    numbers.map(number => `${language.file(file)}::${language.title(number)}`),
  )
  writeTask(
    folder,
    {
      runner,
      name: `suite-${runner}-${files}`,
      repository: language.repository,
      tests: Object.fromEntries(
        suites.map((numbers, file) => [language.file(file), language.suite(numbers)]),
      ),
      solution: language.solution,
      failToPass: ids,
      passToPass: [],
    },
    'bench',
  )
}

const LANGUAGES = {
  pytest: {
    repository: { 'sums.py': 'def add(a, b):\n    return a - b\n', 'README.md': '# Sums\n' },
    solution: 'printf "def add(a, b):\\n    return a + b\\n" > sums.py\n',
    file: (index: number) => `test_part${index}.py`,
    title: (number: number) => `test_sum_${number}`,
    suite: (numbers: readonly number[]) =>
      `from sums import add\n${numbers.map(one => `\n\ndef test_sum_${one}():\n    assert add(${one}, 2) == ${one + 2}\n`).join('')}`,
  },
  node: {
    repository: { 'sums.mjs': 'export const add = (a, b) => a - b\n', 'README.md': '# Sums\n' },
    solution: 'echo "export const add = (a, b) => a + b" > sums.mjs\n',
    file: (index: number) => `part${index}.test.mjs`,
    title: (number: number) => `sum ${number}`,
    suite: (numbers: readonly number[]) =>
      `import assert from 'node:assert/strict'\nimport test from 'node:test'\nimport { add } from '/app/sums.mjs'\n${numbers.map(one => `\ntest('sum ${one}', () => {\n  assert.equal(add(${one}, 2), ${one + 2})\n})\n`).join('')}`,
  },
} as const
