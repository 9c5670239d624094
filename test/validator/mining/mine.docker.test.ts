import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { BASE_IMAGE } from '../../../sandbox/base.ts'
import { ensureImage } from '../../../sandbox/image.ts'
import { type Surroundings, setUp } from '../../../sandbox/setup.ts'
import { isCertified } from '../../../task-bank/certificate.ts'
import { USUAL } from '../../../task-bank/history/recipe.ts'
import { TOOLCHAINS, writeDockerfile } from '../../../task-bank/history/toolchain.ts'
import { loadTasks } from '../../../task-bank/load.ts'
import type { Task } from '../../../task-bank/task.ts'
import { type MinePlan, type MineResult, mine } from '../../../validator/mining/mine.ts'
import { streamOf } from '../../../validator/mining/trees.ts'
import { DISCUSSIONS, JAVASCRIPT_HISTORY } from '../../fixtures/history/javascript.ts'
import { PYTHON_HISTORY } from '../../fixtures/history/python.ts'
import { arete, PROGRAM } from '../../support/arete.ts'
import { buildHistory } from '../../support/history.ts'
import { temporaryFolder } from '../../support/surroundings.ts'
import { writeFiles } from '../../support/task.ts'

let surroundings: Surroundings
const folder = temporaryFolder()
const made = new Set<string>()

beforeAll(async () => {
  process.env.ARETE_CACHE = path.join(folder, 'cache')
  surroundings = await setUp(() => {})
})
afterAll(async () => {
  for (const image of made) await surroundings.engine.removeImage(image)
  fs.rmSync(folder, { recursive: true, force: true })
})

async function run(repository: string, out: string, more: Partial<MinePlan> = {}): Promise<MineResult> {
  const plan: MinePlan = {
    repository,
    name: 'mined',
    revision: 'HEAD',
    out: path.join(folder, out),
    environment: 'history',
    recipe: USUAL,
    discussions: new Map(),
    since: undefined,
    limit: undefined,
    max: undefined,
    firstParent: false,
    network: false,
    rounds: 1,
    jobs: 2,
    ...more,
  }
  const result = await mine(surroundings, plan, () => {}, new AbortController().signal)
  noteImages(result.tasks)
  return result
}

/** Images stay for those who run the tasks. */
function noteImages(tasks: readonly string[]): void {
  for (const task of tasks)
    made.add(JSON.parse(fs.readFileSync(path.join(task, 'certificate.json'), 'utf8')).image)
}

function outcomes({ rows }: MineResult): Record<string, string> {
  return Object.fromEntries(
    rows.map(({ subject, entry }) => [
      subject,
      entry?.outcome.kind === 'dropped' ? entry.outcome.reason : (entry?.outcome.kind ?? 'failed'),
    ]),
  )
}

describe('a repository in Python', () => {
  test('gives tasks, and a reason for every commit that gives none', { timeout: 900_000 }, async () => {
    const { folder: repository, ids } = await buildHistory(PYTHON_HISTORY)
    const excluded = ids.filter((_, index) => ['names', 'receipts'].includes(PYTHON_HISTORY[index]!.as ?? ''))

    const result = await run(repository, 'python', { recipe: { ...USUAL, excluded } })
    const tasks = loadTasks([path.join(folder, 'python')], {})

    expect(outcomes(result)).toEqual({
      'Give every tenth customer a discount of ten percent': 'tests-fail',
      wip: 'no-statement',
      'Call the printed paper a slip, and number it from one on': 'kept',
      'Keep rates of exchange in a table that needs no parsing': 'kept',
      'Draw a lucky customer from time to time': expect.stringMatching(/^(unstable|tests-fail)$/),
      'Say in a comment what a cart holds': 'no-fail-to-pass',
      'Read amounts with a single digit after the point': 'kept',
    })
    expect(tasks.map(isCertified)).toEqual([true, true, true])
    expect(
      tasks.every(task =>
        fs.readFileSync(path.join(task.folder, 'task.toml'), 'utf8').includes('licence = "MIT"'),
      ),
    ).toBe(true)
  })
})

describe('a repository in TypeScript', () => {
  const discussions: MinePlan['discussions'] = new Map(
    DISCUSSIONS.map(({ number, title, body, pull_request }) => [
      number,
      { kind: pull_request === undefined ? 'issue' : 'pull', number, title, body },
    ]),
  )
  let repository: string
  let tasks: Task[]

  beforeAll(async () => {
    repository = (await buildHistory(JAVASCRIPT_HISTORY)).folder
    await run(repository, 'typescript', { discussions })
    tasks = loadTasks([path.join(folder, 'typescript')], {})
  }, 900_000)

  test('gives tasks whose tests lie where they lay', () => {
    const failing = tasks.map(
      ({ verifier: { runner } }) => runner.kind !== 'script' && runner.expected.failToPass,
    )

    expect(failing).toContainEqual(['test/slots.test.ts::slots that only touch do not overlap'])
    expect(failing).toContainEqual([
      'test/free.test.ts::a taken slot is passed over',
      'test/free.test.ts::an empty day is free at once',
    ])
    expect(tasks.map(isCertified)).toEqual([true, true])
  })

  test('says where each statement comes from', () => {
    const sources = tasks.map(
      task => /^statement = "(.*)"/m.exec(fs.readFileSync(path.join(task.folder, 'task.toml'), 'utf8'))?.[1],
    )

    expect(sources.toSorted()).toEqual(['commit message', 'issue 5'])
  })

  test('adds nothing when it is asked again, and with fewer tasks gives the newest', {
    timeout: 900_000,
  }, async () => {
    const plan = { discussions, out: path.join(folder, 'typescript') }

    const again = await run(repository, 'typescript', plan)
    const newest = await run(repository, 'typescript', { ...plan, max: 1 })

    expect(again.rows.every(({ isOld }) => isOld)).toBe(true)
    expect(loadTasks([plan.out], {}).map(({ digest }) => digest)).toEqual(tasks.map(({ digest }) => digest))
    expect(newest.tasks).toEqual([again.tasks[0]])
  })

  test('killed in the middle, it goes on and ends with the same tasks', { timeout: 900_000 }, async () => {
    const out = path.join(folder, 'killed')
    const issues = path.join(folder, 'issues.json')
    fs.writeFileSync(issues, JSON.stringify(DISCUSSIONS))
    const args = [
      'task',
      'mine',
      repository,
      '--name',
      'mined',
      '--out',
      out,
      '--issues',
      issues,
      '--rounds',
      '1',
      '--jobs',
      '1',
    ]

    await killAt('[1/2]', args)
    const left = fs.readdirSync(out)
    const { stdout, exitCode } = await arete([...args, '--json'])
    const result = JSON.parse(stdout)
    const after = loadTasks([out], {})
    noteImages(after.map(task => task.folder))

    expect(left.filter(name => !name.startsWith('.'))).toHaveLength(1)
    expect(exitCode).toBe(0)
    expect(result.candidates.map((row: { decidedBefore: boolean }) => row.decidedBefore).toSorted()).toEqual([
      false,
      true,
    ])
    expect(after.map(({ digest }) => digest)).toEqual(tasks.map(({ digest }) => digest))
  })
})

test('images of commits with equal packages share those layers', { timeout: 300_000 }, async () => {
  const pack = path.join(folder, 'pack')
  writeFiles(pack, { 'wheels/a.whl': randomBytes(64).toString('hex') })
  const images = []
  for (const text of ['one', 'two']) {
    const task = path.join(folder, `shared-${text}`, 'environment')
    writeFiles(task, {
      Dockerfile: writeDockerfile({ install: [TOOLCHAINS[0]!.install[0]!], build: [] }),
      'repository.fi': streamOf(
        new Map([['a.txt', { mode: '100644', content: Buffer.from(text) }]]),
      ).toString(),
    })
    fs.cpSync(pack, path.join(task, 'packages'), { recursive: true })
    images.push(
      await ensureImage(
        surroundings.engine,
        { kind: 'build', folder: task },
        { run: 'mine-test', seconds: 200, say: () => {} },
      ),
    )
  }
  for (const { id } of images) made.add(id)
  const base = (await surroundings.engine.findImage(BASE_IMAGE))!.layers.length
  const layers = images.map(image => image.layers.slice(base))

  expect(layers[0]![0]).toBe(layers[1]![0])
  expect(layers[0]!.at(-1)).not.toBe(layers[1]!.at(-1))
})

test('what cannot be used is said, with exit code 2', async () => {
  const recipe = path.join(folder, 'recipe.toml')
  fs.writeFileSync(recipe, 'runner = "mocha"\n')
  const out = path.join(folder, 'nothing')

  const [noRecipe, noRepository] = await Promise.all([
    arete(['task', 'mine', folder, '--out', out, '--recipe', recipe]),
    arete(['task', 'mine', folder, '--out', out]),
  ])

  expect(noRecipe.exitCode).toBe(2)
  expect(noRecipe.stderr).toMatch(/Cannot use .*recipe\.toml:\n {2}runner: /)
  expect(noRepository.exitCode).toBe(2)
  expect(noRepository.stderr).toContain('it is not a git repository')
})

/** Kills the command with a signal that nothing can catch, once it has said this. */
async function killAt(words: string, args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  let said = ''
  await new Promise<void>(resolve => {
    child.stdout.on('data', (chunk: Buffer) => {
      said += chunk
      if (said.includes(words)) child.kill('SIGKILL')
    })
    child.on('close', () => resolve())
  })
}
