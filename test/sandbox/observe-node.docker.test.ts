import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { joinFiles, readFolder } from '../../sandbox/archive.ts'
import { type Canonical, parseCanonical } from '../../sandbox/canonical.ts'
import { type Lifted, liftJavascript } from '../../sandbox/lift-javascript.ts'
import { satisfies } from '../../sandbox/observation.ts'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { runIn, useBench } from '../support/surroundings.ts'

const bank = useBench()
const BANK = path.resolve(import.meta.dirname, '../../task-bank/tasks')
const ROOT = { uid: 0, gid: 0 }

const bundled = fs
  .readdirSync(BANK, { recursive: true, encoding: 'utf8' })
  .filter(file => /^[^/]+\/[^/]+\/tests\/[^/]+\.test\.[jt]s$/.test(file))
  .map(file => ({ task: path.dirname(path.dirname(file)), file: path.basename(file) }))
  .sort((a, b) => a.task.localeCompare(b.task))

test.each(bundled)('$task: the driver says of the reference what the test says', async ({ task, file }) => {
  const folder = path.join(BANK, task)
  const prepared = await prepareBundled(folder)
  const lifted = liftJavascript(file, fs.readFileSync(path.join(folder, 'tests', file), 'utf8'))
  const { failToPass, passToPass } = expectedTests(prepared)

  const reference = await observe(prepared, { file, lifted, isSolved: true })
  const nothing = await observe(prepared, { file, lifted, isSolved: false })

  expect(reference.solved).toEqual([...failToPass, ...passToPass].sort())
  expect(reference.wrong).toEqual([])
  expect(reference.seen).toEqual(new Set(Object.keys(lifted.sites)))
  expect(nothing.solved.filter(id => failToPass.includes(id))).toEqual([])
  expect(nothing.solved).toEqual(expect.arrayContaining([...passToPass]))
})

const VALUES = `
import { test, describe, it } from 'node:test'
import assert from 'node:assert/strict'
class Point { constructor(x) { this.x = x } get evil() { throw new Error('called') } }
const proxy = new Proxy({}, { ownKeys() { throw new Error('called') } })
const loop = []; loop.push(loop)
const deep = { get here() { throw new Error('called') } }
const values = [null, undefined, true, -0, 1.5, NaN, 12n, 'é\\ud800', [1, [2]], { b: 1, a: [] }, Object.create(null),
  new Date(0), new Date(NaN), /a/g, new Set([1]), new Map([['k', 1]]), new Point(3), proxy, loop, deep, [, 1], () => 1,
  Symbol('s'), Promise.resolve(), Buffer.from('hi'), new TypeError('no'), 'x'.repeat(2_000_000), new Number(1)]
describe('outer', () => {
  it('inner', async t => {
    for (const value of values) assert.deepEqual(value, 1)
    await t.test('deeper', async () => {
      await assert.rejects(Promise.reject(new RangeError('far')), RangeError)
      await assert.doesNotReject(async () => 1)
    })
    await Promise.all(['a', 'b'].map(name => t.test(name, async () => { await null; assert.equal(name, 'b') })))
  })
})
test('throws', () => {
  class Odd extends TypeError { name = 'Strange'; code = 'E_ODD'; at = 3 }
  assert.throws(() => { throw new Odd('m') }, { name: 'Strange', code: 'E_ODD', at: 3, message: 'm' })
  assert.throws(() => { throw 'text' })
  assert.throws(() => { throw new Odd('m') }, error => error.at === 3)
})
test('code that replaces what it finds', () => {
  const replaced = [[Array.prototype, 'push'], [Reflect, 'ownKeys'], [JSON, 'stringify'], [Map.prototype, 'forEach']]
  const originals = replaced.map(([owner, name]) => owner[name])
  const made = { a: [new Map([[1, 2]])] }
  for (const [owner, name] of replaced) owner[name] = () => []
  assert.deepEqual(made, { a: 1 })
  replaced.forEach(([owner, name], index) => { owner[name] = originals[index] })
})
`

test('values are read as they are, and no code of theirs is called', async () => {
  const prepared = await prepareBundled(path.join(BANK, bundled[0]!.task))
  const lifted = liftJavascript('values.test.mjs', VALUES)

  const { lines, tests } = await observe(prepared, { file: 'values.test.mjs', lifted, isSolved: false })

  expect(tests.map(({ id, status }) => `${status} ${id}`)).toMatchInlineSnapshot(`
    [
      "passed values.test.mjs::outer > inner > deeper",
      "passed values.test.mjs::outer > inner > a",
      "passed values.test.mjs::outer > inner > b",
      "passed values.test.mjs::outer > inner",
      "passed values.test.mjs::throws",
      "passed values.test.mjs::code that replaces what it finds",
    ]
  `)
  expect(
    lines.map(({ id, value }) => `${id.slice(17)} ${JSON.stringify(value).slice(0, 200)}`),
  ).toMatchInlineSnapshot(`
    [
      "outer > inner ["none"]",
      "outer > inner ["undefined"]",
      "outer > inner ["bool",true]",
      "outer > inner ["number","-0"]",
      "outer > inner ["number","1.5"]",
      "outer > inner ["number","NaN"]",
      "outer > inner ["int","12"]",
      "outer > inner ["str","é\\ud800"]",
      "outer > inner ["list",[["number","1"],["list",[["number","2"]]]]]",
      "outer > inner ["dict",[[["str","b"],["number","1"]],[["str","a"],["list",[]]]]]",
      "outer > inner ["dict",[]]",
      "outer > inner ["date","1970-01-01T00:00:00.000Z"]",
      "outer > inner ["date","NaN"]",
      "outer > inner ["regexp","/a/g"]",
      "outer > inner ["set",[["number","1"]]]",
      "outer > inner ["map",[[["str","k"],["number","1"]]]]",
      "outer > inner ["object","Point",[[["str","x"],["number","3"]]]]",
      "outer > inner ["opaque","Proxy"]",
      "outer > inner ["cut"]",
      "outer > inner ["dict",[[["str","here"],["opaque","Getter"]]]]",
      "outer > inner ["opaque","Array"]",
      "outer > inner ["opaque","Function"]",
      "outer > inner ["opaque","Symbol"]",
      "outer > inner ["opaque","Promise"]",
      "outer > inner ["bytes","aGk="]",
      "outer > inner ["error","TypeError","no"]",
      "outer > inner ["cut"]",
      "outer > inner ["opaque","Number"]",
      "outer > inner > deeper ["raised",["RangeError","Error","Object"],"far",["dict",[]]]",
      "outer > inner > deeper ["returned"]",
      "outer > inner > a ["str","a"]",
      "outer > inner > b ["str","b"]",
      "throws ["raised",["Strange","Odd","TypeError","Error","Object"],"m",["dict",[[["str","name"],["str","Strange"]],[["str","code"],["str","E_ODD"]],[["str","at"],["number","3"]]]]]",
      "throws ["raised",["string"],"text"]",
      "throws ["raised",["Strange","Odd","TypeError","Error","Object"],"m",["dict",[[["str","name"],["str","Strange"]],[["str","code"],["str","E_ODD"]],[["str","at"],["number","3"]]]]]",
      "code that replaces what it finds ["dict",[[["str","a"],["list",[["map",[[["number","1"],["number","2"]]]]]]]]]",
    ]
  `)
})

test('threads and processes that a test starts report nothing', async () => {
  const prepared = await prepareBundled(path.join(BANK, bundled[0]!.task))
  const source = `
import { fork } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import assert from 'node:assert'
fs.writeFileSync('/tmp/child.mjs', 'globalThis.__arete__.observe("a", 1); throw new Error("of a child")')
test('one', async () => {
  await once(fork('/tmp/child.mjs', { silent: true }), 'exit')
  await once(new Worker('/tmp/child.mjs', { stderr: true }), 'error')
  assert.equal(1 + Number('1'), 2)
})
`
  const lifted = liftJavascript('noise.test.mjs', source)

  const { lines, solved } = await observe(prepared, { file: 'noise.test.mjs', lifted, isSolved: false })

  expect(solved).toEqual(['noise.test.mjs::one'])
  expect(lines).toHaveLength(1)
})

function expectedTests({ task }: PreparedTask) {
  const { runner } = task.verifier
  if (runner.kind === 'script') throw new Error(`${task.name} has no list of tests`)
  return runner.expected
}

interface Observed {
  readonly id: string
  readonly site: string
  readonly value: Canonical | undefined
}

/** Runs one driver, and compares what it saw with what was taken out of it. */
async function observe(
  prepared: PreparedTask,
  { file, lifted, isSolved }: { file: string; lifted: Lifted; isSolved: boolean },
) {
  await using sandbox = await bank.bench.slot.take(prepared)
  if (isSolved) {
    await sandbox.put('/solution', readFolder(path.join(prepared.task.folder, 'solution')), ROOT)
    await runIn(sandbox, 'bash /solution/solve.sh')
  }
  const driver = { path: file, mode: 0o644, content: Buffer.from(lifted.driver) }
  await sandbox.put('/tests', joinFiles([driver]), ROOT)
  const results: Buffer[] = []
  const log: Buffer[] = []
  const ran = await runIn(sandbox, '', {
    argv: [
      '/usr/bin/env',
      'node',
      '--import=file:///opt/arete/runners/observe.mjs',
      '--test-reporter=/opt/arete/runners/node_reporter.mjs',
      '--test-reporter-destination=stdout',
      `/tests/${file}`,
    ],
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: '/home/agent',
      TZ: 'UTC',
      ARETE_RESULTS: '3',
      ARETE_TESTS: '/tests',
    },
    onOutput: (stream, chunk) => void (stream === 'results' ? results : log).push(chunk),
  })
  expect(ran.ending.kind).toBe('exited')
  return judge(Buffer.concat(results).toString(), lifted)
}

function judge(results: string, { sites }: Lifted) {
  const parsed = results
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  const tests: { id: string; status: string }[] = parsed.filter(({ kind }) => kind === 'test')
  const lines: Observed[] = parsed
    .filter(({ kind }) => kind === 'observed')
    .map(({ id, site, value }) => ({ id, site, value: parseCanonical(value) }))
  const wrong = lines.filter(({ site, value }) => {
    const expectation = sites[site]
    return expectation === undefined || value === undefined || !satisfies(expectation, value)
  })
  const failed = new Set(wrong.map(({ id }) => id))
  const solved = tests.filter(({ id, status }) => status === 'passed' && !failed.has(id)).map(({ id }) => id)
  return { tests, lines, wrong, solved: solved.sort(), seen: new Set(lines.map(({ site }) => site)) }
}

const preparations = new Map<string, Promise<PreparedTask>>()

function prepareBundled(folder: string): Promise<PreparedTask> {
  const { engine, run } = bank.bench
  const preparation =
    preparations.get(folder) ?? prepareTask(engine, loadHarborTask(folder, {}), { run, say: () => {} })
  preparations.set(folder, preparation)
  return preparation
}
