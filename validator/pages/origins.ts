import type { Entry } from '../scoring/season/facts.ts'
import type { SeasonNow } from './season-board.ts'

/** Of whom submissions may be copies, by submission; what was found before a duel, by what both did, came after the entry. */
export function originsIn({
  season: { entries, draws },
  open,
}: Pick<SeasonNow, 'season' | 'open'>): ReadonlyMap<string, NonNullable<Entry['origin']>> {
  const origins = new Map<string, NonNullable<Entry['origin']>>()
  for (const { submission, origin } of entries.values()) if (origin !== null) origins.set(submission, origin)
  for (const { challenger, against } of [...draws.values(), ...open.map(({ draw }) => draw)])
    for (const { submission, reason } of against)
      if (challenger !== null && reason !== undefined) origins.set(challenger, { submission, reason })
  return origins
}
