import path from 'node:path'
import { expect, test } from 'vitest'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import { buildHarborTask, writeHarborTask } from '../../../task-bank/swebench/harbor.ts'
import { networkNeedOf } from '../../../task-bank/swebench/network.ts'
import { parseRow, type Row } from '../../../task-bank/swebench/row.ts'
import { makeFolder } from '../../support/folder.ts'
import { classicRow } from '../../support/rows.ts'

test.each([
  ['psf/requests', '0.14', ['test_requests.py::TestRequests::test_a'], [], true],
  [
    'psf/requests',
    '2.26',
    ['tests/test_utils.py::test_a'],
    ['tests/test_requests.py::TestRequests::test_b'],
    true,
  ],
  ['psf/requests', '2.27', ['tests/test_utils.py::test_a'], ['tests/test_utils.py::test_b'], false],
  ['other/requests', '2.27', ['test_requests.py::test_a'], [], false],
  ['sphinx-doc/sphinx', '3.2', ['tests/test_build_linkcheck.py::test_defaults'], [], true],
  ['sphinx-doc/sphinx', undefined, ['tests/test_build_linkcheck.py::test_defaults'], [], true],
  ['sphinx-doc/sphinx', '7.1', ['tests/test_build_linkcheck.py::test_defaults'], [], false],
  ['sphinx-doc/sphinx', '3.4', ['tests/test_build_linkcheck.py::test_raises_for_invalid_status'], [], false],
])('a row of %s %s that expects %j and %j', (repo, version, failToPass, passToPass, needs) => {
  const row = rowOf({ repo, version, FAIL_TO_PASS: failToPass, PASS_TO_PASS: passToPass })

  expect(networkNeedOf(row) !== undefined).toBe(needs)
})

test('a task says so that carries such a row', () => {
  const row = rowOf({ repo: 'psf/requests', FAIL_TO_PASS: ['test_requests.py::RequestsTestCase::test_a'] })
  const folder = path.join(makeFolder({}), 'task')
  writeHarborTask(folder, buildHarborTask(row))

  expect(loadHarborTask(folder, {}).notes).toEqual([
    expect.stringContaining(
      'its tests need a network and have none, so that even the reference fails: test_requests.py asks',
    ),
  ])
})

function rowOf(more: Readonly<Record<string, unknown>>): Row {
  const parsed = parseRow(classicRow({ ...more }))
  if (!('row' in parsed)) throw new Error(JSON.stringify(parsed))
  return parsed.row
}
