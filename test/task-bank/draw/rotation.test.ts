import { expect, test } from 'vitest'
import { FRESH, step, type TaskEvent, type TaskState } from '../../../task-bank/draw/rotation.ts'

const drawn = (window: number, by: 'window' | 'confirmation'): TaskEvent => ({ kind: 'drawn', window, by })
const published = (window: number): TaskEvent => ({ kind: 'published', window })
const live = (by: 'window' | 'confirmation'): TaskState => ({ kind: 'live', window: 7, by })
const RETIRED: TaskState = { kind: 'retired', window: 7 }

test.each<[string, TaskState, TaskEvent, TaskState | undefined]>([
  ['a fresh task is drawn for a window', FRESH, drawn(7, 'window'), live('window')],
  ['a fresh task is drawn for a confirmation', FRESH, drawn(7, 'confirmation'), live('confirmation')],
  ['a fresh task is not published', FRESH, published(7), undefined],
  [
    'confirmations of a window share a task',
    live('confirmation'),
    drawn(7, 'confirmation'),
    live('confirmation'),
  ],
  [
    "a confirmation does not take what its window's draw took",
    live('window'),
    drawn(7, 'confirmation'),
    undefined,
  ],
  [
    "a window's draw does not take what a confirmation took",
    live('confirmation'),
    drawn(7, 'window'),
    undefined,
  ],
  ['a live task is not drawn for another window', live('window'), drawn(8, 'window'), undefined],
  ["nor for another window's confirmation", live('confirmation'), drawn(8, 'confirmation'), undefined],
  ['a live task is published with its window', live('window'), published(7), RETIRED],
  ['a task that was confirmed with, too', live('confirmation'), published(7), RETIRED],
  ['a live task is not published with another window', live('window'), published(8), undefined],
  ['a retired task is not drawn', RETIRED, drawn(8, 'window'), undefined],
  ['a retired task is not confirmed with', RETIRED, drawn(7, 'confirmation'), undefined],
  ['a retired task is not published again', RETIRED, published(7), undefined],
])('%s', (_, state, event, after) => {
  expect(step(state, event)).toEqual(after)
})
