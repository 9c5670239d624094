import fc from 'fast-check'
import { parseCanonical } from '../../sandbox/canonical.ts'
import { Site, satisfies } from '../../sandbox/observation.ts'
import { anyJson } from './mutate.ts'
import { must, target } from './target.ts'
import { EQUALITIES, raw } from './values.ts'

interface SiteCase {
  readonly site: unknown
  readonly observed: unknown
}

const PATTERNS = ['a', '^x+$', '\\d', '(', '[', '', '\\u{1F600}', '(?<n>a)\\k<n>']
const expected = fc.oneof(
  { weight: 6, arbitrary: raw },
  { weight: 1, arbitrary: fc.constant(null) },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.tuple(fc.constant('names'), fc.array(fc.constantFrom('Error', 'ValueError'), { maxLength: 2 })),
      fc.constant(['text']),
      fc.tuple(
        fc.constant('thrown'),
        fc.array(fc.tuple(fc.constantFrom('name', 'message', 'a'), raw), { maxLength: 2 }),
      ),
      fc.tuple(fc.constant('almost'), raw, fc.oneof(raw, fc.constantFrom(0.5, 1e300, -1))),
    ),
  },
)
const site = fc.record({
  op: fc.constantFrom(
    'eq',
    'lt',
    'le',
    'is',
    'in',
    'has',
    'true',
    'raises',
    'almost',
    'match',
    'ne',
    'isnot',
    'notin',
    'hasnot',
    'false',
    'nomatch',
    'gt',
    'ge',
  ),
  expected,
  message: fc.option(fc.constantFrom(...PATTERNS)),
  flags: fc.constantFrom('', 'i', 'gu', 'v', 'zz', 'uv', 'ii'),
  places: fc.option(fc.constantFrom(0, 2, 7, -3, 400)),
  line: fc.constant(1),
  language: fc.constantFrom('python', 'javascript'),
  equality: fc.constantFrom(...EQUALITIES),
})
const OPPOSITES = [
  ['eq', 'ne'],
  ['is', 'isnot'],
  ['in', 'notin'],
  ['has', 'hasnot'],
  ['true', 'false'],
  ['match', 'nomatch'],
  ['lt', 'ge'],
  ['gt', 'le'],
  ['lt', 'gt'],
] as const

/** An expectation and its opposite never both hold, and what could not be seen holds for nothing that says what it is. */
export const sites = target<SiteCase>({
  name: 'sites',
  short: 1000,
  cases: fc.oneof(
    { weight: 4, arbitrary: fc.record({ site, observed: raw }) },
    {
      weight: 2,
      arbitrary: raw.chain(observed => site.map(one => ({ site: { ...one, expected: observed }, observed }))),
    },
    { weight: 1, arbitrary: fc.record({ site: fc.oneof(site, anyJson), observed: anyJson }) },
  ),
  check({ site: written, observed: seen }) {
    const parsed = Site.safeParse(written)
    const observed = parseCanonical(seen)
    if (!parsed.success || observed === undefined) return
    const holds = (op: Site['op']): boolean => satisfies({ ...parsed.data, op }, observed)
    holds(parsed.data.op)
    for (const [op, opposite] of OPPOSITES) {
      // There is no loose identity: no lifter writes such a site.
      if (op === 'is' && parsed.data.equality === 'loose') continue
      must(!(holds(op) && holds(opposite)), `Both ${op} and ${opposite} hold`)
    }
    if (observed[0] !== 'opaque' && observed[0] !== 'cut') return
    // Something is there: it is true, and none of the few values that are always seen as what they are.
    const justified: readonly Site['op'][] = ['true', 'isnot']
    for (const [op, opposite] of OPPOSITES)
      for (const one of [op, opposite])
        must(justified.includes(one) || !holds(one), `What was not seen satisfies ${one}`, observed)
    must(!holds('raises') && !holds('almost'), 'What was not seen satisfies raises or almost')
  },
})
