import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { packAgent } from '../../validator/intake/pack.ts'
import type { BoardPage } from '../../validator/pages/board-data.ts'
import { openClient } from '../../validator/web/client.ts'
import { arete, startArete } from '../support/arete.ts'
import { submit } from '../support/killing.ts'
import { buildLine, type Line } from './measure.ts'

const REPOSITORY = path.resolve(import.meta.dirname, '../..')
const TEMPLATES = path.join(REPOSITORY, 'miner-template')
/** Blocks of a window, one a second. */
const WINDOW = 120

/** All bundled tasks count as one environment, since a duel has as many rounds as the smallest one has tasks. */
const FAMILIES = fs.readdirSync(path.join(REPOSITORY, 'task-bank/tasks'))
const settingsOf = (chain: string): string => `
references = ["nop"]
alpha = 0.02
window = { blocks = ${WINDOW}, tasks = 24, confirmation = 40 }
stages = { screen = { tasks = 0 }, full = { share = 0, scored = true } }
chain = { offline = ${JSON.stringify(chain)} }
[rates]
hotkey = 10
[environments.bank]
of = ${JSON.stringify(FAMILIES)}
`

/** A change of one file of `repair`: old text, new text. */
type Change = readonly [file: string, from: string, to: string]
const TIME = 'const secondsLeft = (): number => (signal.aborted ? 0 : budget.secondsLeft() - RESERVE)'
const HASTY: Change = [
  'agent.ts',
  TIME,
  `const start = Date.now()\n  const secondsLeft = (): number => (signal.aborted ? 0 : 5 - (Date.now() - start) / 1000)`,
]
const only = (language: string): Change => [
  'ecosystem.ts',
  'if (tests.length === 0) return undefined',
  `if (tests.length === 0 || language !== '${language}') return undefined`,
]

/** Agents by the turn in which they come: the templates without a model change nothing, `repair` in four forms searches. */
const TURNS: readonly (readonly {
  readonly name: string
  readonly source: string
  readonly change?: Change
}[])[] = [
  [
    { name: 'template-typescript', source: 'typescript' },
    { name: 'template-python', source: 'python' },
    { name: 'repair-node', source: 'repair', change: only('node') },
  ],
  [
    { name: 'repair-hasty', source: 'repair', change: HASTY },
    { name: 'repair-python', source: 'repair', change: only('python') },
    { name: 'repair', source: 'repair' },
  ],
]

/**
 * A season of two windows with six agents on the bundled tasks, through a validator as anybody starts it: handed in, judged in
 * sandboxes, settled, duels fought, weights set, and everything recomputed from the receipts.
 */
export async function measureRealSeason(
  say: (what: string) => void,
): Promise<{ lines: Line[]; board: string }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-season-'))
  fs.chmodSync(folder, 0o755)
  const started = performance.now()
  try {
    const chain = path.join(folder, 'chain.json')
    const start = new Date().toISOString()
    fs.writeFileSync(
      chain,
      JSON.stringify({ netuid: 0, start, secondsPerBlock: 1, seed: 'season', isOpen: true }),
    )
    fs.mkdirSync(path.join(folder, 'data'))
    fs.writeFileSync(path.join(folder, 'data/arete.toml'), settingsOf(chain))
    const env = { ARETE_DATA: path.join(folder, 'data'), ARETE_LISTEN: '127.0.0.1:0' }
    await using validator = startArete(['validator', 'start'], env)
    const url = await untilSaid(validator.said)
    const ids: string[] = []
    for (const [turn, agents] of TURNS.entries()) {
      for (const agent of agents)
        ids.push(await submit(url, agent.name, await packAgent(makeAgent(folder, agent))))
      say(`turn ${turn + 1} of ${TURNS.length}: ${agents.map(({ name }) => name).join(', ')}`)
      await untilSettled(url, ids, say)
    }
    const board = (await (await fetch(`${url}/board.json`)).json()) as BoardPage
    const replayed = await arete(['board', '--replay', url])
    const receipts: { body: { kind: string; credit?: number | null } }[] = []
    for await (const one of openClient(url).receipts()) receipts.push(one as (typeof receipts)[number])
    const count = (kind: string): number => receipts.filter(({ body }) => body.kind === kind).length
    const lines = [
      buildLine('real-season.agents', ids.length, 'count'),
      buildLine('real-season.verdicts', count('verdict'), 'count'),
      buildLine('real-season.void', count('void'), 'count'),
      buildLine('real-season.duels', count('duel'), 'count'),
      buildLine('real-season.crowns', board.reigns.length, 'count'),
      buildLine('real-season.settled', count('settlement'), 'count'),
      buildLine('real-season.replayed', Number(replayed.exitCode === 0), 'count'),
      buildLine('real-season.time', performance.now() - started, 'ms'),
    ]
    return { lines, board: `${replayed.stdout}\n${replayed.stderr}` }
  } finally {
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

function makeAgent(folder: string, { name, source, change }: (typeof TURNS)[number][number]): string {
  const place = path.join(folder, name)
  fs.cpSync(path.join(TEMPLATES, source), place, { recursive: true })
  const manifest = path.join(place, 'agent.json')
  fs.writeFileSync(manifest, JSON.stringify({ ...JSON.parse(fs.readFileSync(manifest, 'utf8')), name }))
  if (change === undefined) return place
  const [file, from, to] = change
  const text = fs.readFileSync(path.join(place, file), 'utf8')
  if (!text.includes(from)) throw new Error(`Cannot make ${name}: ${file} has no line "${from}"`)
  fs.writeFileSync(path.join(place, file), text.replace(from, to))
  return place
}

async function untilSaid(said: () => string): Promise<string> {
  for (;;) {
    const url = /"url":"(http:[^"]+)"/.exec(said())?.[1]
    if (url !== undefined) return url
    if (said().includes('Cannot')) throw new Error(said())
    await sleep(100)
  }
}

/** Until everybody is decided, and the window of the last is settled. */
async function untilSettled(url: string, ids: readonly string[], say: (what: string) => void): Promise<void> {
  const client = openClient(url)
  let told = ''
  for (;;) {
    const all = await Promise.all(ids.map(async id => (await client.standing(id))!))
    const words = all.map(({ agent, state, stage, stages }) => {
      const { judged, tasks } = stages.find(one => one.stage === stage) ?? { judged: 0, tasks: 0 }
      return `${agent.name} ${state === 'working' ? `${stage} ${judged}/${tasks}` : state}`
    })
    const news = words.join(', ')
    if (news !== told) say(news)
    told = news
    const isDecided = all.every(({ state }) => state !== 'queued' && state !== 'working')
    const { window } = (await (await fetch(`${url}/board.json`)).json()) as BoardPage
    if (isDecided && window !== null && window >= Math.max(...all.map(one => one.window))) return
    await sleep(2000)
  }
}
