import type { BoardPage, BoardRow, Who } from '../../validator/pages/board-data.ts'
import { wilson } from '../../validator/scoring/interval.ts'
import { randomOf } from '../../validator/scoring/random.ts'

const FIRST =
  'amber brisk calm deft eager fern grand hazel ivory jade keen lunar mellow north opal plain quiet rapid sable tidal'.split(
    ' ',
  )
const SECOND =
  'anchor beacon cedar delta ember forge grove harbor inlet jetty kestrel ledger mason nimbus otter plover quarry rivet sparrow tern'.split(
    ' ',
  )
const NAMES =
  'python-fixes typescript-fixes features hardening history performance planted terminal go-services rust-crates swe-infinite swe-frontier'.split(
    ' ',
  )
const BLOCK = 1_310_400

/** A board as it may look after some months: agents of different skill, whose results are drawn from it. */
export function fakeBoard(agents: number, environments: number, change: Partial<BoardPage> = {}): BoardPage {
  const random = randomOf(7)
  const names = Array.from({ length: environments }, (_, index) => NAMES[index] ?? `environment-${index}`)
  const offsets = names.map(() => (random() - 0.5) * 0.3)
  const made = Array.from({ length: agents }, (_, index) => {
    const skill = 0.08 + 0.62 * random() ** 1.6
    const cells = Object.fromEntries(
      names.map((name, place) => {
        const judged = 120 + 20 * (place % 5)
        const chance = Math.min(0.97, Math.max(0.02, skill + offsets[place]! + (random() - 0.5) * 0.08))
        const solved = Array.from({ length: judged }, () => random() < chance).filter(Boolean).length
        const [low, high] = wilson(solved, judged)
        return [name, { score: solved / judged, low, high, judged }]
      }),
    )
    const score = Object.values(cells).reduce((sum, cell) => sum + cell.score, 0) / environments
    const half = 0.09 / Math.sqrt(environments)
    return {
      ...whoOf(index),
      ...{
        role:
          index % 40 === 11
            ? ('reference' as const)
            : index % 60 === 13
              ? ('mirror' as const)
              : ('miner' as const),
      },
      ...{ cells, total: { score, low: Math.max(0, score - half), high: Math.min(1, score + half) } },
      spent: {
        dollars: 0.01 * Math.exp(3 * random() + 2 * score),
        tokens: 20_000 * Math.exp(2.5 * random()),
        seconds: 40 * Math.exp(2 * random()),
      },
      block: BLOCK - Math.round(random() * 200_000),
      origin:
        index % 37 === 5
          ? { submission: whoOf(index + 1).submission, reason: 'tokens in common: .91' }
          : null,
      paid: 0,
      trend: Array.from(
        { length: 8 },
        (_, window) => score - 0.03 + 0.004 * window + 0.02 * (random() - 0.5),
      ),
    }
  })
  made.sort((one, other) => other.total.low - one.total.low)
  const rows = made.map(
    (row, index): BoardRow => ({
      ...row,
      rank: index + 1,
      state:
        index === 0
          ? 'champion'
          : index === 2
            ? 'challenger'
            : index > agents - 12 && agents > 20
              ? 'stopped'
              : 'ranked',
      layer: index > agents - 12 && agents > 20 ? null : 1 + Math.floor(Math.sqrt(index / 4)),
      paid: index === 0 ? 0.413 : index === 1 ? 0.121 : 0,
    }),
  )
  return {
    ...{ counted: '2026-11-29T10:43:20.000Z', block: BLOCK, window: 182 },
    environments: names.map((name, index) => ({
      ...{ name, share: 1 / environments },
      netuid: index < 8 ? ('local' as const) : index < 10 ? 62 : 120,
    })),
    rows,
    duels: rows.length < 3 ? [] : [fakeDuel(rows[2]!, rows[0]!)],
    reigns: fakeReigns(rows),
    burned: 0.466,
    ...change,
  }
}

function fakeDuel(challenger: Who, opponent: Who): BoardPage['duels'][number] {
  const bout = {
    rounds: 214,
    most: 600,
    lead: 0.031,
    superiority: 18.4,
    wins: 400,
    futility: 0.21,
    loses: 10,
  }
  return {
    id: 'confirmation-182-3',
    challenger: who(challenger),
    kind: 'open',
    bouts: [{ opponent: who(opponent), isOrigin: false, ...bout }],
  }
}

function fakeReigns(rows: readonly BoardRow[]): BoardPage['reigns'] {
  const past = rows.slice(0, 7).toReversed()
  const starts = past.map((_, index) => BLOCK - 200_000 + Math.round(190_000 * (index / 7) ** 0.8))
  return past.map((row, index) => ({
    ...who(row),
    ...{ from: starts[index]!, to: starts[index + 1] ?? null },
    ...{
      duel: index === 0 ? null : `confirmation-${150 + 5 * index}-1`,
      credit: index === 0 ? 0 : 0.021 + 0.008 * (index % 3),
    },
  }))
}

function who({ submission, agent, hotkey }: Who): Who {
  return { submission, agent, hotkey }
}

function whoOf(index: number): Who {
  return {
    submission: (index + 1).toString(16).padStart(24, '0'),
    agent: `${FIRST[index % 20]}-${SECOND[Math.floor(index / 20 + index) % 20]}`,
    hotkey:
      `5${'FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty'.slice(index % 40)}${'DAAnrj7VHTznn2AWBemMuyBwZWs6FNFjdyVXUeYum3PTXFy'}`.slice(
        0,
        48,
      ),
  }
}
