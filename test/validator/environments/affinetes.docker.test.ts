import fs from 'node:fs'
import http from 'node:http'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AffinetesEnvironment, type Endpoint } from '../../../sandbox/affinetes/environment.ts'
import { ensurePinned } from '../../../sandbox/affinetes/pinned.ts'
import type { Image } from '../../../sandbox/engine.ts'
import { parseConfig } from '../../../sandbox/gateway/config.ts'
import { openGateway } from '../../../sandbox/gateway/gateway.ts'
import { RUN_LABEL } from '../../../sandbox/owner.ts'
import { Affinetes } from '../../../task-bank/affinetes.ts'
import {
  type CallContext,
  callEnvironment,
  scoredOf,
  taskCall,
} from '../../../validator/environments/affinetes.ts'
import { chooseTasks, runEnvironment } from '../../../validator/environments/environment-run.ts'
import { qualifyEnvironment } from '../../../validator/environments/qualify.ts'
import { buildAsker } from '../../support/asker.ts'
import { makeFolder } from '../../support/folder.ts'
import { useBench } from '../../support/surroundings.ts'

const held = useBench({ scan: false })
const said = { image: undefined as Image | undefined }
const oracle = { method: 'fixed', score: 1 }

beforeAll(async () => {
  const { engine, run } = held.bench
  said.image = await buildAsker(engine, run)
})

afterAll(async () => {
  const { engine, run } = held.bench
  const left = await engine.listLabelled(`${RUN_LABEL}=${run}`)
  expect(
    left.filter(({ kind, labels }) => kind === 'container' && labels['arete.role'] === 'service'),
  ).toEqual([])
})

test('an agent takes part as the model that the environment asks, and the score is mapped on [0, 1]', async () => {
  await using model = await openModel('3')
  const context = contextOf({ score: [-1, 4] })

  const record = await callEnvironment(context, taskCall('sums', context.declared, 7, model.endpoint))

  expect(record).toMatchObject({ environment: 'sums', disposition: { kind: 'scored', score: 0.8 } })
  expect(record.visits).toContain('model.arete.internal:80')
  expect(model.asked).toEqual([{ authorization: 'Bearer token-of-this-call', model: 'agent', content: '7' }])
  expect(scoredOf('mine', record)).toEqual({
    agent: 'mine',
    environment: 'sums',
    verdict: 'unsolved',
    score: 0.8,
  })
})

test.concurrent.each([
  ['fixed', { kind: 'scored', score: 1 }],
  ['model_failure', { kind: 'scored', score: 0 }],
  ['taken_back', { kind: 'failed', fault: 'agent', code: 'taken-back', evidence: { container: 'running' } }],
  ['odd_flag', { kind: 'failed', fault: 'agent', code: 'taken-back' }],
  ['error_without_flag', { kind: 'failed', fault: 'agent', code: 'taken-back' }],
  ['timed_out', { kind: 'failed', fault: 'agent', code: 'call-failed' }],
  ['raises', { kind: 'failed', fault: 'agent', code: 'raised' }],
  ['odd_status', { kind: 'failed', fault: 'agent', code: 'odd-status' }],
  ['malformed', { kind: 'failed', fault: 'agent', code: 'malformed' }],
  ['no_form', { kind: 'failed', fault: 'agent', code: 'malformed' }],
  ['deep', { kind: 'failed', fault: 'agent', code: 'malformed' }],
  ['nan', { kind: 'failed', fault: 'agent', code: 'malformed' }],
  ['huge_number', { kind: 'failed', fault: 'agent', code: 'odd-score' }],
  ['huge', { kind: 'failed', fault: 'agent', code: 'too-big' }],
  ['drop', { kind: 'failed', fault: 'agent', code: 'dropped', evidence: { container: 'running' } }],
  [
    'crash',
    {
      kind: 'failed',
      fault: 'agent',
      code: 'container-ended',
      evidence: { exitCode: 137, outOfMemory: false },
    },
  ],
  ['polite_crash', { kind: 'failed', fault: 'agent', code: 'container-ended', evidence: { exitCode: 137 } }],
  ['memory', { kind: 'failed', fault: 'agent', code: 'out-of-memory', evidence: { outOfMemory: true } }],
  ['no_such_method', { kind: 'void', fault: 'task', code: 'refused' }],
])('%s', async (method, disposition) => {
  const context = contextOf({})

  const record = await callEnvironment(context, { method, params: {}, endpoint: undefined })

  expect(record.disposition).toMatchObject(disposition)
})

test.each(['hang', 'endless'])('%s: the call ends with its time, and counts 0', async method => {
  await using environment = await open(contextOf({}))

  expect(await environment.call(method, {}, 2)).toEqual({ kind: 'late' })
  expect(await environment.look(false)).toEqual({ container: 'running' })
})

test('a score out of range is none, and no reason to cut it', async () => {
  const context = contextOf({
    params: { score: 1.5 },
    controls: { oracle: { ...oracle, params: { score: 1 } } },
  })

  const record = await callEnvironment(context, {
    method: 'fixed',
    params: { score: 1.5 },
    endpoint: undefined,
  })

  expect(record.disposition).toMatchObject({ kind: 'failed', code: 'odd-score' })
})

test('what the control does not fail at stays with the agent', async () => {
  const context = contextOf({ controls: { oracle } })

  const record = await callEnvironment(context, { method: 'crash', params: {}, endpoint: undefined })

  expect(record.disposition).toMatchObject({
    kind: 'failed',
    fault: 'agent',
    evidence: { control: 'passed' },
  })
})

test('what the control fails at, too, is the fault of the environment', async () => {
  const context = contextOf({ controls: { oracle: { method: 'raises', score: 1 } } })

  const record = await callEnvironment(context, { method: 'malformed', params: {}, endpoint: undefined })

  expect(record.disposition).toMatchObject({
    kind: 'void',
    fault: 'task',
    code: 'malformed',
    evidence: { control: 'failed' },
  })
})

test('a container that somebody else removed is a fault of ours, for the engine shows it', async () => {
  const context = contextOf({ controls: { oracle } })
  const { engine, run } = held.bench
  const call = callEnvironment(context, { method: 'hang', params: {}, endpoint: undefined })
  const remove = async (): Promise<void> => {
    for (const { id, labels } of await engine.listLabelled(`${RUN_LABEL}=${run}`))
      if (labels['arete.role'] === 'service') await engine.removeContainer(id)
  }
  await new Promise(resolve => setTimeout(resolve, 4000))
  await remove()

  expect((await call).disposition).toMatchObject({ kind: 'void', fault: 'harness', code: 'container-lost' })
})

test('one that becomes healthy late is waited for', async () => {
  const context = contextOf({ env: ['BOOT'] }, { BOOT: '2' })

  const record = await callEnvironment(context, { method: 'fixed', params: {}, endpoint: undefined })

  expect(record.disposition).toMatchObject({ kind: 'scored' })
})

test.each([
  ['exit', /ended with exit code 3 before it was healthy. It said:\nno key was given/],
  ['60', /was not healthy within 3 s/],
])('one that does not become healthy is of no use: BOOT=%s', async (boot, words) => {
  const context = contextOf({ env: ['BOOT'], start_seconds: 3 }, { BOOT: boot })

  const { disposition } = await callEnvironment(context, { method: 'fixed', params: {}, endpoint: undefined })

  expect(disposition).toMatchObject({ kind: 'void', fault: 'task', code: 'task-unusable' })
  expect(disposition.evidence.detail).toMatch(words)
})

test('variables are handed on by name only', async () => {
  const variables = { GIVEN: 'handed on', KEPT: 'handed on' }
  const context = contextOf({ env: ['GIVEN'] }, variables)
  const ask = (name: string) =>
    callEnvironment(context, { method: 'variable', params: { name }, endpoint: undefined })

  expect((await ask('GIVEN')).disposition).toMatchObject({ score: 1 })
  expect((await ask('KEPT')).disposition).toMatchObject({ score: 0 })
})

test('nothing outside is reached that was not declared', async () => {
  const none = await callEnvironment(contextOf({}), { method: 'outside', params: {}, endpoint: undefined })
  const other = contextOf({ network: ['allowed.invalid'] })
  const refused = await callEnvironment(other, { method: 'outside', params: {}, endpoint: undefined })

  expect(none).toMatchObject({ disposition: { score: 0 }, visits: [] })
  expect(refused).toMatchObject({
    disposition: { score: 0 },
    visits: expect.arrayContaining(['example.org (refused)']),
  })
})

test('a call that is cancelled ends at once and leaves nothing', async () => {
  const stop = new AbortController()
  const context = { ...contextOf({}), signal: stop.signal }
  await using environment = await open(context)
  const start = performance.now()
  setTimeout(() => stop.abort(), 300)

  await expect(environment.call('hang', {}, 60)).rejects.toMatchObject({ code: 'cancelled' })
  expect(performance.now() - start).toBeLessThan(10_000)
})

test('methods are listed', async () => {
  await using environment = await open(contextOf({}))

  expect(await environment.methods()).toContain('evaluate')
})

test('an image is used only under its digest', async () => {
  const { engine, run } = held.bench
  const ensure = (reference: string) => ensurePinned(engine, reference, { run, seconds: 60, say: () => {} })
  const digest = said.image!.id

  await expect(ensure(digest)).resolves.toMatchObject({ id: digest })
  await expect(ensure(`arete/test-affinetes:${run}`)).rejects.toThrow(/its digest is needed/)
  await expect(ensure(`sha256:${'0'.repeat(64)}`)).rejects.toMatchObject({ code: 'image-missing' })
})

test('an environment is looked at before it may count', async () => {
  const { declared } = contextOf({
    controls: {
      oracle: { method: 'fixed', score: 1 },
      nop: { method: 'fixed', params: { score: 0 }, score: 0 },
    },
  })
  const check = (environment: Affinetes) =>
    qualifyEnvironment(held.bench, environment, {
      ...{ id: 'sums', run: held.bench.run, rounds: 1, variables: {}, onProgress: () => {} },
    })

  const good = await check(declared)
  const drifting = await check({ ...declared, controls: { ...declared.controls, nop: DRIFTING } })

  expect(good).toMatchObject({ qualifies: true, reasons: [] })
  expect(good.trials).toHaveLength(2)
  expect(drifting.reasons).toEqual([
    expect.stringMatching(/^nop: 1 of 1 calls did not come to 0, but to 0\.5/),
  ])
})

const DRIFTING = { method: 'drifting', params: {}, score: 0 }

function contextOf(
  draft: Readonly<Record<string, unknown>>,
  variables: Record<string, string> = {},
): CallContext & { readonly declared: Affinetes } {
  const { engine, runtimeVolume, run } = held.bench
  const image = said.image!
  const declared = Affinetes.parse({
    ...{
      protocol: 'affinetes',
      netuid: 120,
      weight: 1,
      image: image.id,
      tasks: [0, 100],
      draw: 1,
      confirmation: 1,
    },
    ...{ seconds: 10, start_seconds: 30, memory_megabytes: 128 },
    ...draft,
  })
  return { engine, runtimeVolume, run, id: 'sums', image, declared, variables }
}

async function open(context: CallContext): Promise<AffinetesEnvironment> {
  return await AffinetesEnvironment.open({ ...context, endpoint: undefined })
}

/** A model that always says the same. */
async function openModel(
  content: string,
): Promise<{ endpoint: Endpoint; asked: unknown[] } & AsyncDisposable> {
  const asked: unknown[] = []
  const server = http.createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { model, messages } = JSON.parse(Buffer.concat(chunks).toString())
    asked.push({ authorization: request.headers.authorization, model, content: messages[0].content })
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ choices: [{ message: { content } }] }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  return {
    asked,
    endpoint: { url: `http://127.0.0.1:${port}/v1`, model: 'agent', key: 'token-of-this-call' },
    [Symbol.asyncDispose]: () => new Promise(resolve => server.close(() => resolve())),
  }
}

test('models take part on the same tasks through the gateway, and stand on a board with what they scored and cost', async () => {
  const folder = makeFolder({
    'good.json': JSON.stringify({ model: 'one/same', turns: [{ content: '1' }] }),
    'half.json': JSON.stringify({ model: 'one-same', turns: [{ content: '0.5' }] }),
    'out/x': '',
  })
  const script = (name: string) => ({ kind: 'script', name, file: path.join(folder, `${name}.json`) })
  const config = parseConfig({ providers: [script('good'), script('half')] }, 'a test')
  const stop = new AbortController()
  await using opened = await openGateway(config, { env: {}, signal: stop.signal })
  const { declared, run } = contextOf({})
  const told: string[] = []

  const { calls, board } = await runEnvironment(held.bench, declared, {
    ...{ id: 'sums', run, models: ['one/same', 'one-same'], gateway: opened.gateway, count: 2, jobs: 2 },
    ...{ out: path.join(folder, 'out'), variables: {} },
    onCall: ({ model, task }) => void told.push(`${model} ${task}`),
  })

  const tasks = chooseTasks('sums', declared, 2)
  expect(told.toSorted()).toEqual(tasks.flatMap(task => [`one/same ${task}`, `one-same ${task}`]).toSorted())
  expect(calls.every(({ requests, usd }) => requests === 1 && usd > 0)).toBe(true)
  expect(board.environments).toEqual(['sums'])
  expect(board.rows).toMatchObject([
    { agent: 'one/same', score: 1, cells: { sums: { solved: 2, attempts: 2 } } },
    { agent: 'one-same', score: 0.5, cells: { sums: { solved: 0, attempts: 2 } } },
  ])
  const kept = fs.readFileSync(path.join(folder, 'out/calls.jsonl'), 'utf8').trim().split('\n')
  expect(kept).toHaveLength(4)
  // Names that look alike share no record.
  const folders = fs.readdirSync(path.join(folder, 'out'), { withFileTypes: true })
  expect(folders.filter(entry => entry.isDirectory())).toHaveLength(4)
})

test('tasks of an environment are spread over all ids, each once, the same for everybody', () => {
  const wide = { tasks: [1000, Number.MAX_SAFE_INTEGER] as [number, number] }

  expect(chooseTasks('one', wide, 5)).toEqual(chooseTasks('one', wide, 9).slice(0, 5))
  expect(chooseTasks('one', wide, 5)).not.toEqual(chooseTasks('other', wide, 5))
  expect(chooseTasks('one', { tasks: [3, 6] }, 9).toSorted()).toEqual([3, 4, 5])
})
