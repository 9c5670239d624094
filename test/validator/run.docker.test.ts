import fs from 'node:fs'
import path from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import type { Engine } from '../../sandbox/engine.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { setUp } from '../../sandbox/setup.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import type { Task } from '../../task-bank/task.ts'
import { runAll } from '../../validator/run.ts'
import type { RunPlan } from '../../validator/runs/plan.ts'
import { useBench } from '../support/surroundings.ts'
import { writeTask } from '../support/task.ts'

const held = useBench()
afterEach(() => vi.unstubAllEnvs())

test('run.json lists what the mapping file replaced, once each, also for attempts of an earlier run', async () => {
  const { bench } = held
  const map = '[images]\n"registry.example/*" = "arete/*"\n[registries]\nnpm = "http://127.0.0.1:9/"\n'
  vi.stubEnv('ARETE_MAP', path.join(bench.write({ 'map.toml': map }), 'map.toml'))
  const tasks = ['one', 'two'].map(name =>
    writeDockerfile(
      name,
      `FROM registry.example/base:1\nRUN mkdir -p /app\nCOPY repository /app\nWORKDIR /app\nRUN git init -q && git add . && git -c user.name=t -c user.email=t@example.org commit -qm t\nENV T=${name}\n`,
    ),
  )
  const go = async (more: Partial<RunPlan>): Promise<unknown> => {
    const planned = plan(tasks, more)
    await runAll(await setUp(() => {}), planned, () => {}, new AbortController().signal)
    return JSON.parse(fs.readFileSync(path.join(planned.out, 'run.json'), 'utf8')).replaced
  }

  const first = await go({ tasks: tasks.slice(0, 1) })
  const both = await go({})

  expect(first).toEqual([
    { kind: 'image', from: 'registry.example/base:1', to: 'arete/base:1' },
    { kind: 'registry', from: 'npm', to: 'http://127.0.0.1:9/' },
  ])
  expect(both).toEqual(first)
})

test('no more images are built at a time than the engine has processors', async () => {
  const { bench } = held
  const surroundings = await setUp(() => {})
  const names = ['a', 'b', 'c', 'd', 'e']
  const tasks = names.map(name => writeDockerfile(name, `FROM arete/base:1\nENV T=${name}\n`))
  let waiting = 0
  let building = 0
  let most = 0
  const buildImage: Engine['buildImage'] = async () => {
    building += 1
    most = Math.max(most, building)
    // Everybody who could come has come when all attempts wait for their images, and nothing else is under way.
    while (waiting < names.length || (building < 2 && most < 2)) await turn()
    for (let count = 0; count < 500; count++) await turn()
    building -= 1
    throw new SandboxError('build-failed', 'Not built in this test')
  }
  const engine = new Proxy(surroundings.engine, {
    get: (target, key) => (key === 'buildImage' ? buildImage : Reflect.get(target, key, target)),
  })

  const { attempts } = await runAll(
    { ...surroundings, engine, about: { ...surroundings.about, cpus: 2 } },
    plan(tasks, { jobs: names.length, out: path.join(bench.folder, 'limit') }),
    event => {
      if (event.kind === 'phase' && event.phase === 'image') waiting += 1
    },
    new AbortController().signal,
  )

  expect(most).toBe(2)
  expect(attempts.map(({ reason }) => reason)).toEqual(names.map(() => 'build-failed'))
})

function writeDockerfile(name: string, text: string): Task {
  const { bench } = held
  const folder = bench.write({})
  writeTask(folder, { name, runner: 'script' }, bench.run)
  fs.writeFileSync(path.join(folder, 'environment/Dockerfile'), `${text}LABEL arete.test=${bench.run}\n`)
  return loadHarborTask(folder, {})
}

function plan(tasks: readonly Task[], more: Partial<RunPlan>): RunPlan {
  return {
    id: held.bench.run,
    tasks,
    agents: [{ agent: { kind: 'nop' }, source: 'nop' }],
    attempts: 1,
    jobs: undefined,
    out: path.join(held.bench.folder, 'run'),
    ...more,
  }
}
