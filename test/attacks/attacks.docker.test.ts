import fs from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { makeFolder } from '../support/folder.ts'
import { useBench } from '../support/surroundings.ts'
import { loadAttacks, NAIVE, type Payload, TARGETS } from './attack.ts'
import { exportToSweBench } from './export-swebench.ts'
import { judgeByLines } from './naive/lines.ts'
import { judgeInSharedContainer } from './naive/shared.ts'
import { judgeByArete } from './ours.ts'
import { openTargets, tryAttack } from './trial.ts'

const held = useBench({ scan: false })
/** Otherwise only the naive verifiers that an attack fools: that it is one. `npm run attacks` asks all as well. */
const IS_WHOLE = process.env.ARETE_TESTS === 'whole'
const prepared = new Map<string, ReturnType<typeof openTargets>>()

function prepare(folder: string): ReturnType<ReturnType<typeof openTargets>> {
  const { engine, run } = held.bench
  const targets = prepared.get(run) ?? openTargets(engine, run)
  prepared.set(run, targets)
  return targets(folder)
}

test.each(fs.readdirSync(TARGETS))(
  'the reference of %s convinces everybody, doing nothing nobody',
  async name => {
    const { slot, run } = held.bench
    const target = await prepare(path.join(TARGETS, name))
    const judgeAll = async (file: string) => {
      const job = { prepared: target, payload: { kind: 'script', file } satisfies Payload, run }
      return {
        shared: await judgeInSharedContainer(slot, job),
        lines: await judgeByLines(slot, job),
        ours: (await judgeByArete(slot, job)).verdict,
      }
    }

    const reference = await judgeAll(path.join(TARGETS, name, 'solution/solve.sh'))
    const nothing = await judgeAll(path.join(makeFolder({ 'solve.sh': '#!/bin/bash\n' }), 'solve.sh'))

    const hasDiff = target.repository !== undefined
    expect(reference).toEqual({ shared: true, lines: hasDiff, ours: 'solved' })
    expect(nothing).toEqual({ shared: false, lines: false, ours: 'unsolved' })
  },
)

test('an attack exported for SWE-bench is a row and a prediction with its diff', async () => {
  const attacks = loadAttacks().filter(({ name }) => name === 'conftest-hook' || name === 'seeded-reward')
  const folder = makeFolder({})

  const count = await exportToSweBench(attacks, folder, { slot: held.bench.slot, prepare })

  const read = (name: string) => JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))
  expect(count).toBe(1)
  expect(read('predictions.jsonl')).toMatchObject({ instance_id: 'attacks__python-conftest-hook' })
  expect(read('predictions.jsonl').model_patch).toContain('+++ b/conftest.py')
  expect(JSON.parse(read('rows.jsonl').FAIL_TO_PASS)).toContain('tests/test_pricing.py::test_one_digit')
})

/** Some at a time, each with a slot of its own: attacks may look for neighbours. */
describe.concurrent('attack', () => {
  test.each(loadAttacks().map(attack => [`${attack.group}/${attack.name}`, attack] as const))(
    '%s',
    async (_, attack) => {
      const naive = IS_WHOLE ? NAIVE : (attack.fools ?? [])
      const job = { attack, prepared: await prepare(attack.target), run: held.bench.run, naive }

      await held.bench.inSlot(async slot => {
        let trial = await tryAttack(slot, job)
        // On a busy machine another limit may strike first; that it is refused may not depend on that.
        expect(['unsolved', 'invalid']).toContain(trial.ours.verdict)
        if (trial.mistakes.length > 0) trial = await tryAttack(slot, job)

        expect(trial.mistakes).toEqual([])
      })
    },
  )
})
