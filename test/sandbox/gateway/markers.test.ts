import { expect, test } from 'vitest'
import { findTrips, KnownMarkers, markersOf } from '../../../sandbox/gateway/markers.ts'
import type { Task } from '../../../task-bank/task.ts'
import { makeFolder } from '../../support/folder.ts'

const OWN = '11111111-aaaa-4bbb-8ccc-000000000001'
const OTHER = '22222222-aaaa-4bbb-8ccc-000000000002'
const COMMON = '33333333-aaaa-4bbb-8ccc-000000000003'
const PLAIN = '44444444-aaaa-4bbb-8ccc-000000000004'

test('a canary of another task is found in what an agent sends; its own and common ones are not', () => {
  const markers = markersOf([
    task('own', { 'tests/test_a.py': `# canary GUID ${OWN}\n# canary GUID ${COMMON}\n` }),
    task('other', {
      'solution/solve.sh': `# CANARY GUID ${OTHER.toUpperCase()}\n# canary ${COMMON}\nid=${PLAIN}\n`,
    }),
  ])
  const text = JSON.stringify({ content: `I found ${OWN}, ${OTHER}, ${COMMON} and ${PLAIN}.` })

  expect(findTrips(markers, 'own', text)).toEqual([{ marker: OTHER, task: 'other' }])
  expect(findTrips(markers, 'other', text)).toEqual([{ marker: OWN, task: 'own' }])
  expect(findTrips(markers, 'own', 'nothing')).toEqual([])
})

test('what is learnt later is watched for as well, and what turns out to be common no longer', () => {
  const known = new KnownMarkers()
  const text = `${OTHER} ${COMMON}`
  known.learn(task('own', { a: `canary ${COMMON}` }))
  const { markers } = known
  expect(findTrips(markers, 'third', text)).toEqual([{ marker: COMMON, task: 'own' }])

  known.learn(task('other', { a: `canary ${OTHER}\ncanary ${COMMON}` }))
  known.learn(task('last', { a: `canary ${COMMON}` }))

  expect(findTrips(markers, 'third', text)).toEqual([{ marker: OTHER, task: 'other' }])
})

function task(name: string, files: Readonly<Record<string, string>>): Task {
  return { name, folder: makeFolder(files) } as Task
}
