import fc from 'fast-check'
import { expect, test } from 'vitest'
import { dueOf, GRACE, type Place, priorityOf } from '../../../validator/queue/due.ts'
import { STAGES, type Stage } from '../../../validator/queue/submission.ts'
import { type Member, turnOf } from '../../../validator/queue/turn.ts'

const place = fc.record({
  block: fc.integer({ min: 0, max: 30_000_000 }),
  index: fc.integer({ min: 0, max: 5000 }),
})
const stage = fc.constantFrom<Stage>(...STAGES)
const MOST_GRACE = Math.max(...Object.values(GRACE))

test('priorities are whole numbers that a database takes, higher for what is due earlier', () => {
  fc.assert(
    fc.property(stage, place, stage, place, (one, here, other, there) => {
      const [first, second] = [priorityOf(one, here), priorityOf(other, there)]
      expect(Number.isInteger(first) && Math.abs(first) < 2 ** 31).toBe(true)
      expect(Math.sign(first - second)).toBe(Math.sign(dueOf(other, there) - dueOf(one, here)))
    }),
  )
})

test('within a stage who was first in line is first', () => {
  fc.assert(
    fc.property(stage, place, place, (one, here, there) => {
      if (here.block < there.block) expect(priorityOf(one, here)).toBeGreaterThan(priorityOf(one, there))
    }),
  )
})

/** Jobs come and one server takes the most urgent, as the queue does; gives the order in which they were served. */
function serve(jobs: readonly { stage: Stage; place: Place; id: number }[]): number[] {
  const coming = jobs.toSorted((one, other) => one.place.block - other.place.block)
  const waiting: typeof coming = []
  const served: number[] = []
  let block = 0
  while (coming.length + waiting.length > 0) {
    while (coming.length > 0 && coming[0]!.place.block <= block) waiting.push(coming.shift()!)
    waiting.sort((one, other) => priorityOf(other.stage, other.place) - priorityOf(one.stage, one.place))
    const next = waiting.shift()
    if (next !== undefined) served.push(next.id)
    block += 1
  }
  return served
}

test('nothing starves: whoever is passed came at most the largest grace before those who pass', () => {
  const job = fc.record({
    stage,
    place: fc.record({ block: fc.integer({ min: 0, max: 2000 }), index: fc.nat(40) }),
  })
  fc.assert(
    fc.property(fc.array(job, { maxLength: 60 }), drafts => {
      const jobs = drafts.map((draft, id) => ({ ...draft, id }))
      const order = serve(jobs)
      expect(order).toHaveLength(jobs.length)
      for (const [rank, id] of order.entries()) {
        const passed = order.slice(rank + 1).map(other => jobs[other]!)
        for (const other of passed)
          expect(jobs[id]!.place.block - other.place.block).toBeLessThanOrEqual(MOST_GRACE)
      }
    }),
    { numRuns: 50 },
  )
})

test('in a cluster one at a time has its turn, and everybody has one', () => {
  const members = fc.uniqueArray(
    fc.record({ id: fc.uuid(), block: fc.nat(50), index: fc.nat(3), hotkey: fc.uuid() }),
    { selector: one => one.id, minLength: 1, maxLength: 12 },
  )
  fc.assert(
    fc.property(members, drafts => {
      let cluster: Member[] = drafts.map(draft => ({ ...draft, state: 'queued' }))
      const order: Member[] = []
      for (let turn = turnOf(cluster); turn !== undefined; turn = turnOf(cluster)) {
        const chosen = turn
        cluster = cluster.map(one => (one.id === chosen ? { ...one, state: 'working' } : one))
        expect(turnOf(cluster)).toBeUndefined()
        order.push(cluster.find(({ id }) => id === chosen)!)
        cluster = cluster.map(one => (one.id === chosen ? { ...one, state: 'failed' } : one))
      }
      expect(order).toHaveLength(drafts.length)
      const blocks = order.map(({ block }) => block)
      expect(blocks).toEqual(blocks.toSorted((one, other) => one - other))
    }),
  )
})
