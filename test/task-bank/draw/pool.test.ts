import { describe, expect, test } from 'vitest'
import { type Pool, parsePool, renderPool } from '../../../task-bank/draw/pool.ts'
import { parseSecrets, parseTask, renderSecrets } from '../../../task-bank/draw/secrets.ts'
import { supplyOf } from '../../../task-bank/draw/supply.ts'
import { confirmationDraw, drawAll, makePool, windowDraw } from '../../support/pool.ts'

test('a pool is read as it was written, and its ledger is what its draws came to', () => {
  const pool = recorded()

  const parsed = parsePool(renderPool(pool))

  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('\n'))
  expect(parsed.pool).toEqual(pool)
  const taken = pool.draws.flatMap(({ numbers }) => numbers)
  expect(parsed.ledger.states.flatMap((state, number) => (state.kind === 'retired' ? [number] : []))).toEqual(
    taken.toSorted((one, other) => one - other),
  )
})

test('the public half tells nothing of the tasks', () => {
  const { commitment, secrets } = makePool()
  const text = renderPool({ ...recorded(), commitment })

  const hidden = [
    ...secrets.tasks.flatMap(line => Object.values<string>(JSON.parse(line))),
    ...secrets.strata.flatMap(({ repository, salt }) => [repository, salt]),
  ]
  expect(hidden.length).toBe(13 * 4 + 3 * 2)
  expect(hidden.filter(secret => text.includes(secret))).toEqual([])
})

test('the secret half is read as it was written', () => {
  const { secrets } = makePool()

  expect(parseSecrets(renderSecrets(secrets))).toEqual({ secrets })
})

test('a mistake in the secret half is named with its line', () => {
  const { secrets } = makePool()
  const lines = renderSecrets(secrets).split('\n')

  expect(parseSecrets(lines.toSpliced(3, 1).join('\n'))).toEqual({
    mistakes: ['line 1: leaves: expected 12, one for each line below'],
  })
  expect(parseSecrets(lines.with(0, lines[0]!.replace('"root"', '"rood"')).join('\n'))).toHaveProperty(
    'mistakes.0',
    expect.stringMatching(/^line 1: root: /),
  )
  expect(parseTask({ ...secrets, tasks: secrets.tasks.with(2, '{}') }, 2)).toHaveProperty(
    'mistakes.0',
    expect.stringMatching(/^line 4: name: /),
  )
  expect(parseTask(secrets, 13)).toHaveProperty('mistakes.0', expect.stringMatching(/^line 15: file: /))
})

describe('a mistake is named with its key', () => {
  const change = (
    edit: (pool: { -readonly [Key in keyof Pool]: Pool[Key] }) => unknown,
  ): readonly string[] => {
    const pool = structuredClone(recorded())
    edit(pool)
    const parsed = parsePool(renderPool(pool))
    return 'mistakes' in parsed ? parsed.mistakes : []
  }

  test('of a commitment that contradicts itself', () => {
    expect(change(pool => (pool.commitment.terms.draw = 5))).toEqual([
      'commitment.root: is not that of terms, tree and strata',
    ])
    expect(change(pool => pool.commitment.strata.reverse())).toEqual([
      'commitment.root: is not that of terms, tree and strata',
      'commitment.strata: expected ids in ascending order, each once',
    ])
    expect(change(pool => (pool.commitment.terms.minimum = 6))).toContain(
      'commitment.terms.minimum: expected draw + confirmation or more, that is 7',
    )
    expect(change(pool => (pool.commitment.terms.minimum = 14))).toContain(
      "commitment.terms.minimum: 14 is more than the pool's 13 tasks",
    )
    expect(change(pool => (pool.commitment.terms.delta = 19))).toEqual([
      'commitment.terms.delta: expected 20 blocks or more',
    ])
  })

  test('of draws that cannot have been', () => {
    expect(change(pool => (pool.draws[0]!.numbers[0] = 13))).toEqual([
      'draws.0.numbers: a task that is none, or was drawn before',
    ])
    expect(change(pool => (pool.draws[1]!.numbers[0] = pool.draws[0]!.numbers[0]!))).toEqual([
      'draws.1.numbers: a task that is none, or was drawn before',
    ])
    expect(change(pool => pool.published.push(12))).toEqual(['published.1: window 12 was not drawn'])
  })

  test('of a file of another form', () => {
    expect(parsePool('{"format":"arete/pool/v2"}')).toHaveProperty(
      'mistakes.0',
      expect.stringMatching(/^format: /),
    )
    expect(parsePool('[]')).toHaveProperty('mistakes.0', expect.stringMatching(/^file: /))
  })
})

describe('how long a pool lasts', () => {
  const supply = (count: number, draws = [windowDraw()].slice(0, 0)) => {
    const { commitment } = makePool({ a: count })
    const numbers = drawAll(commitment, draws)
    const pool: Pool = {
      format: 'arete/pool/v1',
      commitment,
      draws: draws.map((draw, index) => ({ draw, numbers: [...numbers[index]!] })),
      published: [],
    }
    const parsed = parsePool(renderPool(pool))
    if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('\n'))
    return supplyOf(parsed.pool, parsed.ledger)
  }

  test.each([
    [8, 1],
    [11, 1],
    [12, 2],
    [20, 4],
    [100, 24],
  ])('%i tasks with 4 in a draw and a minimum of 8: %i windows', (count, windows) => {
    expect(supply(count).windowsLeft).toBe(windows)
  })

  test('as many windows as it says can be drawn, and then no more', () => {
    const { commitment } = makePool({ a: 30 })
    const windows = supply(30).windowsLeft
    const all = Array.from({ length: windows }, (_, index) => windowDraw(11 + index))

    expect(() => drawAll(commitment, all)).not.toThrow()
    expect(() => drawAll(commitment, [...all, windowDraw(11 + windows)])).toThrow(
      "less than the pool's minimum of 8",
    )
  })

  test('confirmations count, and it says so three windows ahead', () => {
    const before = supply(27)
    const after = supply(27, [windowDraw(), confirmationDraw()])

    expect(before).toMatchObject({ fresh: 27, live: 0, perWindow: 4, windowsLeft: 5, warning: undefined })
    expect(after).toMatchObject({ fresh: 20, live: 7, perWindow: 7, windowsLeft: 2 })
    expect(after.warning).toBe(
      'The pool of some-env runs low: it lasts for 2 more windows (20 fresh tasks, a window takes 7, minimum 8). Commit a new pool with new tasks',
    )
  })

  test('three windows are few, four are not', () => {
    expect(supply(16)).toMatchObject({ windowsLeft: 3, warning: expect.stringContaining('3 more windows') })
    expect(supply(20)).toMatchObject({ windowsLeft: 4, warning: undefined })
  })

  test('nothing is left below the minimum', () => {
    expect(supply(11, [windowDraw()])).toMatchObject({
      fresh: 7,
      windowsLeft: 0,
      warning: expect.stringContaining('no window can be drawn from it any more'),
    })
  })
})

function recorded(): Pool {
  const { commitment } = makePool()
  const draws = [windowDraw(), confirmationDraw()]
  const numbers = drawAll(commitment, draws)
  return {
    format: 'arete/pool/v1',
    commitment,
    draws: draws.map((draw, index) => ({ draw, numbers: [...numbers[index]!] })),
    published: [11],
  }
}
