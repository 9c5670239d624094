import { Capital } from '../duel/capital.ts'
import type { Round } from '../duel/duel.ts'
import { CONFIRMATION } from '../duel/rules.ts'
import { leadOf } from '../duel/screen.ts'
import { layersOf } from '../layers.ts'
import { planRounds, playedRounds, toRound, weightsOf } from './bouts.ts'
import type { Draw, Entry, Results } from './facts.ts'
import type { Row } from './rows.ts'

/** A row at its place: from 1, the champion's first. */
export interface Ranked extends Row {
  readonly rank: number
  /** From 1: nobody in it is proven to be worse than another of it. For showing only; layers are never paid. */
  readonly layer: number
}

/** Evidence that one entry is better on the tasks that both had, over all: twenty to one. */
const BETTER = 20

export interface Ground {
  readonly entries: ReadonlyMap<string, Entry>
  /** The draw that is settled, and what came of it. */
  readonly draw: Draw
  readonly results: Results
}

/**
 * Orders rows: the champion, then layer by layer, within one by the lower bound of the score, then by precedence. One entry beats
 * another by what they did on the same tasks; where they had none in common, by intervals that do not meet.
 */
export function rank(rows: readonly Row[], champion: string | undefined, ground: Ground): Ranked[] {
  const sorted = rows.toSorted((one, other) => compare(one, other, ground.entries))
  const plan = planRounds(ground.draw)
  const layers = layersOf(sorted, (one, other) => beats(one, other, ground, plan))
  const placed = layers.flatMap((layer, index) => layer.map(row => ({ ...row, layer: index + 1 })))
  const isChampion = ({ submission }: Row): boolean => submission === champion
  return [...placed.filter(isChampion), ...placed.filter(row => !isChampion(row))].map((row, index) => ({
    ...row,
    rank: index + 1,
  }))
}

function compare(one: Row, other: Row, entries: Ground['entries']): number {
  return (
    other.total.low - one.total.low || precedes(entries.get(one.submission)!, entries.get(other.submission)!)
  )
}

/** Negative if one was there first: by block, place in it, and hotkey. */
export function precedes(one: Entry, other: Entry): number {
  if (one.block !== other.block) return one.block - other.block
  if (one.index !== other.index) return one.index - other.index
  if (one.hotkey !== other.hotkey) return one.hotkey < other.hotkey ? -1 : 1
  return one.submission < other.submission ? -1 : Number(one.submission > other.submission)
}

/** Whether one is proven to be better: over all by twenty to one, and in no environment worse by the margin of duels. */
function beats(
  one: Row,
  other: Row,
  { draw, results }: Ground,
  plan: ReturnType<typeof planRounds>,
): boolean {
  if (one.window !== draw.window || other.window !== draw.window) return isApart(one, other)
  if (one.total.score <= other.total.score) return false
  const rounds = playedRounds(plan, results.get(one.submission), results.get(other.submission)).map(round =>
    toRound(draw, round),
  )
  const weights = weightsOf(draw)
  const overall = new Capital(1)
  for (const round of rounds) overall.add(leadOf(weights, round))
  return overall.mean >= BETTER && draw.environments.every(({ name }) => isSafe(name, rounds))
}

function isSafe(environment: string, rounds: readonly Round[]): boolean {
  const { margin, safety } = CONFIRMATION
  const capital = new Capital(1 - margin)
  for (const { [environment]: scores } of rounds)
    if (scores !== undefined && scores !== 'void') capital.add(scores.challenger - scores.champion + margin)
  return capital.mean >= safety
}

function isApart(one: Row, other: Row): boolean {
  if (one.total.low <= other.total.high) return false
  return Object.entries(one.cells).every(([name, cell]) => (other.cells[name]?.low ?? 0) <= cell.high)
}
