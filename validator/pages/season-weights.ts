import type { SeasonNow } from './season-board.ts'
import { whoOf } from './season-board.ts'
import type { WeightsPage } from './weights.ts'

/** What the newest settled window pays. @param set - when it was set on the chain, if it was */
export function buildWeightsPage(
  { season, block }: Pick<SeasonNow, 'season' | 'block'>,
  set: WeightsPage['set'],
): WeightsPage {
  const newest = season.settlements.at(-1)
  if (newest === undefined)
    return { window: null, block, settled: null, lines: [], burned: 1, weights: [], set: null }
  const { standings, at } = newest
  const hotkeys = new Map(
    standings.pay.lines.map(({ to, hotkey }) => [to.kind === 'uid' ? to.uid : -1, hotkey]),
  )
  return {
    ...{ window: standings.window, block: standings.block, settled: at?.toISOString() ?? null },
    lines: standings.pay.lines.map(({ submission, why, share, to }) => ({
      ...whoOf(season.entries, submission),
      ...{ why, share },
      uid: to.kind === 'uid' ? to.uid : null,
      burned: to.kind === 'uid' ? null : to.because,
    })),
    burned: standings.pay.burned,
    weights: standings.pay.weights.map(([uid, weight]) => ({
      ...{ uid, weight },
      hotkey: uid === 0 ? null : (hotkeys.get(uid) ?? null),
    })),
    set,
  }
}
