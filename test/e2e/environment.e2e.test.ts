import fs from 'node:fs'
import path from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { setUp } from '../../sandbox/setup.ts'
import { arete, startArete } from '../support/arete.ts'
import { buildAsker } from '../support/asker.ts'
import { makeFolder } from '../support/folder.ts'
import { until } from '../support/validator.ts'
import { startValidator, untilItWorks } from '../support/validator-process.ts'
import { KEY_FILE } from '../support/wallet-files.ts'

/** Answers 1 to everything; at home as at a validator. */
const AGENT = `def agent_main(input):
    open('answer.md', 'w').write('1')
`

let image = ''
beforeAll(async () => {
  const { engine } = await setUp(() => {})
  image = (await buildAsker(engine, 'environment-e2e')).id
  return async () => await engine.removeImage(image)
}, 300_000)

test('an environment of another subnet: its tasks are certified, an agent works on them at home, and at a validator for the board', async () => {
  const folder = makeFolder({
    'agent/agent.py': AGENT,
    'agent/agent.json': JSON.stringify({ name: 'one', version: '1', language: 'python', entry: 'agent.py' }),
    'environments.toml': declaration(image),
    key: KEY_FILE,
    'data/x': '',
  })
  fs.chmodSync(folder, 0o755)
  const run = async (...args: string[]) => {
    const result = await arete(args, { cwd: folder })
    expect(result.exitCode, `${args.join(' ')}\n${result.stderr}`).toBe(0)
    return result
  }

  const written = await run(
    ...[
      'environment',
      'tasks',
      'sums',
      '--tasks',
      '2',
      '--seed',
      'test',
      '--environments',
      'environments.toml',
    ],
    ...['--out', 'pool/sums'],
  )
  expect(written.stdout).toContain('2 tasks in pool/sums')
  const tasks = fs.readdirSync(path.join(folder, 'pool/sums')).map(name => `pool/sums/${name}`)
  await run('task', 'check', ...tasks, '--rounds', '1', '--quick')
  const { attempts } = JSON.parse((await run('run', ...tasks, '--agent', 'agent', '--json')).stdout) as {
    attempts: { verdict: string; certified: boolean; environment: string }[]
  }
  expect(attempts).toHaveLength(2)
  for (const one of attempts)
    expect(one).toMatchObject({ verdict: 'solved', certified: true, environment: 'sums' })

  const env = { ARETE_DATA: path.join(folder, 'data') }
  fs.writeFileSync(path.join(folder, 'data/arete.toml'), settings(path.join(folder, 'pool')))
  await using validator = await startValidator(env)
  await using worker = startArete(['worker', '--jobs', '1'], env)
  await untilItWorks(worker)
  const { url } = validator
  const id = JSON.parse(
    (await run('submit', 'agent', '--validator', url, '--key-file', 'key', '--json')).stdout,
  ).id as string
  await run('watch', id, '--validator', url)
  const solved = await until(async () => {
    const answer = await (await fetch(`${url}/v1/receipts?submission=${id}`)).json()
    const { receipts } = answer as { receipts: { body: Record<string, unknown> }[] }
    return receipts.find(({ body }) => body.kind === 'verdict' && body.stage === 'full')
  })
  expect(solved.body).toMatchObject({ verdict: 'solved', task: { environment: 'sums' } })

  fs.writeFileSync(path.join(folder, 'receipt.json'), JSON.stringify(solved))
  const again = await run(
    ...['verify', 'receipt.json', '--again', '--validator', url, '--tasks', 'pool', '--json'],
  )
  expect(JSON.parse(again.stdout)).toMatchObject([{ recorded: 'solved', again: 'solved' }])
  const board = await (await fetch(`${url}/board.json`)).json()
  expect(board).toMatchObject({
    environments: [{ name: 'sums', netuid: 120 }],
    rows: [{ submission: id, agent: 'one' }],
  })
})

const declaration = (digest: string): string => `window_blocks = 100
[environments.sums]
protocol = "affinetes"
netuid = 120
weight = 1
image = "${digest}"
tasks = [0, 1000000]
draw = 1
confirmation = 1
seconds = 60
start_seconds = 30
memory_megabytes = 128
controls = { oracle = { method = "fixed", score = 1 } }
`

const settings = (pool: string): string => `
references = []
tasks = ["${pool}"]
window = { blocks = 7200, tasks = 2 }
[stages]
screen = { tasks = 0 }
full = { share = 0, scored = true }
[environments.sums]
netuid = 120
`
