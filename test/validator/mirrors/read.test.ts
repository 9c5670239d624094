import { expect, test } from 'vitest'
import { MirrorBoard } from '../../../validator/mirrors/mirror.ts'
import { MOST_MIRROR_BYTES, readMirror } from '../../../validator/mirrors/read.ts'

const ANN = '5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY'
const BOB = '5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty'
const bytes = (value: unknown): Buffer => Buffer.from(JSON.stringify(value))

const RANK = {
  window: {
    champion: { uid: 7, hotkey: ANN, model: 'ann/coder', revision: 'abc', since_block: 10 },
    battle: null,
  },
  queue: [{ position: 1, uid: 9, hotkey: BOB, model: 'bob/coder', first_block: 20 }],
  scores: {
    block_number: 6_480_000,
    scores: [
      {
        uid: 9,
        overall_score: 0.5,
        scores_by_env: { SWE: 0.4, TERMINAL: { score: 0.6, n: 9 } },
        challenge_status: 'sampling',
      },
      { uid: 3, overall_score: 0.9, is_valid: false, invalid_reason: 'anticopy_copy' },
      { uid: 7, overall_score: 0.4, average_score: 0.3, is_valid: true },
    ],
  },
  meta: {},
}

const EMPTY = { hotkey: null, score: null, environments: {}, cost: null, weight: null, status: null }

test('the board of Affine: the champion first, then by score', () => {
  expect(readMirror('affine', bytes(RANK))).toEqual({
    netuid: 120,
    block: 6_480_000,
    entries: [
      { ...EMPTY, rank: 1, name: 'ann/coder', hotkey: ANN, score: 0.4, status: 'champion' },
      { ...EMPTY, rank: 2, name: 'uid 3', score: 0.9, status: 'anticopy_copy' },
      {
        ...EMPTY,
        rank: 3,
        name: 'bob/coder',
        hotkey: BOB,
        score: 0.5,
        environments: { SWE: 0.4, TERMINAL: 0.6 },
        status: 'sampling',
      },
    ],
  })
})

test('the board of Ridges: in its own order', () => {
  const agents = [
    {
      agent_id: 'x',
      name: 'fixer',
      version_num: 3,
      miner_hotkey: ANN,
      final_score: 0.38,
      average_cost_usd: 0.12,
      status: 'finished',
    },
    { agent_id: 'y', miner_hotkey: 'nobody', final_score: null },
  ]
  const board = {
    netuid: 62,
    block: null,
    entries: [
      { ...EMPTY, rank: 1, name: 'fixer 3', hotkey: ANN, score: 0.38, cost: 0.12, status: 'finished' },
      { ...EMPTY, rank: 2, name: 'y' },
    ],
  }

  expect(readMirror('ridges', bytes(agents))).toEqual(board)
  expect(readMirror('ridges', bytes({ agents }))).toEqual(board)
})

test('the weights of Ridges: the largest first', () => {
  expect(readMirror('ridges', bytes({ [ANN]: 0.25, [BOB]: 0.75 }))).toMatchObject({
    entries: [
      { rank: 1, hotkey: BOB, weight: 0.75 },
      { rank: 2, hotkey: ANN, weight: 0.25 },
    ],
  })
})

test('what strangers write into names and numbers does no harm', () => {
  const read = readMirror(
    'ridges',
    Buffer.from(
      `[{"name": "\\u001b[31m<b>\\u202eevil\\u0000\\n${'x'.repeat(500)}", "final_score": 1e999, "cost": "0.1"}]`,
    ),
  )
  const { name, score, cost } = MirrorBoard.parse(read).entries[0]!

  expect(name).toMatch(/^\[31m<b> evil x+…$/)
  expect([...name].length).toBe(121)
  expect([score, cost]).toEqual([null, null])
})

test.each<[string, Buffer, RegExp]>([
  ['no JSON', Buffer.from('<html>'), /no JSON/],
  ['too deep', Buffer.from('['.repeat(100_000)), /nested too deeply/],
  ['too large', Buffer.alloc(MOST_MIRROR_BYTES + 1, ' '), /bytes/],
  ['too many rows', bytes({ scores: { scores: Array(5001).fill({ uid: 1 }) } }), /^scores\.scores: /],
  ['another form', bytes({ scores: [] }), /^scores: /],
  ['a row without uid', bytes({ scores: { scores: [{}] } }), /^scores\.scores\.0\.uid: /],
])('refused: %s', (_, body, reason) => {
  const read = readMirror('affine', body)

  expect('mistakes' in read && read.mistakes[0]).toMatch(reason)
})
