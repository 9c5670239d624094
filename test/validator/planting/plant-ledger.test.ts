import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import type { Entry } from '../../../task-bank/synth/journal.ts'
import { PlantLedger } from '../../../validator/planting/ledger.ts'
import { makeFolder } from '../../support/folder.ts'
import { writeFiles } from '../../support/task.ts'

const FAULT: Omit<Entry, 'settings' | 'fault' | 'outcome'> = {
  ...{ kind: 'key', file: 'a.py', line: 3, scope: 'price', description: 'x', sight: 'seen', seconds: 1 },
}
const KEPT: Entry['outcome'] = {
  ...{ kind: 'kept', task: 'shop-1', difficulty: 'easy', level: 'observed', failToPass: 1, passToPass: 2 },
}
const DROPPED: Entry['outcome'] = { kind: 'dropped', reason: 'hangs', detail: '' }

function keep(out: string): PlantLedger {
  const ledger = new PlantLedger(out, 'shop', 's')
  writeFiles(ledger.workFolder('shop-1'), { 'task.toml': 'x' })
  ledger.decide({ ...FAULT, fault: 'a', outcome: KEPT })
  return ledger
}

function journal(out: string): string {
  return path.join(out, '.synth/shop/journal.jsonl')
}

test('a kept task lies where tasks are looked for, and is known by the next command', () => {
  const out = makeFolder({})
  keep(out)

  expect(fs.readFileSync(path.join(out, 'shop-1/task.toml'), 'utf8')).toBe('x')
  expect(new PlantLedger(out, 'shop', 's').find('a')).toEqual({
    ...FAULT,
    fault: 'a',
    settings: 's',
    outcome: KEPT,
  })
})

test('stopped while a task is made, it is begun again without what was there', () => {
  const out = makeFolder({})
  writeFiles(new PlantLedger(out, 'shop', 's').workFolder('shop-1'), { 'task.toml': 'half' })

  const again = new PlantLedger(out, 'shop', 's')

  expect(again.find('a')).toBeUndefined()
  expect(fs.existsSync(again.workFolder('shop-1'))).toBe(false)
})

test('stopped after a task was moved and before that was written down, it is made again', () => {
  const out = makeFolder({})
  keep(out)
  fs.rmSync(journal(out))

  expect(new PlantLedger(out, 'shop', 's').find('a')).toBeUndefined()
  expect(keep(out).find('a')?.outcome).toEqual(KEPT)
})

test('stopped in the middle of a line, that fault is open and the next line is whole', () => {
  const out = makeFolder({})
  keep(out)
  const text = fs.readFileSync(journal(out), 'utf8')
  fs.writeFileSync(journal(out), text + text.slice(0, 40))

  new PlantLedger(out, 'shop', 's').decide({ ...FAULT, fault: 'b', outcome: DROPPED })
  const again = new PlantLedger(out, 'shop', 's')

  expect(again.find('a')?.outcome).toEqual(KEPT)
  expect(again.find('b')?.outcome).toEqual(DROPPED)
})

test('a task that was taken away is open again, and so is everything under other settings', () => {
  const out = makeFolder({})
  keep(out).decide({ ...FAULT, fault: 'b', outcome: DROPPED })
  fs.rmSync(path.join(out, 'shop-1'), { recursive: true })

  expect(new PlantLedger(out, 'shop', 's').find('a')).toBeUndefined()
  expect(new PlantLedger(out, 'shop', 's').find('b')).toBeDefined()
  expect(new PlantLedger(out, 'shop', 'other').find('b')).toBeUndefined()
})
