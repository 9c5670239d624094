import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  findStranded,
  fits,
  normaliseNeeds,
  type Offer,
  parseQueue,
  queueOf,
  WORK_KINDS,
} from '../../../validator/queue/needs.ts'

const label = fc.stringMatching(/^[a-z0-9-]{1,8}$/).filter(text => text !== 'any')
const needs = fc.record(
  {
    cpus: fc.integer({ min: 1, max: 64 }),
    memoryMegabytes: fc.integer({ min: 1, max: 500_000 }),
    labels: fc.array(label, { maxLength: 3 }),
    engine: label,
  },
  { requiredKeys: ['cpus', 'memoryMegabytes', 'labels'] },
)
const kind = fc.constantFrom(...WORK_KINDS)
const OFFER: Offer = {
  cpus: 4,
  memoryMegabytes: 8192,
  labels: ['gpu'],
  engine: 'runc',
  phases: ['agent', 'verify'],
}
const SMALL = { cpus: 1, memoryMegabytes: 512, labels: [] }

test('the name of a queue says what its jobs need', () => {
  fc.assert(
    fc.property(kind, needs, (one, wanted) => {
      const name = queueOf(one, wanted)
      expect(name).toMatch(/^[\w.\-/]+$/)
      expect(parseQueue(name)).toEqual({ kind: one, needs: normaliseNeeds(wanted) })
    }),
  )
})

test.each([
  'advance',
  'notarise',
  'dead',
  'agent.0.256.any.any',
  'agent.1.300.any.any',
  'other.1.256.any.any',
])('"%s" is no queue of workers', name => {
  expect(parseQueue(name)).toBeUndefined()
})

test.each([
  ['agent', {}, {}, true],
  ['agent', {}, { phases: ['verify'] }, false],
  ['verify', {}, { phases: ['verify'] }, true],
  ['whole', {}, { phases: ['verify'] }, false],
  ['whole', {}, {}, true],
  ['agent', { cpus: 5 }, {}, false],
  ['agent', { memoryMegabytes: 9000 }, {}, false],
  ['agent', { labels: ['gpu'] }, {}, true],
  ['agent', { labels: ['fpga'] }, {}, false],
  ['agent', { engine: 'runsc' }, {}, false],
  ['agent', { engine: 'runc' }, {}, true],
] as const)('a job of the kind %s with %j and a worker with %j: %s', (one, wanted, change, expected) => {
  const offer: Offer = { ...OFFER, ...change }

  expect(
    fits(offer, one, { ...SMALL, ...wanted, labels: [...('labels' in wanted ? wanted.labels : [])] }),
  ).toBe(expected)
})

test('what nobody can do is found', () => {
  const large = { queue: queueOf('agent', { ...SMALL, cpus: 64 }) }
  const small = { queue: queueOf('agent', SMALL) }

  expect(findStranded([large, small, { queue: 'advance' }], [OFFER])).toEqual([large])
  expect(findStranded([small], [])).toEqual([small])
})
