import { expect, test } from 'vitest'
import { renderBoard } from '../../../../validator/cli/run/board.ts'
import { buildBoard } from '../../../../validator/scoring/board.ts'

const attempt = (agent: string, environment: string, solved: boolean) => ({
  agent,
  environment,
  verdict: solved ? ('solved' as const) : ('unsolved' as const),
})
const BOARD = buildBoard([
  attempt('oracle', 'features', true),
  attempt('oracle', 'typescript-fixes', true),
  attempt('nop', 'features', false),
  attempt('nop', 'typescript-fixes', false),
])
const plain = (width: number): string =>
  renderBoard(BOARD, width).replace(new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, 'g'), '')

test('a board has a line per agent where there is room', () => {
  expect(plain(80)).toBe(
    [
      'agent   features      typescript-fixes  score',
      'oracle  ████████ 1/1  ████████ 1/1      1.00',
      'nop     ░░░░░░░░ 0/1  ░░░░░░░░ 0/1      0.00',
    ].join('\n'),
  )
})

test('where that is too wide it has a line per environment', () => {
  expect(plain(44)).toBe(
    [
      'agent             oracle        nop',
      'features          ████████ 1/1  ░░░░░░░░ 0/1',
      'typescript-fixes  ████████ 1/1  ░░░░░░░░ 0/1',
      'score             1.00          0.00',
    ].join('\n'),
  )
})

test('and where that is too wide a block per agent', () => {
  expect(plain(43).split('\n')[0]).toBe('oracle  1.00')
  for (const line of plain(30).split('\n')) expect(line.length).toBeLessThanOrEqual(30)
})
