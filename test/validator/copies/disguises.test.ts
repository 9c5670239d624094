import { beforeAll, expect, test } from 'vitest'
import type { Fingerprint } from '../../../validator/copies/fingerprint.ts'
import { MEASURED } from '../../../validator/copies/measured.ts'
import { reasonOf } from '../../../validator/copies/suspects.ts'
import {
  commonOf,
  copyOf,
  DISGUISES,
  fingerprintsOf,
  independentPairs,
  measure,
} from '../../support/copying.ts'
import { listAgents, listOthers, type Program } from '../../support/programs.ts'

// The whole corpus is measured by `npm run bench -- --copies`; this holds a part of it to the limits that a validator goes by.
const ALL = listAgents()
const AGENTS = (['typescript', 'python'] as const).flatMap(language =>
  ALL.filter(agent => agent.language === language).slice(0, 2),
)
const OTHERS = listOthers().filter(({ name }) => !/^(sandbox|validator\/cli|test\/fuzz)$/.test(name))
const CHEAP = Object.keys(DISGUISES).slice(0, Object.keys(DISGUISES).indexOf('chattering'))

let common: Fingerprint[]
let prints: Map<Program, Fingerprint>

beforeAll(async () => {
  common = await commonOf()
  prints = await fingerprintsOf([...ALL, ...OTHERS], common)
}, 120_000)

test('of independent pairs, which all share the template, at most one in 200 is suspect', () => {
  const pairs = independentPairs(prints)

  const alarms = pairs.filter(pair => reasonOf(pair, MEASURED) !== undefined)

  expect(pairs.length).toBeGreaterThan(400)
  expect(alarms.length / pairs.length).toBeLessThanOrEqual(0.005)
})

test.each(CHEAP)(
  'a copy is known although it is %s, and no stranger is taken for it',
  async kind => {
    for (const agent of AGENTS) {
      const copy = await copyOf(agent, DISGUISES[kind]!, common)
      if (copy === undefined) continue
      expect(reasonOf(measure(prints.get(agent)!, copy), MEASURED), agent.name).toBeDefined()
      for (const [other, print] of prints)
        if (other !== agent && other.language === agent.language)
          expect(reasonOf(measure(print, copy), MEASURED), `${agent.name} and ${other.name}`).toBeUndefined()
    }
  },
  120_000,
)
