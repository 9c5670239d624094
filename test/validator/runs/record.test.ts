import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Entry } from '../../../agent-runtime/wire.ts'
import { joinFiles } from '../../../sandbox/archive.ts'
import type { Collected } from '../../../sandbox/collect.ts'
import type { Patch } from '../../../sandbox/patch.ts'
import type { Files } from '../../../sandbox/sandbox.ts'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import type { Task } from '../../../task-bank/task.ts'
import type { Evaluation } from '../../../validator/evaluate.ts'
import { saveAttempt } from '../../../validator/runs/attempt-files.ts'
import {
  AttemptRecord,
  buildFailure,
  buildRecord,
  findRecord,
  folderOf,
  keyOf,
  openEvents,
  readRecord,
  type Wanted,
} from '../../../validator/runs/record.ts'
import { makeFolder } from '../../support/folder.ts'

test('keyOf() tells task, agent and number of the attempt apart', () => {
  const wanted = buildWanted()
  const others: Wanted[] = [
    wanted,
    { ...wanted, attempt: 2 },
    { ...wanted, agent: { kind: 'nop' } },
    { ...wanted, task: { ...wanted.task, digest: 'f'.repeat(64) } },
    { ...wanted, agent: buildProgram('1'.repeat(64)) },
    { ...wanted, agent: buildProgram('2'.repeat(64)) },
  ]

  expect(new Set(others.map(keyOf)).size).toBe(others.length)
})

test('keyOf() is the same for another place of the same agent and task', () => {
  const wanted = buildWanted()

  expect(keyOf({ ...wanted, agentSource: 'elsewhere', task: { ...wanted.task, folder: '/elsewhere' } })).toBe(
    keyOf(wanted),
  )
})

test.each([
  { name: 'org/short', expected: /^short__[0-9a-f]{7}$/ },
  { name: `org/${'long'.repeat(20)}`, expected: /^(long){8}__[0-9a-f]{7}$/ },
  { name: 'odd name/../x', expected: /^x__[0-9a-f]{7}$/ },
  { name: 'ü b', expected: /^__b__[0-9a-f]{7}$/ },
])('folderOf() of $name is a plain name', ({ name, expected }) => {
  const wanted = buildWanted()

  expect(folderOf({ ...wanted, task: { ...wanted.task, name } })).toMatch(expected)
})

test('buildRecord() and buildFailure() give records that can be read back', () => {
  const wanted = buildWanted()
  const records = [
    buildRecord(wanted, buildEvaluation(), undefined, true),
    buildRecord(wanted, buildEvaluation({ patch: true }), buildEvaluation(), true),
    buildFailure(wanted, 'harness', 'sandbox-lost', new Error('The container ended\nwith details')),
  ]

  expect(records.map(record => AttemptRecord.parse(JSON.parse(JSON.stringify(record))))).toEqual(records)
})

test('buildRecord() says everything that is known of an attempt', () => {
  const record = buildRecord(buildWanted(), buildEvaluation({ patch: true }), buildEvaluation(), true)

  const { key, folder, taskFolder, taskDigest, ...rest } = record
  expect([key.length, taskDigest.length, path.basename(taskFolder), folder.slice(0, 9)]).toEqual([
    64,
    64,
    'sums',
    `sums__${key.slice(0, 3)}`,
  ])
  expect(rest).toMatchInlineSnapshot(`
    {
      "agent": "oracle",
      "agentDigest": "oracle",
      "agentSource": "oracle",
      "attempt": 1,
      "certified": true,
      "detail": "1 of 2 expected tests did not pass: b",
      "difficulty": "unknown",
      "dropped": [
        "conftest.py",
      ],
      "environment": "tests",
      "evidence": [],
      "exitCode": 0,
      "fault": "agent",
      "firstLook": {
        "detail": "1 of 2 expected tests did not pass: b",
        "reason": "tests-failed",
        "verdict": "unsolved",
      },
      "image": null,
      "level": "reported",
      "network": {
        "agent": "none",
        "verify": "none",
      },
      "patch": "patch.diff",
      "patchDigest": "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
      "reason": "tests-failed",
      "replaced": [],
      "rewards": null,
      "seconds": {
        "agent": 1.2346,
        "overhead": 0.05,
        "verify": 0.2,
      },
      "spent": null,
      "started": "2025-01-01T00:00:00.000Z",
      "steps": [],
      "task": "tests/sums",
      "tests": {
        "expected": [
          "a",
          "b",
        ],
        "failed": [
          "b",
        ],
        "passed": [
          "a",
        ],
      },
      "verdict": "unsolved",
      "visits": [],
    }
  `)
})

test('buildFailure() has no verdict and the first line of what happened', () => {
  const record = buildFailure(buildWanted(), 'task', 'build-failed', new Error('Cannot build\n  step 3'))

  expect(record).toMatchObject({
    verdict: null,
    fault: 'task',
    reason: 'build-failed',
    detail: 'Cannot build',
    patch: null,
  })
})

test('saveAttempt() writes what Harbor and we read, and findRecord() finds it', () => {
  const folder = makeFolder({})
  const { wanted, record } = save(folder, buildEvaluation({ patch: true }))

  const files = fs.readdirSync(path.join(folder, record.folder), { recursive: true, encoding: 'utf8' })
  expect(files.filter(name => path.extname(name) !== '').toSorted()).toEqual([
    'agent/agent.log',
    'agent/oracle.txt',
    'agent/trajectory.json',
    'config.json',
    'lock.json',
    'patch.diff',
    'report.json',
    'result.json',
    'verdict.json',
    'verifier/ctrf.json',
    'verifier/reward.txt',
    'verifier/test-stdout.txt',
  ])
  expect(read(folder, record, 'verifier/reward.txt')).toBe('0')
  expect(read(folder, record, 'patch.diff')).toBe('the diff\n')
  expect(findRecord(folder, wanted)).toEqual(record)
})

test('saveAttempt() writes no report if the tests never ran', () => {
  const folder = makeFolder({})
  const { record } = save(folder, { ...buildEvaluation(), verify: undefined })

  expect(fs.readdirSync(path.join(folder, record.folder)).toSorted()).toEqual([
    'agent',
    'config.json',
    'lock.json',
    'result.json',
    'verdict.json',
  ])
})

test('findRecord() finds neither another attempt, nor one without a verdict, nor half a one', () => {
  const folder = makeFolder({})
  const wanted = buildWanted()
  expect(findRecord(folder, wanted)).toBeUndefined()
  save(folder, buildEvaluation())
  const file = path.join(folder, folderOf(wanted), 'verdict.json')

  expect(findRecord(folder, { ...wanted, attempt: 2 })).toBeUndefined()
  const failure = buildFailure(wanted, 'harness', 'engine-failed', new Error('gone'))
  const contents = [
    JSON.stringify(failure),
    '{}',
    '{"key": "',
    '',
    JSON.stringify({ ...failure, key: 'other', verdict: 'solved' }),
  ]
  for (const content of contents) {
    fs.writeFileSync(file, content)
    expect(findRecord(folder, wanted)).toBeUndefined()
  }
})

test('readRecord() of a folder without a record is undefined', () => {
  expect(readRecord(makeFolder({}))).toBeUndefined()
})

test('saveAttempt() leaves nothing of an earlier try that was interrupted', () => {
  const folder = makeFolder({})
  save(folder, buildEvaluation({ patch: true }))

  const { record } = save(folder, { ...buildEvaluation(), verify: undefined })

  expect(fs.readdirSync(path.join(folder, record.folder)).toSorted()).toEqual([
    'agent',
    'config.json',
    'lock.json',
    'result.json',
    'verdict.json',
  ])
})

test('saveAttempt() keeps artifacts below their folder, whatever an agent calls them', () => {
  const folder = makeFolder({})
  const names = [
    'out.txt',
    'deep/er/x',
    '../outside',
    '/absolute',
    'a/../../b',
    'a//b',
    './c',
    'nul\0',
    'file',
    'file/below',
    'l'.repeat(300),
  ]
  const files = joinFiles(
    names.map(name => ({ path: `logs/artifacts/${name}`, mode: 0o644, content: Buffer.from(name) })),
  )

  const { record } = save(folder, { ...buildEvaluation(), artifacts: [collected(files)] })

  const written = fs.readdirSync(path.join(folder, record.folder, 'artifacts/logs/artifacts'), {
    recursive: true,
    encoding: 'utf8',
  })
  expect(written.toSorted()).toEqual(['deep', 'deep/er', 'deep/er/x', 'file', 'out.txt'])
  expect(fs.readdirSync(folder)).toEqual([record.folder])
})

test('saveAttempt() writes no links', () => {
  const folder = makeFolder({})
  const link: Entry = {
    path: 'logs/artifacts/link',
    kind: 'symlink',
    mode: 0o777,
    size: 0,
    target: '/etc/passwd',
  }

  const { record } = save(folder, {
    ...buildEvaluation(),
    artifacts: [collected({ entries: [link], body: Buffer.alloc(0) })],
  })

  expect(fs.existsSync(path.join(folder, record.folder, 'artifacts/logs/artifacts/link'))).toBe(false)
})

test('openEvents() keeps events as they come and starts anew for the next try', () => {
  const folder = makeFolder({})
  const wanted = buildWanted()
  const file = path.join(folder, folderOf(wanted), 'agent/events.jsonl')

  const first = openEvents(folder, wanted)
  first({ kind: 'threw', message: 'one' })
  first({ kind: 'threw', message: 'two' })
  expect(fs.readFileSync(file, 'utf8')).toBe(
    '{"kind":"threw","message":"one"}\n{"kind":"threw","message":"two"}\n',
  )

  openEvents(folder, wanted)({ kind: 'threw', message: 'three' })
  expect(fs.readFileSync(file, 'utf8')).toBe('{"kind":"threw","message":"three"}\n')
})

function save(folder: string, evaluation: Evaluation): { wanted: Wanted; record: AttemptRecord } {
  const wanted = buildWanted()
  const record = buildRecord(wanted, evaluation, undefined, true)
  saveAttempt(folder, record, wanted, evaluation)
  return { wanted, record }
}

function read(folder: string, record: AttemptRecord, name: string): string {
  return fs.readFileSync(path.join(folder, record.folder, name), 'utf8')
}

function buildWanted(): Wanted {
  return {
    task: buildTask(),
    agent: { kind: 'oracle' },
    agentSource: 'oracle',
    attempt: 1,
    runtime: 'arete-runtime-1',
  }
}

function buildTask(): Task {
  const folder = makeFolder({
    'sums/task.toml': '[task]\nname = "tests/sums"\n[arete]\nrunner = "pytest"\nfail_to_pass = ["a", "b"]\n',
    'sums/instruction.md': 'Mend it.\n',
    'sums/environment/Dockerfile': 'FROM arete/base:1\n',
    'sums/tests/test.sh': 'exit 0\n',
  })
  return loadHarborTask(path.join(folder, 'sums'), {})
}

function buildProgram(digest: string): Wanted['agent'] {
  const manifest = { name: 'repair', version: '1', language: 'python' as const, entry: 'agent.py' }
  return { kind: 'program', manifest, digest, files: joinFiles([]), entry: 'agent.py' }
}

/** Tests `a` passed and `b` failed. */
function buildEvaluation(differs: { patch?: true } = {}): Evaluation {
  const patch: Patch = {
    diff: Buffer.from('the diff\n'),
    digest: 'd'.repeat(64),
    files: joinFiles([]),
    removed: [],
    dropped: ['conftest.py'],
  }
  const tests = [
    { id: 'a', status: 'passed' as const, seconds: 0.01, message: '' },
    { id: 'b', status: 'failed' as const, seconds: 0.02, message: 'AssertionError' },
  ]
  return {
    verdict: {
      verdict: 'unsolved',
      reason: 'tests-failed',
      detail: '1 of 2 expected tests did not pass: b',
      fault: 'agent',
      level: 'reported',
      evidence: [],
      tests: { expected: ['a', 'b'], passed: ['a'], failed: ['b'] },
    },
    agent: {
      ending: { kind: 'finished' },
      patch: differs.patch === undefined ? { kind: 'empty' } : { kind: 'patch', patch },
      events: [],
      log: Buffer.from('said\n'),
      seconds: 1.23456,
      exitCode: 0,
    },
    verify: {
      ending: { kind: 'reported' },
      report: { tests, observations: [], through: [], problems: [], reward: undefined },
      unmet: new Map(),
      log: Buffer.from('.F\n'),
      seconds: 0.2,
    },
    started: new Date('2025-01-01T00:00:00Z'),
    seconds: { agent: 1.23456, verify: 0.2, overhead: 0.05 },
    artifacts: [],
    restored: [],
    visits: { agent: [], verify: [] },
    rewards: undefined,
    steps: [],
  }
}

function collected(files: Files): Collected {
  const artifact = { source: '/logs/artifacts', destination: 'logs/artifacts', exclude: [], service: 'main' }
  return { artifact, files, status: 'ok', type: 'directory' }
}
