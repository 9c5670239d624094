import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { setUp } from '../../sandbox/setup.ts'
import { isCertified } from '../../task-bank/certificate.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { USUAL } from '../../task-bank/history/recipe.ts'
import { type SynthEvent, type SynthPlan, synth } from '../../validator/synth.ts'
import { useBench } from '../support/surroundings.ts'

const FIXTURES = path.resolve(import.meta.dirname, '../fixtures/planting')
const held = useBench()

/** One round each: what five of them prove is tested with the check itself. */
function planFor(language: string, over: Partial<SynthPlan>): SynthPlan {
  const folder = path.join(held.bench.write({}), 'repository')
  fs.cpSync(path.join(FIXTURES, language), folder, { recursive: true })
  const git = (...args: string[]): void => void execFileSync('git', args, { cwd: folder, stdio: 'ignore' })
  git('init', '-q', '-b', 'main')
  git('add', '-A')
  git('-c', 'user.name=Arete', '-c', 'user.email=arete@example.invalid', 'commit', '-qm', 'Initial')
  return {
    ...{
      repository: folder,
      name: language,
      revision: 'HEAD',
      out: held.bench.write({}),
      environment: 'planted',
    },
    ...{ recipe: USUAL, seed: '1', count: 1, limit: 10, network: false, rounds: 1, jobs: 1 },
    ...over,
  }
}

async function plant(
  plan: SynthPlan,
): Promise<{ events: SynthEvent[]; result: Awaited<ReturnType<typeof synth>> }> {
  const events: SynthEvent[] = []
  const surroundings = await setUp(() => {})
  const result = await synth(
    surroundings,
    plan,
    event => void events.push(event),
    new AbortController().signal,
  )
  return { events, result }
}

test.each(['python', 'typescript'])(
  'a %s repository gives a certified task whose tests are not in its tree',
  async language => {
    const plan = planFor(language, {})

    const { result, events } = await plant(plan)

    const task = loadHarborTask(result.tasks[0]!, {})
    expect(isCertified(task)).toBe(true)
    const { runner } = task.verifier
    const failing = runner.kind === 'script' ? [] : runner.expected.failToPass
    expect(failing.length).toBeGreaterThan(0)
    const tree = fs.readFileSync(path.join(task.folder, 'environment/repository.fi'), 'utf8')
    for (const id of failing) expect(tree).not.toContain(`"${id.split('::')[0]}"`)
    const kept = result.rows.find(({ entry }) => entry?.outcome.kind === 'kept')!
    expect(task.instruction).not.toContain(kept.fault.place.file)
    expect(events.at(-1)).toMatchObject({ kind: 'decided', row: { entry: { outcome: { kind: 'kept' } } } })

    const again = await plant(plan)

    expect(again.result.rows.every(({ isOld }) => isOld)).toBe(true)
    expect(again.result.tasks).toEqual(result.tasks)
  },
  240_000,
)
