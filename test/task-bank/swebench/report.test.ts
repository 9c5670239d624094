import path from 'node:path'
import { expect, test } from 'vitest'
import { grade } from '../../../task-bank/swebench/grade.ts'
import { readPredictions } from '../../../task-bank/swebench/predictions.ts'
import {
  buildInstanceReport,
  buildRunReport,
  fileName,
  type Result,
} from '../../../task-bank/swebench/report.ts'
import { parseRows } from '../../../task-bank/swebench/row.ts'
import { makeFolder } from '../../support/folder.ts'
import { classicRow } from '../../support/rows.ts'

const MODEL = { model_name_or_path: 'org/model' }

test.each([
  [
    'a list',
    JSON.stringify([
      { ...MODEL, instance_id: 'a', model_patch: 'x' },
      { ...MODEL, instance_id: 'b', model_patch: null },
    ]),
  ],
  [
    'an object by id',
    JSON.stringify({ a: { ...MODEL, model_patch: 'x' }, b: { ...MODEL, model_patch: null } }),
  ],
  [
    'lines',
    `${JSON.stringify({ ...MODEL, instance_id: 'a', model_patch: 'x' })}\n${JSON.stringify({ ...MODEL, instance_id: 'b' })}\n`,
  ],
])('predictions come as %s', async (_, text) => {
  const predictions = await readPredictions(path.join(makeFolder({ 'preds.json': text }), 'preds.json'), [])

  expect(predictions).toEqual([
    { ...MODEL, instance_id: 'a', model_patch: 'x' },
    { ...MODEL, instance_id: 'b', model_patch: null },
  ])
})

test('the word gold stands for the references', async () => {
  const rows = parseRows('rows', [{ place: '1', value: classicRow() }])

  expect(await readPredictions('gold', rows)).toEqual([
    { instance_id: 'arete__sums-1', model_name_or_path: 'gold', model_patch: rows[0]?.patch },
  ])
})

test.each([
  [
    'an id twice',
    '{"instance_id":"a","model_name_or_path":"m"}\n{"instance_id":"a","model_name_or_path":"m"}',
    '"a" stands twice',
  ],
  [
    'two models',
    '{"instance_id":"a","model_name_or_path":"m"}\n{"instance_id":"b","model_name_or_path":"n"}',
    'one file is one model',
  ],
  ['a missing name', '{"instance_id":"a"}', 'object: model_name_or_path:'],
  ['nothing', '[]', 'there is no prediction in it'],
])('%s is refused', async (_, text, message) => {
  await expect(
    readPredictions(path.join(makeFolder({ 'preds.jsonl': text }), 'preds.jsonl'), []),
  ).rejects.toThrow(message)
})

test('the report of a run counts every instance once', () => {
  const graded = (resolved: boolean): Result => ({
    kind: 'graded',
    applied: true,
    resolved,
    grade: undefined,
  })
  const results = new Map<string, Result>([
    ['good', graded(true)],
    ['bad', graded(false)],
    ['broken', { kind: 'error', reason: 'image-missing', fault: 'task' }],
  ])
  const predictions = ['good', 'bad', 'broken', 'empty', 'null', 'elsewhere'].map(id => ({
    ...MODEL,
    instance_id: id,
    model_patch: id === 'empty' ? ' \n' : id === 'null' ? null : 'x',
  }))

  const report = buildRunReport({
    rows: ['null', 'good', 'unasked', 'bad', 'broken', 'empty'],
    predictions,
    results,
  })

  expect(report).toEqual({
    total_instances: 6,
    submitted_instances: 6,
    completed_instances: 2,
    resolved_instances: 1,
    unresolved_instances: 1,
    infra_failure_instances: 1,
    ambiguous_failure_instances: 0,
    empty_patch_instances: 2,
    error_instances: 1,
    completed_ids: ['bad', 'good'],
    incomplete_ids: ['unasked'],
    empty_patch_ids: ['empty', 'null'],
    submitted_ids: ['bad', 'broken', 'elsewhere', 'empty', 'good', 'null'],
    resolved_ids: ['good'],
    unresolved_ids: ['bad'],
    infra_failure_ids: ['broken'],
    ambiguous_failure_ids: [],
    failure_reasons: { broken: 'image-missing' },
    error_ids: ['broken'],
    unstopped_instances: 0,
    unstopped_containers: [],
    unremoved_images: [],
    schema_version: 2,
  })
})

test('the report of an instance has each test', () => {
  const row = { FAIL_TO_PASS: ['f'], PASS_TO_PASS: ['p'] }
  const result: Result = {
    kind: 'graded',
    applied: true,
    resolved: false,
    grade: grade(row, new Map([['p', 'PASSED' as const]])),
  }

  const report = buildInstanceReport({ ...MODEL, instance_id: 'a', model_patch: 'x' }, result)

  const none = { success: [], failure: [] }
  expect(report).toEqual({
    a: {
      patch_is_None: false,
      patch_exists: true,
      patch_successfully_applied: true,
      resolved: false,
      infra_failure: false,
      tests_status: {
        FAIL_TO_PASS: { success: [], failure: ['f'] },
        PASS_TO_PASS: { success: ['p'], failure: [] },
        FAIL_TO_FAIL: none,
        PASS_TO_FAIL: none,
      },
    },
  })
})

test('a name of a model cannot lead out of a folder', () => {
  expect(fileName('org/model-1.5')).toBe('org__model-1.5')
  expect(fileName('../../etc/x')).toBe('___..__etc__x')
  expect(fileName('..')).toBe('_')
})
