import { createHash } from 'node:crypto'
import { z } from 'zod'

/** What an entry did at one task that it solved. */
export const SolvedPatch = z.object({ task: z.string(), diff: z.string() })
export type SolvedPatch = z.infer<typeof SolvedPatch>

/** How many entries solved a task with a given change, by `keyOf`; and how many solved it at all, by its task. */
export type Rarity = ReadonlyMap<string, number>

/** Of a diff; what is longer is cut off. */
const MOST_LINES = 5000
/** At that weight of shared tasks likeness is told in full; below it in proportion: two rare patches may be chance. */
const ENOUGH = 3

/** Counts how often each patch was made. The same entry's patch at a task counts once. */
export function countPatches(entries: readonly (readonly SolvedPatch[])[]): Rarity {
  const counts = new Map<string, number>()
  const count = (key: string): void => void counts.set(key, (counts.get(key) ?? 0) + 1)
  for (const patches of entries)
    for (const [task, patch] of byTask(patches)) {
      count(task)
      count(keyOf(task, patch.lines))
    }
  return counts
}

/**
 * How alike the patches of two entries are at tasks that both solved, from 0 to 1: the mean share of added lines that both have,
 * each task weighed by how rare such a patch is. A fix that half of all who solved the task have made says little, one that
 * everybody makes says nothing. 0 where there is too little to say.
 */
export function patchLikeness(
  one: readonly SolvedPatch[],
  other: readonly SolvedPatch[],
  rarity: Rarity = new Map(),
): number {
  const others = byTask(other)
  let total = 0
  let weight = 0
  for (const [task, patch] of byTask(one)) {
    const against = others.get(task)
    if (against === undefined) continue
    const commonness = Math.max(shareOf(task, patch.lines, rarity), shareOf(task, against.lines, rarity))
    const worth = (1 - commonness) * Math.min(1, Math.min(patch.lines.length, against.lines.length) / 3)
    total += worth * likenessOf(patch.lines, against.lines)
    weight += worth
  }
  return weight === 0 ? 0 : (total / weight) * Math.min(1, weight / ENOUGH)
}

interface Added {
  readonly lines: readonly string[]
}

function byTask(patches: readonly SolvedPatch[]): Map<string, Added> {
  return new Map(patches.map(({ task, diff }) => [task, { lines: addedLines(diff) }]))
}

/** Lines that a diff adds, as far as they say something, without layout, quotes and the names of what is only theirs. */
function addedLines(diff: string): string[] {
  return diff
    .split('\n', MOST_LINES)
    .filter(line => line.startsWith('+') && !line.startsWith('+++ '))
    .map(line => normalise(line.slice(1, 1000)))
    .filter(line => /[a-z0-9]/.test(line))
    .sort()
}

/** Comments go; so do quotes and semicolons, which only differ by taste. */
function normalise(line: string): string {
  return line
    .replace(/(^|\s)(#|\/\/).*$/, '')
    .replace(/["'`;\s]+/g, ' ')
    .replace(/ ?([^\w ]) ?/g, '$1')
    .trim()
    .toLowerCase()
}

function keyOf(task: string, lines: readonly string[]): string {
  return `${task} ${createHash('sha256').update(lines.join('\n')).digest('hex')}`
}

/** The share of those who solved the task that made this very patch, beside one; 0 where nothing is known of others. */
function shareOf(task: string, lines: readonly string[], rarity: Rarity): number {
  const solved = rarity.get(task) ?? 0
  const same = rarity.get(keyOf(task, lines)) ?? 0
  // The two that are compared are no witnesses of what others do.
  return solved <= 2 ? 0 : Math.max(0, same - 2) / (solved - 2)
}

/** Of both multisets of lines, the share that both have. */
function likenessOf(one: readonly string[], other: readonly string[]): number {
  const left = new Map<string, number>()
  for (const line of one) left.set(line, (left.get(line) ?? 0) + 1)
  let shared = 0
  for (const line of other) {
    const count = left.get(line) ?? 0
    if (count === 0) continue
    left.set(line, count - 1)
    shared++
  }
  const all = one.length + other.length - shared
  return all === 0 ? 0 : shared / all
}
