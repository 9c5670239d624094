import path from 'node:path'
import { expect, test } from 'vitest'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { calibrate } from '../../validator/checks/calibrate.ts'
import { evaluate } from '../../validator/evaluate.ts'
import { copyPackage } from '../support/packages.ts'
import { useBench } from '../support/surroundings.ts'
import { writeTask } from '../support/task.ts'

const bank = useBench()
let prepared: Promise<PreparedTask> | undefined

const TESTS = `import { describe, expect, it, test } from 'vitest'
import { add } from '/app/sums'

test('adds', () => {
  expect(add(2, 3)).toBe(5)
})

describe('with nothing', () => {
  it('is the other', async () => {
    expect(add(7, 0)).toBe(7)
    expect([add(0, 1)]).toEqual([1])
  })
  it('knows numbers only', () => {
    expect(() => add('1' as never, 2)).toThrow('no number')
  })
})
`
const CHECK = "  if (typeof a !== 'number') throw new TypeError('no number')\n"
const WRONG = `export function add(a: number, b: number): number {\n${CHECK}  return a - b\n}\n`
const RIGHT = WRONG.replace('a - b', 'a + b')

const FORGERIES: Readonly<Record<string, string>> = {
  'assertions that do nothing': `import { expect } from 'vitest'
const matchers = Object.getPrototypeOf(expect(1))
for (const name of ['toBe', 'toEqual', 'toThrow'])
  Object.defineProperty(matchers, name, { value: () => {}, configurable: true })
export const add = () => 0
`,
  'tests that are called passed': `import { afterEach } from 'vitest'
afterEach(({ task }) => { task.result = { state: 'pass' }; task.fails = false; Object.freeze(task.result) })
export const add = () => 0
`,
  'results of its own on every descriptor': `import fs from 'node:fs'
const line = name => JSON.stringify({ kind: 'test', id: 'sums.test.ts::' + name, status: 'passed', seconds: 0, message: '' }) + '\\n'
for (const descriptor of fs.readdirSync('/proc/self/fd')) try { fs.writeSync(Number(descriptor), line('adds')) } catch {}
export const add = () => 0
`,
  'an early end': 'process.reallyExit(0)\nexport const add = () => 0\n',
}

test('tests for vitest lift, run in their own processes, and judge rightly', async () => {
  const task = await ready()

  const right = await judged(task, RIGHT)
  const wrong = await judged(task, `${WRONG}// changed\n`)

  expect(right).toMatchObject({ verdict: 'solved', level: 'observed' })
  expect(right.tests.passed).toHaveLength(3)
  expect(wrong).toMatchObject({ verdict: 'unsolved', reason: 'tests-failed' })
  expect(wrong.tests.passed).toEqual(['sums.test.ts::with nothing > knows numbers only'])
})

test('what is expected does not enter the container', async () => {
  const { lift } = await ready()

  expect(lift?.files['sums.test.ts']?.driver).not.toMatch(/toBe\(|toEqual\(|no number/)
  expect(Object.keys(lift!.sites)).toHaveLength(4)
})

test.each(Object.entries(FORGERIES))('%s is not solved', async (_, code) => {
  expect((await judged(await ready(), code)).verdict).toBe('unsolved')
})

function ready(): Promise<PreparedTask> {
  prepared ??= prepareVitest()
  return prepared
}

async function prepareVitest(): Promise<PreparedTask> {
  const { bench } = bank
  const folder = bench.write({})
  writeTask(
    folder,
    {
      runner: 'vitest',
      repository: { 'sums.ts': WRONG, 'package.json': '{ "name": "sums", "type": "module" }\n' },
      dockerfile: ['USER root', 'COPY packages /usr/local/lib/node_modules', 'USER agent'],
      tests: { 'sums.test.ts': TESTS },
      solution: 'sed -i "s/a - b/a + b/" sums.ts\n',
      failToPass: ['sums.test.ts::adds', 'sums.test.ts::with nothing > is the other'],
      passToPass: ['sums.test.ts::with nothing > knows numbers only'],
      memoryMegabytes: 1024,
    },
    bench.run,
  )
  copyPackage('vitest', path.join(folder, 'environment/packages'))
  const task = await prepareTask(bench.engine, loadHarborTask(folder, {}), { run: bench.run, say: () => {} })
  return (await calibrate(bench.slot, task, bench.run)).prepared
}

async function judged(task: PreparedTask, code: string) {
  const agent = await bank.bench.agent(
    'agent.sh',
    `#!/bin/sh\ncat > sums.ts <<'END OF FILE'\n${code}END OF FILE\n`,
  )
  return (await evaluate(bank.bench.slot, { prepared: task, agent, run: bank.bench.run })).verdict
}
