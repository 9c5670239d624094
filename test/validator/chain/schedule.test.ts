import { describe, expect, test } from 'vitest'
import {
  chooseReveal,
  epochAt,
  firstBlockOf,
  nextEpochBlock,
  type Schedule,
} from '../../../validator/chain/schedule.ts'
import { QUICKNET } from '../../../validator/chain/timelock.ts'

const counted: Schedule = {
  ...{ kind: 'counted', block: 1000, tempo: 360, epoch: 7, lastEpoch: 900, pendingAt: 0, sinceLastStep: 100 },
}
const modular: Schedule = { kind: 'modular', block: 1000, tempo: 360, index: 3 }

describe('epochs that the chain counts', () => {
  test('come a tempo after the last one', () => {
    expect([
      epochAt(counted, 1000),
      epochAt(counted, 1259),
      epochAt(counted, 1260),
      epochAt(counted, 1620),
    ]).toEqual([7, 7, 8, 9])
    expect([firstBlockOf(counted, 8), firstBlockOf(counted, 10)]).toEqual([1260, 1980])
    expect(nextEpochBlock(counted)).toBe(1260)
  })

  test('come earlier when an owner asked for one, and then go on from there', () => {
    const asked = { ...counted, pendingAt: 1100 }

    expect([firstBlockOf(asked, 8), firstBlockOf(asked, 9)]).toEqual([1100, 1460])
  })

  test('that are overdue come in the next block', () => {
    expect(nextEpochBlock({ ...counted, lastEpoch: 100 })).toBe(1001)
    expect(epochAt({ ...counted, lastEpoch: 100 }, 1001)).toBe(8)
  })

  test('come at the latest after a week, whatever the tempo says', () => {
    expect(nextEpochBlock({ ...counted, tempo: 60_000, lastEpoch: 900, sinceLastStep: 100 })).toBe(51_301)
  })
})

describe('epochs that follow from the number of the block', () => {
  test('begin every tempo and one', () => {
    const first = firstBlockOf(modular, 3)

    expect(first).toBe(3 * 361 - 4)
    expect([epochAt(modular, first - 1), epochAt(modular, first)]).toEqual([2, 3])
    expect(nextEpochBlock(modular)).toBe(first - 1)
  })
})

describe('the round of a commit', () => {
  const now = QUICKNET.genesis + 3000
  const about = { now, secondsPerBlock: 12, beacon: QUICKNET }

  test('is three blocks into the epoch that reveals it, where the chain waits for rounds', () => {
    expect(chooseReveal(counted, 1, about)).toEqual({ block: 1260, round: Math.floor((3000 + 263 * 12) / 3) })
    expect(chooseReveal(counted, 3, about).block).toBe(1980)
  })

  test('is of a commit in the next block, which may be the first of an epoch', () => {
    expect(chooseReveal({ ...counted, block: 1259, sinceLastStep: 359 }, 1, about).block).toBe(1620)
  })

  test('is before the reveal, where the chain drops what has no round yet', () => {
    const { block, round } = chooseReveal(modular, 1, about)

    expect(block).toBe(firstBlockOf(modular, 3) - 1)
    expect(round * 3).toBeLessThanOrEqual(3000 + (block - 1000) * 12)
  })
})
