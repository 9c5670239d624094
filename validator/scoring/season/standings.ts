import type { Draw, Entry, Environment, Results } from './facts.ts'
import { type Pay, planPay, type Reign } from './pay.ts'
import { type Ranked, rank } from './ranking.ts'
import { buildRows, type Row } from './rows.ts'

/** The board with everything that follows from it, once a window is settled. */
export interface Standings {
  readonly window: number
  readonly block: number
  readonly environments: readonly Environment[]
  readonly rows: readonly Ranked[]
  /** All champions, the present one last. */
  readonly reigns: readonly Reign[]
  readonly pay: Pay
}

export interface Closing {
  readonly window: number
  readonly block: number
  readonly draw: Draw
  readonly results: Results
  readonly entries: ReadonlyMap<string, Entry>
  /** As they stood after the window before. */
  readonly rows: readonly Row[]
  readonly reigns: readonly Reign[]
  readonly uids: Readonly<Record<string, number>>
}

/**
 * Settles a window: rows of those who were judged in it, beside the last ones of others; each hotkey's newest submission only. Where
 * nobody was champion yet the first in order becomes it, and has no credit for that.
 */
export function closeWindow(closing: Closing): Standings {
  const { window, block, draw, entries, uids } = closing
  const rows = newest([...closing.rows, ...buildRows(draw, closing.results)], closing)
  const reigning = closing.reigns.at(-1)?.submission
  const first = rank(rows, reigning, closing)
  const founder = first[0]?.submission
  const reigns =
    closing.reigns.length > 0 || founder === undefined
      ? closing.reigns
      : [{ submission: founder, block, draw: null, credit: 0 }]
  return {
    window,
    block,
    environments: draw.environments,
    rows: first,
    reigns,
    pay: planPay(reigns, entries, { block, uids }),
  }
}

/** The newest row of each submission, and the newest submission of each hotkey; the champion's in any case. */
function newest(rows: readonly Row[], { entries, reigns }: Closing): Row[] {
  const champion = reigns.at(-1)?.submission
  const kept = new Map<string, Row>()
  for (const row of rows) {
    const before = kept.get(row.submission)
    if (before === undefined || before.window <= row.window) kept.set(row.submission, row)
  }
  const latest = new Map<string, string>()
  for (const { submission } of kept.values()) {
    const { hotkey, role } = entries.get(submission)!
    const key = role === 'miner' ? hotkey : submission
    const before = latest.get(key)
    if (before === undefined || isLater(entries.get(submission)!, entries.get(before)!))
      latest.set(key, submission)
  }
  const shown = new Set([...latest.values(), champion])
  return [...kept.values()].filter(({ submission }) => shown.has(submission))
}

function isLater(one: Entry, other: Entry): boolean {
  return one.block - other.block > 0 || (one.block === other.block && one.index > other.index)
}
