import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { watchFolder } from '../../../validator/cli/run/view-web.ts'
import type { AttemptPage } from '../../../validator/pages/attempt.ts'
import type { RunPage } from '../../../validator/pages/run.ts'
import { AttemptRecord } from '../../../validator/runs/record.ts'
import { buildRunApp } from '../../../validator/web/run-app.ts'
import { fakeAttempt, fakeTrajectory } from '../../support/attempt-page.ts'
import { makeFolder } from '../../support/folder.ts'
import { until } from '../../support/validator.ts'

const NAME = 'formula-mass__4e652bd'

function recordOf(change: Partial<AttemptRecord> = {}): AttemptRecord {
  return AttemptRecord.parse({
    ...{
      key: 'k',
      folder: NAME,
      task: 'arete/formula-mass',
      taskFolder: '/tasks/formula-mass',
      taskDigest: 'd',
    },
    ...{
      certified: true,
      environment: 'python-fixes',
      difficulty: 'easy',
      agent: 'repair',
      agentSource: 'repair',
    },
    ...{
      agentDigest: 'e',
      attempt: 1,
      verdict: 'solved',
      reason: 'tests-passed',
      detail: 'All expected tests passed',
    },
    ...{ fault: null, level: 'observed', tests: { expected: ['a', 'b'], passed: ['a', 'b'], failed: [] } },
    ...{ seconds: { agent: 44, verify: 2, overhead: 0.8 }, started: '2026-11-29T10:44:20.628Z' },
    ...{ patch: 'patch.diff', patchDigest: 'f', dropped: [], firstLook: null },
    ...change,
  })
}

/** A run with one attempt that is judged, and further files. */
function open(files: Record<string, string> = {}) {
  const folder = makeFolder({
    'run.json': JSON.stringify({
      ...{ started: '2026-11-29T10:44:10.072Z', finished: null, attempts: 1 },
      tasks: ['formula-mass', 'page-ranges'].map(name => ({
        name: `arete/${name}`,
        environment: 'python-fixes',
      })),
      agents: [{ name: 'repair' }],
    }),
    [`${NAME}/verdict.json`]: JSON.stringify(recordOf()),
    [`${NAME}/patch.diff`]: fakeAttempt().patch!.text,
    [`${NAME}/agent/trajectory.json`]: JSON.stringify(fakeTrajectory()),
    [`${NAME}/agent/agent.log`]: 'hello',
    ...files,
  })
  const app = buildRunApp({
    folder,
    shown: 'runs/x',
    watch: watchFolder(folder),
    stop: new AbortController().signal,
  })
  const get = async (address: string, host = '127.0.0.1') =>
    await app.request(`http://${host}:8000${address}`)
  return { folder, app, get }
}

test('a run shows its board and its attempts, those at work first', async () => {
  const { get } = open({ 'page-ranges__86f2b3e/agent/events.jsonl': '' })
  const run = (await (await get('/run.json')).json()) as RunPage

  expect(run).toMatchObject({ wanted: 2, finished: null, board: [{ agent: 'repair', score: 1 }] })
  expect(run.attempts.map(({ task, state }) => [task, state])).toEqual([
    ['arete/page-ranges', 'working'],
    ['arete/formula-mass', 'judged'],
  ])
  expect(await (await get('/')).text()).toContain(`href="/attempts/${NAME}"`)
})

test('an attempt shows tests, patch, steps, logs, and how to judge it again', async () => {
  const { get } = open()
  const attempt = (await (await get(`/attempts/${NAME}.json`)).json()) as AttemptPage

  expect(attempt).toMatchObject({
    verdict: 'solved',
    tests: { expected: 2, passed: 2 },
    steps: { shown: [{}, { command: { text: 'git ls-files' } }, {}] },
    logs: [{ name: 'What the agent printed', text: { text: 'hello' } }],
    commands: [{ command: `npx arete verify runs/x/${NAME}` }, {}, {}],
  })
  expect((await get(`/attempts/${NAME}`)).status).toBe(200)
  expect(await (await get(`/attempts/${NAME}/patch.diff`)).text()).toBe(fakeAttempt().patch!.text)
})

test('while an agent works, its steps are those that it has made so far', async () => {
  const event = {
    kind: 'shell',
    at: '2026-11-29T10:44:21.866Z',
    command: 'ls',
    exitCode: 0,
    seconds: 0.1,
    output: 'a',
  }
  const { get } = open({ 'page-ranges__86f2b3e/agent/events.jsonl': `${JSON.stringify(event)}\n{"kind":"sh` })
  const attempt = (await (await get('/attempts/page-ranges__86f2b3e.json')).json()) as AttemptPage

  expect(attempt).toMatchObject({
    state: 'working',
    verdict: null,
    steps: { shown: [{ command: { text: 'ls' } }] },
  })
})

test.each([
  '/attempts/..%2f..%2fetc__0000000',
  `/attempts/${NAME}/..%2frun.json`,
  `/attempts/${NAME}/constructor`,
  '/attempts/nothing__0000000',
  '/nothing',
])('nothing but what has a place on a page is given out: %s', async address => {
  expect((await open().get(address)).status).toBe(404)
})

test('a link that an attempt left is not followed', async () => {
  const { get, folder } = open()
  fs.rmSync(path.join(folder, NAME, 'agent/agent.log'))
  fs.symlinkSync('/etc/passwd', path.join(folder, NAME, 'agent/agent.log'))

  expect((await get(`/attempts/${NAME}/agent.log`)).status).toBe(404)
  expect(await (await get(`/attempts/${NAME}`)).text()).not.toContain('root:')
})

test('by another name nothing is answered', async () => {
  expect((await open().get('/', 'attacker.example')).status).toBe(403)
})

test('files of strangers that are none of ours are shown as far as they go', async () => {
  const { get } = open({
    [`${NAME}/agent/trajectory.json`]: '{"steps": [1, 2',
    [`${NAME}/report.json`]: '\0\0',
    [`${NAME}/patch.diff`]: `\x1b[31m<script>${'x'.repeat(1_000_000)}`,
    [`${NAME}/agent/agent.log`]: `${'y'.repeat(1_000_000)}\u202e\0end`,
  })
  const page = await (await get(`/attempts/${NAME}`)).text()

  expect(page.length).toBeLessThan(200_000)
  expect(page).not.toMatch(/<script>|[^\P{C}\n\t]/u)
  expect(page).toContain('\u00b7\u00b7end')
})

test('a change in the folder is told', async () => {
  const { get, folder } = open()
  const answer = await get('/events')
  const reader = answer.body!.getReader()
  let said = ''
  const read = (async () => {
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      said += new TextDecoder().decode(value)
    }
  })()
  await until(async () => (said.includes('hello') ? true : undefined))

  fs.mkdirSync(path.join(folder, 'page-ranges__86f2b3e/agent'), { recursive: true })
  fs.writeFileSync(path.join(folder, 'page-ranges__86f2b3e/agent/events.jsonl'), '{}\n')

  await until(async () => (said.includes('event: changed') ? true : undefined))
  await reader.cancel()
  await read
})
