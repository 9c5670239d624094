import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import { expect, test } from 'vitest'
import { DEADLINE_LABEL, isAbandoned, keptLabels, labelsOf, OWNER_LABEL } from '../../sandbox/owner.ts'

const NOW = 1_800_000_000_000
const OURS = labelsOf({ run: 'r', role: 'sandbox', seconds: 60, now: NOW })

test('what a living process made is not abandoned before its deadline', () => {
  expect(isAbandoned(OURS, NOW)).toBe(false)
  expect(isAbandoned(OURS, NOW + 60_000)).toBe(false)
})

test('what is past its deadline is abandoned, whoever made it', () => {
  expect(isAbandoned(OURS, NOW + 61_000)).toBe(true)
  expect(isAbandoned({ ...OURS, [OWNER_LABEL]: 'elsewhere boot 1 1' }, NOW + 61_000)).toBe(true)
})

test('what is kept, or not ours, is never abandoned', () => {
  expect(isAbandoned(keptLabels('task'), Number.MAX_SAFE_INTEGER)).toBe(false)
  expect(isAbandoned({}, Number.MAX_SAFE_INTEGER)).toBe(false)
  expect(isAbandoned({ [DEADLINE_LABEL]: '1' }, NOW)).toBe(false)
})

test.each(['soon', 'NaN', 'Infinity'])('a deadline of %j is none', deadline => {
  expect(isAbandoned({ ...OURS, [DEADLINE_LABEL]: deadline }, NOW)).toBe(false)
})

test('what a process that has ended made is abandoned', () => {
  const { pid } = spawnSync('true')

  expect(isAbandoned({ ...OURS, [OWNER_LABEL]: owner({ pid }) }, NOW)).toBe(true)
})

test('a later process with the same number does not keep it', () => {
  expect(isAbandoned({ ...OURS, [OWNER_LABEL]: owner({ started: '1' }) }, NOW)).toBe(true)
})

test('what was made before the machine started anew is abandoned', () => {
  expect(isAbandoned({ ...OURS, [OWNER_LABEL]: owner({ boot: 'an-earlier-boot' }) }, NOW)).toBe(true)
})

test('what another machine made is left to it until the deadline', () => {
  expect(
    isAbandoned({ ...OURS, [OWNER_LABEL]: owner({ host: 'elsewhere', pid: 1, started: '0' }) }, NOW),
  ).toBe(false)
})

test('an owner of another form is left alone until the deadline', () => {
  expect(isAbandoned({ ...OURS, [OWNER_LABEL]: 'somebody' }, NOW)).toBe(false)
})

function owner(differs: { host?: string; boot?: string; pid?: number; started?: string }): string {
  const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  const { host, pid, started } = { host: os.hostname(), pid: process.pid, started: '1', ...differs }
  return [host, differs.boot ?? boot, pid, started].join(' ')
}
