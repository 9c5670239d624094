import fc from 'fast-check'
import { expect, test } from 'vitest'
import { findOpenness } from '../../../validator/intake/openness.ts'

const time = new Date('2026-06-01T12:00:00Z')
const at = (block: number) => ({ block, time, secondsPerBlock: 12 })

test('code is closed until the window is over, and open from then on', () => {
  const submission = { window: 36, opens: null }

  expect(findOpenness(submission, 100, at(3600))).toEqual({
    kind: 'closed',
    untilBlock: 3700,
    until: new Date('2026-06-01T12:20:00Z'),
  })
  expect(findOpenness(submission, 100, at(3699))).toMatchObject({ kind: 'closed' })
  expect(findOpenness(submission, 100, at(3700))).toEqual({ kind: 'open' })
})

test('an operator can keep it closed for longer, never open it earlier', () => {
  const [later, earlier] = [new Date('2026-06-02T00:00:00Z'), new Date('2026-05-01T00:00:00Z')]

  expect(findOpenness({ window: 36, opens: later }, 100, at(3600))).toMatchObject({ until: later })
  expect(findOpenness({ window: 36, opens: later }, 100, at(3700))).toMatchObject({
    kind: 'closed',
    until: later,
  })
  expect(findOpenness({ window: 36, opens: earlier }, 100, at(3699))).toMatchObject({ kind: 'closed' })
  expect(findOpenness({ window: 36, opens: earlier }, 100, at(3700))).toEqual({ kind: 'open' })
})

test('what is open stays open', () => {
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.integer({ min: 1, max: 100 }),
      fc.nat(5000),
      fc.nat(100),
      (window, blocks, block, more) => {
        const submission = { window, opens: null }
        if (findOpenness(submission, blocks, at(block)).kind === 'open')
          expect(findOpenness(submission, blocks, at(block + more)).kind).toBe('open')
        else expect(block).toBeLessThan((window + 1) * blocks)
      },
    ),
  )
})
