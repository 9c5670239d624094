import { expect, test } from 'vitest'
import { seedOf } from '../../../task-bank/draw/seed.ts'
import { confirmationDraw, drawAll, makePool, prove, windowDraw } from '../../support/pool.ts'

/** What `test/fixtures/draw.py` prints: another program, in another language, written from the description of the draw. */
const GOLDEN = {
  strata: [
    ['30026ae797a33848219f9ced9751a86f27d85589c804d54e5cbbb66dd393d371', 4],
    ['35fc17827d6ec74fb968ce471d82f0484c7fee08ee1b2d314b1cf1992aea26ac', 2],
    ['da4e7c0d5f4b9d9040857846a4572bdb8428eb7980d7bdda102e0ac15c3506a3', 7],
  ],
  tree: 'f7a2763c14d92c376308b0aaf704b230c262763f7b7dec9a66c6116a27cebff6',
  root: '48b6a20ce1464a5684931136879b5a88127d0ba4a36a71f6f073f98b8f79c9ff',
  seed: 'f1cac270a3c8bb90be14870844554c9c4901b5806ab20cbf12d991e6563b3cba',
  drawn: [9, 1, 7, 5],
  path: [
    '2dd7941b7d72179312972132c6b6755b43e2151308f4573c553b326910d07bd5',
    'fe88d908785730f9ab5e83e3b960bb8a9a58be2199f215b82c9da52cbc9d0a80',
    '90155d8249a3423f46c976105f3a975458e5cec465e3dcf82abb4828f0ff1b2d',
    'a51d2316a1e19f4fdb355a5a54fe64afb755915fdb254598fa88ec5108bb4f85',
  ],
  confirmation: '028ba1901d9c2f32c79378ad8acb779680ac606a13a480b0157956c89d3cfbb9',
  confirmed: [12, 6, 2],
}

test('the commitment is what another program makes of its description', () => {
  const { commitment } = makePool()

  expect(commitment.strata.map(({ id, size }) => [id, size])).toEqual(GOLDEN.strata)
  expect(commitment.tree).toBe(GOLDEN.tree)
  expect(commitment.root).toBe(GOLDEN.root)
})

test('so are the seeds, and the tasks that are drawn', () => {
  const { commitment } = makePool()
  const draws = [windowDraw(), confirmationDraw()]

  expect(draws.map(draw => seedOf(commitment, draw).toString('hex'))).toEqual([
    GOLDEN.seed,
    GOLDEN.confirmation,
  ])
  expect(drawAll(commitment, draws)).toEqual([GOLDEN.drawn, GOLDEN.confirmed])
})

test('and the way from a task to the root', () => {
  expect(prove(makePool(), [windowDraw()]).tasks[0]!.path).toEqual(GOLDEN.path)
})
