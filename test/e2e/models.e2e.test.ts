import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseConfig } from '../../sandbox/gateway/config.ts'
import { type OpenedGateway, openGateway } from '../../sandbox/gateway/gateway.ts'
import { readSpending } from '../../sandbox/gateway/spending.ts'
import { buildRunApp } from '../../validator/web/run-app.ts'
import { arete, startArete } from '../support/arete.ts'
import { openModelServer } from '../support/model-server.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-models-'))
const TASK = 'task-bank/tasks/python-fixes/parcel-quotes'
const SCRIPTS = path.resolve(import.meta.dirname, '../fixtures/scripts')
const SCRIPT = path.join(SCRIPTS, 'parcel-quotes.json')
/** Nothing of the machine that the tests run on decides which models there are. */
const NONE = {
  ...{ ARETE_GATEWAY: '', ARETE_MODEL: '', ARETE_MODEL_SCRIPT: '', ARETE_MODEL_URL: '', ARETE_MODEL_KEY: '' },
  ...{ OPENROUTER_API_KEY: '', CHUTES_API_KEY: '', TARGON_API_KEY: '' },
}
let opened: OpenedGateway
let url = ''

/** A server that speaks OpenAI's form: the gateway itself, in front of a script. */
beforeAll(async () => {
  const providers = [{ kind: 'script', file: SCRIPT }]
  opened = await openGateway(parseConfig({ providers, policy: { usd: 5 } }, 'test'), {
    env: {},
    signal: new AbortController().signal,
  })
  const session = opened.gateway.open('any', {
    ...{ attempt: 'all', agent: 'all', task: 'all', file: path.join(folder, 'server.jsonl') },
  })
  url = `http://127.0.0.1:${await opened.gateway.listen(session, { port: 0, host: '127.0.0.1' })}`
})
afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  fs.rmSync(folder, { recursive: true, force: true })
})

test('with the address of a server in one variable both templates solve a bundled task, and say what it cost', async () => {
  const agents = ['typescript', 'python'].flatMap(name => ['--agent', `miner-template/${name}`])

  const { stdout, stderr, exitCode } = await arete(['run', TASK, ...agents, '--json', '--out', at('both')], {
    env: { ...NONE, ARETE_MODEL_URL: url },
  })

  const output = JSON.parse(stdout)
  expect(exitCode).toBe(0)
  expect(stderr).toContain('model: scripted (ARETE_MODEL_URL), up to $0.30 for each attempt')
  expect(output.attempts.map((one: { verdict: string }) => one.verdict)).toEqual(['solved', 'solved'])
  for (const { spent } of output.attempts) expect(spent).toMatchObject({ requests: 6, refused: 0 })
  expect(output.spent.requests).toBe(12)
})

test('tokens and dollars of each call are in the trajectory, the record, the terminal and the totals of the run', async () => {
  const { stdout } = await arete(['run', TASK, '--agent', 'miner-template/typescript', '--out', at('one')], {
    env: { ...NONE, ARETE_MODEL_SCRIPT: SCRIPT },
  })

  const attempt = at('one', attemptIn('one'))
  const { spent } = read(attempt, 'verdict.json')
  const { steps, final_metrics: sum } = read(attempt, 'agent/trajectory.json')
  const costs = steps.flatMap((step: { metrics?: { cost_usd: number } }) => step.metrics?.cost_usd ?? [])
  expect(costs).toHaveLength(6)
  expect(Math.min(...costs)).toBeGreaterThan(0)
  expect(sum.total_cost_usd).toBeCloseTo(spent.usd, 9)
  expect(sum.total_prompt_tokens).toBe(spent.inputTokens)
  expect(stdout).toMatch(/models 6 calls · \d+ tokens · \$0\.00\d+/)
  expect(readSpending(at('one', 'spending.jsonl')).run.usd).toBe(Math.round(1e6 * spent.usd))
  expect(read(at('one'), 'run.json').spent).toEqual({
    usd: spent.usd,
    agents: { 'template-typescript': spent.usd },
  })
  const page = await pageOf('one', attemptIn('one'))
  expect(page).toContain(
    `6 calls, ${spent.inputTokens + spent.outputTokens}`.replace(/(\d)(\d{3})$/, '$1\u202f$2'),
  )
  expect(page.match(/<span>\$0\.00\d+<\/span>/g)).toHaveLength(6)
  expect(page.match(/<span>[\d\u202f]+ tokens<\/span>/g)).toHaveLength(6)
  const { stdout: viewed } = await arete(['view', attempt])
  expect(viewed).toContain('edit {"path":"parcelquote/tariff.py"')
})

test('a run is repeated from its record: no key, no server, the same patch at the same cost', async () => {
  const { stdout, exitCode } = await arete(['run', '--replay', at('one'), '--json', '--out', at('again')], {
    env: NONE,
  })

  const [before, after] = [read(at('one', attemptIn('one')), 'verdict.json'), JSON.parse(stdout).attempts[0]]
  expect(exitCode).toBe(0)
  expect(after.patchDigest).toBe(before.patchDigest)
  expect(after.spent).toEqual({ ...before.spent, replayed: { divergence: null, left: 0 } })
})

test('where a changed agent asks something else, that is shown', async () => {
  const agent = at('changed')
  fs.cpSync('miner-template/typescript', agent, { recursive: true })
  const file = path.join(agent, 'prompts.ts')
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('Now carry it out', 'Now do it'))

  const { stdout, exitCode } = await arete(
    ['run', '--replay', at('one'), '--agent', agent, '--out', at('other')],
    { env: NONE },
  )

  expect(exitCode).toBe(1)
  expect(stdout).toContain('Differs from the record from call 2 on, at messages.3.content from character 10')
  expect(stdout).toContain('recorded "Good. Now carry it out."')
  expect(stdout).toContain('asked    "Good. Now do it."')
})

test('conversations of solved attempts are exported where the author agrees, and a record is cut to a fixture', async () => {
  const agent = at('agreeing')
  fs.cpSync('miner-template/typescript', agent, { recursive: true })
  const manifest = read(agent, 'agent.json')
  fs.writeFileSync(
    path.join(agent, 'agent.json'),
    JSON.stringify({ ...manifest, name: 'agreeing', license: 'CC-BY-4.0', training: true }),
  )
  await arete(['run', TASK, '--agent', agent, '--agent', 'nop', '--out', at('agreed')], {
    env: { ...NONE, ARETE_MODEL_SCRIPT: SCRIPT },
  })

  const agreed = await arete(['export', at('agreed'), at('one'), '--to', at('chats.jsonl'), '--json'])
  const cut = await arete(['cassette', at('one', attemptIn('one')), '--to', at('calls.jsonl')])

  expect(JSON.parse(agreed.stdout)).toMatchObject({ conversations: 1, left: { withoutConsent: 1 } })
  const [chat] = fs
    .readFileSync(at('chats.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map(line => JSON.parse(line))
  expect(chat.metadata).toMatchObject({
    ...{
      task: 'arete/parcel-quotes',
      agent: 'agreeing',
      license: 'CC-BY-4.0',
      consent: true,
      verdict: 'solved',
    },
    calls: 6,
  })
  expect(chat.messages.at(-1)).toMatchObject({
    role: 'assistant',
    tool_calls: [{ function: { name: 'done' } }],
  })
  expect(chat.tools.length).toBeGreaterThan(3)
  expect(cut.stdout).toContain('Wrote 6 calls to')
})

test('a run that is killed in the midst of a call has that call on record, with all that it might have come to', async () => {
  await using server = await openModelServer('compatible', [{ kind: 'silence' }])
  const file = at('gateway.toml')
  fs.writeFileSync(
    file,
    `[[providers]]\nkind = "compatible"\nurl = "${server.url}"\nkey = "SERVER_KEY"\nprice = { input = 1, output = 2 }\n`,
  )
  const out = at('killed')
  {
    await using running = startArete(
      ['run', TASK, '--agent', 'miner-template/typescript', '--gateway', file, '--out', out],
      { ...NONE, SERVER_KEY: 'the-secret-key' },
    )
    await expect.poll(() => server.requests.length, { timeout: 60_000 }).toBe(2)
    running.signal('SIGKILL')
    await running.ended
  }

  const { run } = readSpending(path.join(out, 'spending.jsonl'))

  expect(run.requests).toBe(1)
  expect(run.usd).toBeGreaterThan(50_000)
})

test('a key in a file, a model that there is not, and no model at all are said before anything starts', async () => {
  const file = at('wrong.toml')
  fs.writeFileSync(file, '[[providers]]\nkind = "chutes"\nkey = "cpk_not a name"\n')
  const run = async (...flags: string[]) =>
    await arete(['run', TASK, '--agent', 'miner-template/typescript', '--out', at('none'), ...flags], {
      env: NONE,
    })

  expect(await run('--gateway', file)).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('providers.0.key'),
  })
  expect(await run('--model', 'x')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Cannot offer a model: set ARETE_MODEL_URL, OPENROUTER_API_KEY'),
  })
  expect(await run('--replay', at('nothing'))).toMatchObject({ exitCode: 2 })
})

test('two agents of the command line out of npm work on a bundled task as they are', async ctx => {
  const names = ['pi', 'qwen-code']
  for (const name of names) {
    const { stdout, stderr, exitCode } = await arete(
      ['run', TASK, '--agent', `miner-template/${name}`, '--json', '--out', at(name)],
      { env: { ...NONE, ARETE_MODEL_SCRIPT: path.join(SCRIPTS, `parcel-quotes-${name}.json`) } },
    )
    if (stderr.includes('npm cannot install them'))
      return ctx.skip(`npm cannot install ${name} here: ${stderr.slice(-300)}`)

    expect(exitCode, stderr).toBe(0)
    expect(JSON.parse(stdout).attempts[0]).toMatchObject({
      agent: name,
      verdict: 'solved',
      spent: { requests: 3 },
    })
  }
})

/** What a browser on this machine gets. */
async function pageOf(run: string, attempt: string): Promise<string> {
  const stop = new AbortController().signal
  const app = buildRunApp({ folder: at(run), shown: run, watch: () => {}, stop })
  const reply = await app.request(`http://127.0.0.1/attempts/${attempt}`, { headers: { host: '127.0.0.1' } })
  return await reply.text()
}

function at(...names: readonly string[]): string {
  return path.join(folder, ...names)
}

function attemptIn(run: string): string {
  return fs.readdirSync(at(run)).find(name => name.includes('__'))!
}

function read(attempt: string, name: string) {
  return JSON.parse(fs.readFileSync(path.join(attempt, name), 'utf8'))
}
