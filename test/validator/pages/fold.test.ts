import { expect, test } from 'vitest'
import { renderBoard } from '../../../validator/pages/board.ts'
import { BoardView } from '../../../validator/pages/board-view.ts'
import { cutAtFold, FOLD } from '../../../validator/pages/fold.ts'
import { fakeBoard } from '../../support/board.ts'
import { fakeSite } from '../../support/pages.ts'

test('no name and no wish moves the fold: it is where we put it, once', () => {
  const board = fakeBoard(3, 2)
  const rows = board.rows.map(row => ({ ...row, agent: `${FOLD.text}<table>`, hotkey: FOLD.text }))

  const page = renderBoard(fakeSite(), { ...board, rows }, BoardView.parse({ q: FOLD.text.slice(0, 8) }))

  const { top, rest } = cutAtFold(page)!
  expect(page.split(FOLD.text)).toHaveLength(2)
  expect(top + rest).toBe(page)
  expect(top).not.toContain('<table')
})

test('a page without a fold is one piece', () => {
  expect(cutAtFold('<!doctype html>')).toBeUndefined()
})
