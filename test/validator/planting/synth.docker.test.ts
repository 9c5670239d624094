import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { setUp } from '../../../sandbox/setup.ts'
import { isCertified } from '../../../task-bank/certificate.ts'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import type { Needs } from '../../../task-bank/history/packages.ts'
import { USUAL } from '../../../task-bank/history/recipe.ts'
import { packFolder } from '../../../validator/mining/packs.ts'
import type { SynthEvent, SynthPlan } from '../../../validator/planting/plan.ts'
import { synth } from '../../../validator/planting/synth.ts'
import { copyPackage } from '../../support/packages.ts'
import { useBench } from '../../support/surroundings.ts'

const FIXTURES = path.resolve(import.meta.dirname, '../../fixtures/planting')
const held = useBench()

/** One round each: what five of them prove is tested with the check itself. A fixture may lie over that of a language. */
function planFor(language: string, over: Partial<SynthPlan>, fixture = language): SynthPlan {
  const folder = path.join(held.bench.write({}), 'repository')
  for (const name of [language, fixture]) fs.cpSync(path.join(FIXTURES, name), folder, { recursive: true })
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

interface Planted {
  readonly events: readonly SynthEvent[]
  readonly result: Awaited<ReturnType<typeof synth>>
}

async function plant(
  plan: SynthPlan,
  isEnough: (event: SynthEvent) => boolean = () => false,
): Promise<Planted> {
  const events: SynthEvent[] = []
  const abort = new AbortController()
  const surroundings = await setUp(() => {})
  const onEvent = (event: SynthEvent): void => {
    events.push(event)
    if (isEnough(event)) abort.abort()
  }
  return { result: await synth(surroundings, plan, onEvent, abort.signal), events }
}

/** A task that can be trusted, and whose agents find neither its tests nor its place. */
function expectGood({ result }: Planted): void {
  const task = loadHarborTask(result.tasks[0]!, {})
  expect(isCertified(task)).toBe(true)
  const { runner } = task.verifier
  const failing = runner.kind === 'script' ? [] : runner.expected.failToPass
  expect(failing.length).toBeGreaterThan(0)
  const tree = fs.readFileSync(path.join(task.folder, 'environment/repository.fi'), 'utf8')
  for (const id of failing) expect(tree).not.toContain(`"${id.split('::')[0]}"`)
  const kept = result.rows.find(({ entry }) => entry?.outcome.kind === 'kept')!
  expect(tree).toContain(kept.fault.edits[0]!.after)
  expect(task.instruction).not.toContain(path.basename(kept.fault.place.file))
}

test('a Python repository gives a certified task, also if the command is stopped in between', async () => {
  const plan = planFor('python', {})
  const stopped = plant(plan, ({ kind }) => kind === 'decided')
  await expect(stopped).rejects.toMatchObject({ name: 'SandboxError', code: 'cancelled' })

  const planted = await plant(plan)
  const again = await plant(plan)

  expectGood(planted)
  expect(planted.result.rows[0]!.isOld).toBe(true)
  expect(again.result.tasks).toEqual(planted.result.tasks)
  // Nothing is built or run where everything is decided.
  expect(again.events.map(({ kind }) => kind)).not.toContain('opened')
}, 300_000)

test('a TypeScript repository gives a certified task', async () => {
  expectGood(await plant(planFor('typescript', {})))
}, 240_000)

test('a repository with tests for vitest gives a certified task', async () => {
  await bringVitest()
  const planted = await plant(planFor('typescript', {}, 'vitest'))

  expectGood(planted)
  const { verifier } = loadHarborTask(planted.result.tasks[0]!, {})
  expect(verifier.runner.kind).toBe('vitest')
}, 300_000)

/** Lays the vitest of these tests where a registry's would lie. */
async function bringVitest(): Promise<void> {
  const { about } = await setUp(() => {})
  const manifest = JSON.parse(fs.readFileSync(path.join(FIXTURES, 'vitest/package.json'), 'utf8'))
  const needs: Needs = { kind: 'node', packages: manifest.devDependencies, lock: undefined }
  const folder = packFolder(needs, about.architecture)
  const place = held.bench.write({})
  fs.mkdirSync(folder, { recursive: true })
  copyPackage('vitest', path.join(place, 'node_modules'))
  execFileSync('tar', ['-cf', path.join(folder, 'node_modules.tar'), '-C', place, 'node_modules'])
}
