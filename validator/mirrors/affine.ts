import { z } from 'zod'
import { Address } from '../chain/address.ts'
import { Block, cleanText, Finite, optional, Text } from './form.ts'
import { entryOf, type MirrorBoard, MOST_ENTRIES, MOST_ENVIRONMENTS } from './mirror.ts'

const NETUID = 120
const Uid = z.int().min(-1).max(65_535)

const Score = z.object({
  uid: Uid,
  hotkey: optional(Address),
  model: optional(Text),
  overall_score: optional(Finite),
  average_score: optional(Finite),
  scores_by_env: z.record(z.string().max(200), z.unknown()).nullish(),
  is_valid: optional(z.boolean()),
  invalid_reason: optional(Text),
  challenge_status: optional(Text),
})
type Score = z.infer<typeof Score>
const Champion = z.object({ uid: Uid, hotkey: optional(Address), model: optional(Text) })

/** What `/rank/current` of Affine's API answers, as far as a board needs it. */
const Rank = z.object({
  window: z.object({ champion: Champion.nullish() }).nullish(),
  scores: z.object({ block_number: optional(Block), scores: z.array(Score).max(MOST_ENTRIES) }),
  queue: z.array(Champion).max(MOST_ENTRIES).nullish(),
})

/** A number, or an object that has one as its `score`. */
const Cell = z.union([Finite, z.object({ score: Finite }).transform(({ score }) => score)])

/** Reads `/rank/current`: the champion first, then by overall score, then by uid. */
export function parseAffine(value: unknown): MirrorBoard | { readonly mistakes: readonly string[] } {
  const parsed = Rank.safeParse(value)
  if (!parsed.success) return { mistakes: parsed.error.issues.slice(0, 20).map(sayIssue) }
  const { window, scores, queue } = parsed.data
  const champion = window?.champion
  const known = new Map(
    [...(queue ?? []), ...(champion == null ? [] : [champion])].map(one => [one.uid, one]),
  )
  const isChampion = ({ uid }: Score): number => Number(uid === champion?.uid)
  const sorted = scores.scores.toSorted(
    (one, other) =>
      isChampion(other) - isChampion(one) || scoreOf(other) - scoreOf(one) || one.uid - other.uid,
  )
  return {
    netuid: NETUID,
    block: scores.block_number,
    entries: sorted.map((row, index) => {
      const more = known.get(row.uid)
      return entryOf({
        rank: index + 1,
        name: row.model ?? more?.model ?? `uid ${row.uid}`,
        hotkey: row.hotkey ?? more?.hotkey ?? null,
        score: row.overall_score ?? row.average_score,
        environments: cellsOf(row),
        status:
          isChampion(row) === 1
            ? 'champion'
            : row.is_valid === false
              ? (row.invalid_reason ?? 'invalid')
              : row.challenge_status,
      })
    }),
  }
}

function scoreOf({ overall_score, average_score }: Score): number {
  return overall_score ?? average_score ?? Number.NEGATIVE_INFINITY
}

function cellsOf({ scores_by_env }: Score): Record<string, number> {
  const cells = Object.entries(scores_by_env ?? {})
    .slice(0, MOST_ENVIRONMENTS)
    .flatMap(([name, value]) => {
      const cell = Cell.safeParse(value)
      return cell.success ? [[cleanText(name), cell.data] as const] : []
    })
  return Object.fromEntries(cells)
}

export function sayIssue({ path, message }: z.core.$ZodIssue): string {
  return `${cleanText(path.join('.')) || 'all'}: ${cleanText(message)}`
}
