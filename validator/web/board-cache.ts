import { z } from '@hono/zod-openapi'
import { sha256 } from '../../sandbox/digest.ts'
import { wilson } from '../scoring/interval.ts'
import { Role } from '../scoring/role.ts'
import type { Drizzle } from '../store/database.ts'
import { type Counted, groupBySubmission, openTally, type Tally } from './tally.ts'

const Cell = z.object({
  solved: z.int(),
  judged: z.int(),
  score: z.number(),
  /** Wilson interval at 95 %. */
  low: z.number(),
  high: z.number(),
})

/** Agents and environments, and how well the ones solved the others' tasks. */
export const BoardAnswer = z
  .object({
    /** When it was counted. */
    counted: z.string(),
    environments: z.array(z.string()),
    rows: z.array(
      z.object({
        rank: z.int(),
        submission: z.string(),
        /** `reference`: an agent of the validator's own, to measure others by; nobody is paid for it. */
        role: Role,
        agent: z.string(),
        hotkey: z.string(),
        state: z.string(),
        block: z.int(),
        /** Mean over environments, so that a large one weighs no more than a small one. */
        score: z.number(),
        /** Of a task, as a mean: agent and tests together. */
        seconds: z.number(),
        /** Of a task, as a mean over those whose agent had language models: US dollars and tokens; null if none had. */
        dollars: z.number().nullable(),
        tokens: z.number().nullable(),
        cells: z.record(z.string(), Cell),
      }),
    ),
  })
  .openapi('Board')
export type BoardAnswer = z.infer<typeof BoardAnswer>

/** The board as it was counted last; readers never wait for the counting. */
export interface Board extends Disposable {
  readonly read: () => Promise<BoardAnswer>
  /** The same as it is sent, with a tag to ask again with: made once for all readers. */
  readonly readText: () => Promise<{ readonly text: string; readonly tag: string }>
  /** Something may have changed. */
  readonly stir: () => void
}

const MOST_ROWS = 1000
/** Between two countings; ten times as long as one takes if that is more. */
const PAUSE = 1000

export interface BoardSource {
  readonly db: Drizzle
  /** The environment that a family of tasks counts as. */
  readonly environmentOf: (family: string) => string
  readonly now: () => Date
}

/** Counts when it is asked for the first time, and again after each stir, but not all the time. */
export function openBoard(source: BoardSource, onError: (error: unknown) => void): Board {
  const tally = openTally(source.db, source.now)
  let last: Promise<Written> | undefined
  let isStale = false
  let timer: NodeJS.Timeout | undefined
  let isClosed = false

  const recount = async (): Promise<void> => {
    timer = undefined
    isStale = false
    const start = performance.now()
    try {
      const counted = write(await countBoard(tally, source))
      last = Promise.resolve(counted)
    } catch (error) {
      onError(error)
      isStale = true
    }
    if (!isClosed) timer = setTimeout(onPause, Math.max(PAUSE, 10 * (performance.now() - start)))
  }
  const onPause = (): void => {
    timer = undefined
    if (isStale) void recount()
  }
  const read = (): Promise<Written> => {
    last ??= countBoard(tally, source)
      .then(write)
      .catch(error => {
        last = undefined
        throw error
      })
    return last
  }
  return {
    read: async () => (await read()).answer,
    readText: read,
    stir: () => {
      isStale = true
      if (timer === undefined && last !== undefined && !isClosed) void recount()
    },
    [Symbol.dispose]() {
      isClosed = true
      clearTimeout(timer)
    },
  }
}

interface Written {
  readonly answer: BoardAnswer
  readonly text: string
  readonly tag: string
}

function write(answer: BoardAnswer): Written {
  const text = JSON.stringify(answer)
  return { answer, text, tag: `"${sha256(Buffer.from(text)).slice(0, 32)}"` }
}

async function countBoard(tally: Tally, { environmentOf, now }: BoardSource): Promise<BoardAnswer> {
  const families = await tally()
  const rows = joinFamilies(families, environmentOf)
  const environments = [...new Set(rows.map(({ environment }) => environment))].sort()
  const ids = [...new Set(rows.map(({ submission }) => submission))]
  const byId = groupBySubmission(rows)
  const entries = ids.map(id => {
    const own = byId.get(id)!
    const cells = Object.fromEntries(own.map(row => [row.environment, cellOf(row)]))
    const score = own.reduce((sum, row) => sum + row.solved / row.judged, 0) / own.length
    const sum = (key: 'judged' | 'seconds' | 'metered' | 'dollars' | 'tokens'): number =>
      own.reduce((total, row) => total + row[key], 0)
    const mean = (key: 'dollars' | 'tokens'): number | null =>
      sum('metered') === 0 ? null : sum(key) / sum('metered')
    const spent = {
      seconds: sum('seconds') / sum('judged'),
      dollars: mean('dollars'),
      tokens: mean('tokens'),
    }
    return { first: own[0]!, cells, score, spent }
  })
  // Who stopped early was judged on fewer tasks: its score is none to rank by.
  const isWhole = ({ first }: { first: Counted }): number => Number(first.state === 'passed')
  entries.sort(
    (one, other) =>
      isWhole(other) - isWhole(one) ||
      other.score - one.score ||
      one.first.block - other.first.block ||
      one.first.index - other.first.index,
  )
  return {
    counted: now().toISOString(),
    environments,
    rows: entries.slice(0, MOST_ROWS).map(({ first, cells, score, spent }, index) => ({
      rank: index + 1,
      ...{ submission: first.submission, role: first.role, agent: first.agent },
      ...{ hotkey: first.hotkey, state: first.state },
      ...{ block: first.block, score, ...spent, cells },
    })),
  }
}

type Sum = 'solved' | 'judged' | 'seconds' | 'metered' | 'dollars' | 'tokens'

function joinFamilies(families: readonly Counted[], environmentOf: BoardSource['environmentOf']): Counted[] {
  const joined = new Map<string, Counted>()
  for (const row of families) {
    const environment = environmentOf(row.environment)
    const key = `${row.submission} ${environment}`
    const known = joined.get(key)
    const sum = (name: Sum): number => row[name] + (known?.[name] ?? 0)
    joined.set(key, {
      ...{ ...row, environment },
      ...{ solved: sum('solved'), judged: sum('judged'), seconds: sum('seconds') },
      ...{ metered: sum('metered'), dollars: sum('dollars'), tokens: sum('tokens') },
    })
  }
  return [...joined.values()]
}

function cellOf({ solved, judged }: Counted) {
  const [low, high] = wilson(solved, judged)
  return { solved, judged, score: solved / judged, low, high }
}
