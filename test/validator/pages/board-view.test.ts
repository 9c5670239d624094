import { expect, test } from 'vitest'
import { renderBoard } from '../../../validator/pages/board.ts'
import { renderCsv } from '../../../validator/pages/board-csv.ts'
import { addressOf, BoardView, chooseRows } from '../../../validator/pages/board-view.ts'
import { fakeBoard } from '../../support/board.ts'
import { fakeSite } from '../../support/pages.ts'

const board = fakeBoard(40, 12)
const choose = (query: Record<string, string>) => chooseRows(board, BoardView.parse(query))

test('an address without a wish shows everybody by rank', () => {
  const { rows, environments } = choose({})

  expect(rows.map(({ rank }) => rank)).toEqual(board.rows.map(({ rank }) => rank))
  expect(environments).toEqual(board.environments)
})

test.each([
  { sort: 'score', values: (row: (typeof board.rows)[0]) => -row.total.score },
  { sort: 'seconds', values: (row: (typeof board.rows)[0]) => row.spent.seconds! },
  { sort: 'dollars', values: (row: (typeof board.rows)[0]) => row.spent.dollars! },
  { sort: 'tokens', values: (row: (typeof board.rows)[0]) => row.spent.tokens! },
  { sort: 'block', values: (row: (typeof board.rows)[0]) => row.block },
  { sort: 'hardening', values: (row: (typeof board.rows)[0]) => -row.cells.hardening!.score },
])('sorted by $sort the best is first', ({ sort, values }) => {
  const found = choose({ sort }).rows.map(values)

  expect(found).toEqual([...found].sort((one, other) => one - other))
  expect(found).toHaveLength(40)
})

test('who was not measured comes last', () => {
  const [first, ...rest] = board.rows
  const lacking = { ...board, rows: [{ ...first!, cells: {} }, ...rest] }

  expect(chooseRows(lacking, BoardView.parse({ sort: 'hardening' })).rows.at(-1)).toMatchObject({ cells: {} })
})

test('a name, a hotkey or a role can be looked for, and environments of one subnet', () => {
  const [wanted] = board.rows.filter(({ role }) => role === 'miner').slice(3)

  expect(choose({ q: wanted!.hotkey.slice(3, 20).toLowerCase() }).rows).toContainEqual(wanted)
  expect(choose({ q: wanted!.agent }).rows).toContainEqual(wanted)
  expect(choose({ role: 'reference' }).rows.map(({ role }) => role)).toEqual(['reference'])
  expect(choose({ subnet: '62' }).environments.map(({ netuid }) => netuid)).toEqual([62, 62])
})

test.each([{ role: 'king' }, { sort: 'x'.repeat(500) }, { q: 'y'.repeat(500) }, { subnet: 'z'.repeat(50) }])(
  'a wish that makes no sense is left out: %o',
  query => {
    expect(choose(query).rows).toHaveLength(40)
  },
)

test('what is wished by name of an environment is no name of the language', () => {
  expect(choose({ sort: 'constructor' }).rows).toHaveLength(40)
  expect(choose({ sort: '__proto__' }).rows).toHaveLength(40)
})

test('links keep the other wishes, and headings say what is sorted', () => {
  const view = BoardView.parse({ q: 'a', sort: 'hardening' })
  const page = renderBoard(fakeSite(), board, view)

  expect(addressOf(view, { sort: 'rank' })).toBe('/board?q=a')
  expect(page).toContain('href="/board?sort=features&amp;q=a"')
  expect(page).toMatch(/aria-sort="descending"><a data-sort href="[^"]*">hardening/)
})

test('CSV has a line for each agent, and is taken for no formula', () => {
  const hostile = {
    ...board,
    rows: [{ ...board.rows[0]!, agent: '=HYPERLINK("x"),\r\n' }, ...board.rows.slice(1)],
  }
  const lines = renderCsv(hostile).split('\r\n')

  expect(renderCsv(board).trim().split('\r\n')).toHaveLength(41)
  expect(renderCsv(board).split('\r\n')[0]).toContain(
    'python-fixes,python-fixes low,python-fixes high,python-fixes tasks',
  )
  expect(`${lines[1]}\r\n${lines[2]}`).toContain(`,"'=HYPERLINK(""x""),\r\n",`)
})
