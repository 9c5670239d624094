import { wilson } from './interval.ts'

/** The ranking of a run: agents × environments. */
export interface Board {
  readonly environments: readonly string[]
  readonly rows: readonly Row[]
}

export interface Row {
  readonly agent: string
  /** Mean of the environments' scores, so that a large environment weighs no more than a small one. */
  readonly score: number
  readonly cells: Readonly<Record<string, Cell>>
}

export interface Cell {
  readonly solved: number
  /** Attempts with a verdict; those that failed by our own fault do not count. */
  readonly attempts: number
  readonly score: number
  /** Wilson score interval at 95 %. */
  readonly low: number
  readonly high: number
}

/** One attempt as far as the board cares. */
export interface Scored {
  readonly agent: string
  readonly environment: string
  /** undefined if our own machinery failed. */
  readonly verdict: 'solved' | 'unsolved' | 'invalid' | undefined
  /** From 0 to 1, where an environment knows more than solved or not. */
  readonly score?: number
}

/** Ranks agents by mean score over the environments; equal scores stand in the order of their names. */
export function buildBoard(attempts: readonly Scored[]): Board {
  const judged = attempts.filter(attempt => attempt.verdict !== undefined)
  const environments = unique(attempts.map(attempt => attempt.environment)).sort()
  const rows = unique(attempts.map(attempt => attempt.agent)).map(agent => {
    const cells = Object.fromEntries(
      environments.map(environment => [
        environment,
        buildCell(judged.filter(attempt => attempt.agent === agent && attempt.environment === environment)),
      ]),
    )
    const counted = Object.values(cells).filter(cell => cell.attempts > 0)
    const score =
      counted.length === 0 ? 0 : counted.reduce((sum, cell) => sum + cell.score, 0) / counted.length
    return { agent, score, cells }
  })
  rows.sort((one, other) => other.score - one.score || (one.agent < other.agent ? -1 : 1))
  return { environments, rows }
}

function buildCell(attempts: readonly Scored[]): Cell {
  const solved = attempts.filter(attempt => attempt.verdict === 'solved').length
  const sum = attempts.reduce(
    (total, { verdict, score }) => total + (score ?? Number(verdict === 'solved')),
    0,
  )
  // Scores between 0 and 1 scatter less than zeros and ones with the same mean: the interval is too wide then, never too narrow.
  const [low, high] = wilson(sum, attempts.length)
  return {
    solved,
    attempts: attempts.length,
    score: attempts.length === 0 ? 0 : sum / attempts.length,
    low,
    high,
  }
}

function unique(values: readonly string[]): string[] {
  return [...new Set(values)]
}
