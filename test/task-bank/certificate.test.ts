import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import {
  type Certificate,
  digestLift,
  findCertificate,
  isCertified,
  saveCertificate,
} from '../../task-bank/certificate.ts'
import { digestTask } from '../../task-bank/digest.ts'
import { makeFolder } from '../support/folder.ts'

const FILES: Readonly<Record<string, string>> = {
  'task.toml': 'a = 1\n',
  'instruction.md': 'Do it.\n',
  'README.md': 'About.\n',
  'environment/Dockerfile': 'FROM x\n',
  'tests/test.sh': 'exit 0\n',
  'tests/deep/data.json': '{}',
  'solution/solve.sh': 'true\n',
  'lift.json': '{"format":1}\n',
}

test('a certificate holds for the files that it was made for, and is read as it was written', () => {
  const folder = certified()

  expect(findCertificate(taskIn(folder))).toEqual(certificateOf(folder))
})

test.each(Object.keys(FILES))('it holds no more when any byte of %s is another one', name => {
  const folder = certified()
  const file = path.join(folder, name)
  const right = fs.readFileSync(file)

  for (const at of right.keys()) {
    for (const bit of [1, 128]) {
      const wrong = Buffer.from(right)
      wrong[at]! ^= bit
      fs.writeFileSync(file, wrong)
      expect(isCertified(taskIn(folder))).toBe(false)
    }
  }
  fs.writeFileSync(file, right)
  expect(isCertified(taskIn(folder))).toBe(true)
})

test.each(Object.keys(FILES))('it holds no more when %s is longer, shorter, elsewhere or gone', name => {
  const folder = certified()
  const file = path.join(folder, name)
  const right = fs.readFileSync(file)

  for (const wrong of [Buffer.concat([right, Buffer.from('\n')]), right.subarray(1), Buffer.alloc(0)]) {
    fs.writeFileSync(file, wrong)
    expect(isCertified(taskIn(folder))).toBe(false)
  }
  fs.rmSync(file)
  expect(isCertified(taskIn(folder))).toBe(false)
  fs.writeFileSync(`${file}x`, right)
  expect(isCertified(taskIn(folder))).toBe(false)
})

test('it holds no more when a file or a lift has come', () => {
  const more = certified()
  fs.writeFileSync(path.join(more, 'tests/more.txt'), '')
  const { 'lift.json': lift, ...rest } = FILES
  const lifted = certified(rest)
  expect(isCertified(taskIn(lifted))).toBe(true)
  fs.writeFileSync(path.join(lifted, 'lift.json'), lift!)

  expect(isCertified(taskIn(more))).toBe(false)
  expect(isCertified(taskIn(lifted))).toBe(false)
})

test.each<[string, (right: Certificate) => object]>([
  ['of an older form', right => ({ ...right, format: 2 })],
  ['with a key that we do not know', right => ({ ...right, more: 1 })],
  ['without a key', ({ tools: _, ...right }) => right],
  ['whose digest is none', right => ({ ...right, taskDigest: 'x' })],
  ['that says that nothing was solved', right => ({ ...right, nopUnsolved: right.rounds - 1 })],
  ['that says that the reference failed', right => ({ ...right, oracleSolved: 0 })],
  ['without rounds', right => ({ ...right, rounds: 0, nopUnsolved: 0, oracleSolved: 0 })],
  [
    'that says that nothing was solved at times',
    right => ({ ...right, busy: { ...right.busy, nopUnsolved: 2 } }),
  ],
  ['that says what leaks', right => ({ ...right, leaks: ['/x'] })],
])('a certificate %s is none', (_, change) => {
  const folder = certified()

  fs.writeFileSync(path.join(folder, 'certificate.json'), JSON.stringify(change(certificateOf(folder))))

  expect(isCertified(taskIn(folder))).toBe(false)
})

test.each(['', '{', 'null', '[]', '"format"'])('%j is no certificate', text => {
  const folder = certified()
  fs.writeFileSync(path.join(folder, 'certificate.json'), text)

  expect(isCertified(taskIn(folder))).toBe(false)
})

function certified(files = FILES): string {
  const folder = makeFolder(files)
  saveCertificate(folder, certificateOf(folder))
  return folder
}

function taskIn(folder: string) {
  return { folder, digest: digestTask(folder) }
}

function certificateOf(folder: string): Certificate {
  return {
    format: 3,
    task: 'org/sums',
    taskDigest: digestTask(folder),
    image: 'sha256:1',
    lift: digestLift(folder),
    tools: 'arete-runtime-1',
    versions: { arete: '0.1.0', engine: '1', runner: 'pytest 7', python: '3.11.2', node: null },
    date: '2026-01-01',
    rounds: 5,
    nopUnsolved: 5,
    oracleSolved: 5,
    busy: { rounds: 3, nopUnsolved: 3, oracleSolved: 2 },
    tests: 2,
    level: 'observed',
    testSeconds: 0.5,
    mutants: { possible: 20, tried: 12, killed: 11 },
    budget: {
      runs: 3,
      seconds: { median: 1, most: 2 },
      memoryMegabytes: { median: 30, most: 31 },
      processes: 2,
      proposed: { timeoutSeconds: 30, memoryMegabytes: 256 },
    },
    licence: null,
    leaks: [],
  }
}
