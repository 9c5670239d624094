import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AgentPage } from '../../../validator/pages/agent.ts'
import type { AttemptPage } from '../../../validator/pages/attempt.ts'
import type { BoardPage } from '../../../validator/pages/board-data.ts'
import type { DuelPage } from '../../../validator/pages/duel.ts'
import type { WeightsPage } from '../../../validator/pages/weights.ts'
import type { Standing } from '../../../validator/stages/standing.ts'
import { tell } from '../../../validator/store/events.ts'
import { attempts, receipts, reigns, settlements, submissions } from '../../../validator/store/schema.ts'
import { digestOf } from '../../support/pool.ts'
import { environmentsOf, playSeason } from '../../support/season.ts'
import { openService, type Service } from '../../support/service.ts'
import { layVerdict } from '../../support/verdicts.ts'

const ids = { weak: 'a'.repeat(24), strong: 'b'.repeat(24), other: 'c'.repeat(24) }
const played = playSeason({
  players: [
    { submission: ids.weak, hotkey: 'hotkey of weak', skill: -1, window: 0 },
    { submission: ids.strong, hotkey: 'hotkey of strong', skill: 2.5, window: 1 },
    { submission: ids.other, hotkey: 'hotkey of other', skill: 0, window: 1 },
  ],
  ...{
    windows: 2,
    environments: environmentsOf('one', 'two'),
    tasks: 60,
    confirmation: 200,
    alpha: 0.01,
    seed: 5,
  },
})

/** The window of 100 blocks that the chain, at block 3600, is in. */
const OPEN = 36

let service: Service
beforeAll(async () => {
  service = await openService({
    settings: { openness: 'window', window: { blocks: 100, tasks: 3, confirmation: 3 } },
  })
  const { database, blobs } = service.intake
  const { db } = database
  for (const [name, id] of Object.entries(ids))
    await db.insert(submissions).values({
      ...{
        id,
        hotkey: `hotkey of ${name}`,
        coldkey: name,
        cluster: name,
        digest: digestOf(name),
        envelope: {},
      },
      ...{ manifest: { name, version: '1', language: 'python' }, block: 1, index: 0, window: OPEN },
      ...{ state: 'passed', stage: 'full' },
    })
  for (const { kind, ...fact } of played.facts) {
    if (kind === 'result' || kind === 'settlement') continue
    const subject =
      kind === 'entry' ? (fact as { submission: string }).submission : (fact as { draw: string }).draw
    await db.insert(receipts).values({ subject, kind, body: { kind, format: 'arete/receipt/v1', ...fact } })
  }
  for (const standings of played.standings)
    await db.insert(settlements).values({ window: standings.window, block: standings.block, standings })
  for (const reign of played.standings.at(-1)!.reigns) await db.insert(reigns).values(reign)
  for (const submission of [ids.strong, ids.other])
    await layVerdict(database, blobs, { submission, name: `of-${submission.slice(0, 1)}`, window: OPEN })
})
afterAll(async () => {
  await service[Symbol.asyncDispose]()
})

async function read<T>(path: string): Promise<T> {
  return (await (await fetch(`${service.url}${path}`)).json()) as T
}

test('the top of the board goes out before its table; who has it already is sent nothing', async () => {
  const answer = await fetch(`${service.url}/board`)
  const pieces: string[] = []
  for await (const bytes of answer.body!) pieces.push(Buffer.from(bytes).toString())
  const again = await fetch(`${service.url}/board`, {
    headers: { 'if-none-match': answer.headers.get('etag')! },
  })

  const [top, ...rest] = pieces
  expect(top).toContain('<h1>The board</h1>')
  expect(top).not.toContain('<table')
  expect(rest.join('')).toContain('<table')
  expect(pieces.join('')).toMatch(/^<!doctype html>.*<\/html>\n$/s)
  expect([again.status, await again.text()]).toEqual([304, ''])
})

test('who leaves between the two pieces, again and again, harms nobody', async () => {
  for (let leaving = 0; leaving < 20; leaving++) {
    const leave = new AbortController()
    const answer = await fetch(`${service.url}/board`, { signal: leave.signal })
    await answer.body!.getReader().read()
    leave.abort()
  }

  expect(await (await fetch(`${service.url}/board`)).text()).toMatch(/<\/html>\n$/)
})

test('a copy stays marked when its duel is none of the newest', async () => {
  const { db } = service.intake.database
  const drawn = played.facts.find(({ kind }) => kind === 'draw') as {
    kind: 'draw'
    draw: string
    window: number
  }
  const reason = 'shares 95 % of its grams'
  const against = [{ submission: ids.strong, isOrigin: true, reason }]
  const body = {
    ...{ ...drawn, format: 'arete/receipt/v1', draw: 'long-ago' },
    ...{ challenger: ids.other, against },
  }
  await db.insert(receipts).values({ subject: 'long-ago', kind: 'draw', body })
  await db.transaction(async tx => await tell(tx, { kind: 'test' }))

  const board = async () => (await read<BoardPage>('/board.json')).rows
  await expect
    .poll(async () => (await board()).find(({ submission }) => submission === ids.other)?.origin)
    .toEqual({ submission: ids.strong, reason })
})

test('the board shows the season: champion, reigns, duel and pay', async () => {
  const board = await read<BoardPage>('/board.json')
  const page = await (await fetch(`${service.url}/board`)).text()

  expect(board.rows[0]).toMatchObject({ submission: ids.strong, state: 'champion', rank: 1 })
  expect(board.reigns.map(({ submission }) => submission)).toEqual([ids.weak, ids.strong])
  expect(board.window).toBe(1)
  expect(page).toContain('<tr id="agent-bbbbbbbbbbbbbbbbbbbbbbbb" class="crown">')
})

test('the duel that was won is there with all its rounds, and its page is a plot', async () => {
  const { duel: id } = (await read<BoardPage>('/board.json')).reigns[1]!
  const duel = await read<DuelPage>(`/duels/${id}.json`)
  const page = await (await fetch(`${service.url}/duels/${id}`)).text()

  expect(duel).toMatchObject({ kind: 'won', challenger: { submission: ids.strong } })
  expect(duel.bouts[0]!.curve).toHaveLength(duel.bouts[0]!.rounds)
  expect(page).toContain("What the bettors' money")
})

test('weights name who is paid, and add up', async () => {
  const { lines, weights, settled } = await read<WeightsPage>('/weights.json')

  expect(lines[0]).toMatchObject({ agent: expect.any(String), why: 'champion' })
  expect(weights.reduce((sum, { weight }) => sum + weight, 0)).toBe(65_535)
  expect(settled).not.toBeNull()
})

test("a champion's results stay hidden by task while its window is open; those of others do not", async () => {
  const champion = await read<AgentPage>(`/agents/${ids.strong}.json`)
  const other = await read<AgentPage>(`/agents/${ids.other}.json`)
  const rows = await service.intake.database.db.select().from(attempts)
  const own = rows.find(({ submission }) => submission === ids.strong)!
  const attempt = await read<AttemptPage>(`/attempts/${own.id}.json`)

  expect(champion.attempts).toMatchObject([{ state: 'closed', verdict: null, task: null }])
  expect(champion.stages).toEqual([])
  expect(champion.hidden).toContain('champion')
  expect(other.attempts).toMatchObject([{ state: 'judged', verdict: 'solved', task: null }])
  expect(attempt).toMatchObject({ verdict: null, state: 'closed', reason: '' })
  expect(champion.duels).toMatchObject([{ kind: 'won' }])
})

test('neither does the interface tell where a champion fails, nor what is told as it happens', async () => {
  const champion = await read<Standing>(`/v1/submissions/${ids.strong}`)
  const other = await read<Standing>(`/v1/submissions/${ids.other}`)
  const { db } = service.intake.database
  const body = { attempt: 'f'.repeat(24), state: 'judged', stage: 'full', place: 3 }
  const judged = { ...body, verdict: 'unsolved', reason: 'tests-failed' }
  await db.transaction(async tx => {
    for (const submission of [ids.strong, ids.other])
      await tell(tx, { kind: 'attempt', submission, body: judged })
  })

  expect(champion.attempts).toMatchObject([{ state: 'closed', verdict: null, reason: null, seconds: null }])
  expect(champion).toMatchObject({ stages: [], hidden: true })
  expect(other).toMatchObject({ attempts: [{ verdict: 'solved' }], hidden: false })
  expect(await firstEvent(ids.strong)).toMatchObject(body)
  expect(await firstEvent(ids.strong)).not.toHaveProperty('verdict')
  expect(await firstEvent(ids.strong)).not.toHaveProperty('reason')
  expect(await firstEvent(ids.other)).toMatchObject(judged)
})

async function firstEvent(submission: string): Promise<unknown> {
  const leave = new AbortController()
  const response = await fetch(`${service.url}/v1/events?submission=${submission}`, { signal: leave.signal })
  let text = ''
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const found = /event: attempt\ndata: (.*)\n/.exec(text)
    if (found === null) continue
    leave.abort()
    return JSON.parse(found[1]!)
  }
  throw new Error(`No event of ${submission} came: ${text}`)
}
