import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { processName } from '../../../sandbox/owner.ts'
import type { Outcome } from '../../../task-bank/history/journal.ts'
import { Ledger } from '../../../validator/mining/ledger.ts'
import { PlantLedger } from '../../../validator/planting/ledger.ts'
import { makeFolder } from '../../support/folder.ts'
import { writeFiles } from '../../support/task.ts'

const KEPT: Outcome = {
  kind: 'kept',
  task: 'till-1',
  difficulty: 'easy',
  statement: 'commit message',
  level: 'observed',
  failToPass: 1,
  passToPass: 0,
}

function keep(out: string): Ledger {
  const ledger = new Ledger(out, 'till', 's')
  writeFiles(ledger.workFolder('till-1'), { 'task.toml': 'x' })
  ledger.decide({ commit: 'a', outcome: KEPT, seconds: 1 })
  return ledger
}

function journal(out: string): string {
  return path.join(out, '.mine/till/journal.jsonl')
}

test('a kept task lies aside until it is published, and is published once', () => {
  const out = makeFolder({})
  const ledger = keep(out)
  const before = fs.readdirSync(out)

  ledger.publish('till-1')
  ledger.publish('till-1')

  expect(before).toEqual(['.mine'])
  expect(fs.readdirSync(out)).toEqual(['.mine', 'till-1'])
})

test('stopped while a task is made, it is begun again without what was there', () => {
  const out = makeFolder({})
  writeFiles(new Ledger(out, 'till', 's').workFolder('till-1'), { 'task.toml': 'half' })

  const again = new Ledger(out, 'till', 's')

  expect(again.find('a')).toBeUndefined()
  expect(fs.existsSync(again.workFolder('till-1'))).toBe(false)
})

test('stopped after a task was moved aside and before that was written down, it is made again', () => {
  const out = makeFolder({})
  keep(out)
  fs.rmSync(journal(out))

  expect(new Ledger(out, 'till', 's').find('a')).toBeUndefined()
  expect(keep(out).find('a')?.outcome).toEqual(KEPT)
})

test('stopped before a kept task was published, it is published by the next command', () => {
  const out = makeFolder({})
  keep(out)

  const again = new Ledger(out, 'till', 's')
  again.publish('till-1')

  expect(again.find('a')?.outcome).toEqual(KEPT)
  expect(fs.readFileSync(path.join(out, 'till-1/task.toml'), 'utf8')).toBe('x')
})

test('stopped in the middle of a line, the commit is open and the next line is whole', () => {
  const out = makeFolder({})
  keep(out)
  const text = fs.readFileSync(journal(out), 'utf8')
  fs.writeFileSync(journal(out), text + text.slice(0, 40))

  new Ledger(out, 'till', 's').decide({
    commit: 'b',
    outcome: { kind: 'dropped', reason: 'leak', detail: '' },
    seconds: 1,
  })
  const again = new Ledger(out, 'till', 's')

  expect(again.find('a')?.outcome).toEqual(KEPT)
  expect(again.find('b')?.outcome.kind).toBe('dropped')
})

test('a task that was taken away is open again, and so is everything under other settings', () => {
  const out = makeFolder({})
  keep(out).publish('till-1')
  fs.rmSync(path.join(out, 'till-1'), { recursive: true })

  expect(new Ledger(out, 'till', 's').find('a')).toBeUndefined()
  expect(new Ledger(out, 'till', 'other').find('a')).toBeUndefined()
})

test.each([
  ['mining', '.mine/till', (out: string) => new Ledger(out, 'till', 's')],
  ['planting', '.synth/till', (out: string) => new PlantLedger(out, 'till', 's')],
])('two commands at once are one too many for %s; what a dead one held is free', (_, folder, open) => {
  const out = makeFolder({})
  open(out)[Symbol.dispose]()
  const lock = path.join(out, folder, 'lock')
  const [host, boot] = processName().split(' ')

  fs.writeFileSync(
    lock,
    `${host} ${boot} ${process.ppid} ${fs.readFileSync(`/proc/${process.ppid}/stat`, 'latin1').split(') ').at(-1)!.split(' ')[19]}`,
  )
  expect(() => open(out)).toThrow(/another command is doing so/)

  fs.writeFileSync(lock, `${host} ${boot} 4194303 1`)
  expect(() => open(out)).not.toThrow()
})
