import { z } from 'zod'

/** What an entry did at one task that it solved. */
export const SolvedPatch = z.object({ task: z.string(), diff: z.string() })
export type SolvedPatch = z.infer<typeof SolvedPatch>

/** Lines of each task's reference solution, by task: `referenceLines`. */
export type References = ReadonlyMap<string, ReadonlySet<string>>

/** Below so many tasks that both solved and whose reference solution is known nothing is said. */
export const LEAST_TASKS = 10
/** From so many lines of one's own on a task counts in full, and no more than that: long patches are no more telling than many. */
const FULL = 6
/** Of the normal distribution, that 99.5 % is below. */
const Z = 2.575829
/** Of a text; what is longer is cut off. */
const MOST_LINES = 5000
const MOST_CHARACTERS = 1000

/**
 * How alike the patches of two entries are at least, from 0 to 1, as sure as 99.5 %: the share of added lines that both have, without
 * those of the reference solution, over all tasks that both solved. It depends on the two and on the tasks, on no third entry. 0 where
 * there is too little to say.
 */
export function patchLikeness(
  one: readonly SolvedPatch[],
  other: readonly SolvedPatch[],
  references: References,
): number {
  const others = new Map(other.map(({ task, diff }) => [task, diff]))
  let common = 0
  let alike = 0
  let weight = 0
  for (const [task, diff] of new Map(one.map(({ task, diff }) => [task, diff]))) {
    const against = others.get(task)
    const reference = references.get(task)
    if (against === undefined || reference === undefined) continue
    common++
    const [left, right] = [diff, against].map(text => countOwn(addedLines(text), reference)) as [Lines, Lines]
    // Half of both, so that neither a long patch nor a short one decides alone.
    const size = (sizeOf(left) + sizeOf(right)) / 2
    if (size === 0) continue
    const worth = Math.min(1, size / FULL)
    alike += (worth * sharedOf(left, right)) / size
    weight += worth
  }
  return common < LEAST_TASKS || weight === 0 ? 0 : atLeast(alike / weight, weight)
}

/** What a task's reference solution is made of: any of its texts, be it a diff, a script or a file. */
export function referenceLines(texts: readonly string[]): ReadonlySet<string> {
  const lines = texts.flatMap(text => text.split('\n', MOST_LINES))
  return new Set(lines.flatMap(line => [normalise(line), normalise(line.replace(/^\+/, ''))]))
}

/** How often each line occurs. */
type Lines = ReadonlyMap<string, number>

/** Lines that a diff adds, as far as they say something, without layout, comments and quotes. */
function addedLines(diff: string): string[] {
  return diff
    .split('\n', MOST_LINES)
    .filter(line => line.startsWith('+') && !line.startsWith('+++ '))
    .map(line => normalise(line.slice(1)))
    .filter(line => /[a-z0-9]/.test(line))
}

/** Comments go; so do quotes and semicolons, which only differ by taste. */
function normalise(line: string): string {
  return line
    .slice(0, MOST_CHARACTERS)
    .replace(/(^|\s)(#|\/\/).*$/s, '')
    .replace(/["'`;\s]+/g, ' ')
    .replace(/ ?([^\w ]) ?/g, '$1')
    .trim()
    .toLowerCase()
}

function countOwn(lines: readonly string[], reference: ReadonlySet<string>): Lines {
  const counts = new Map<string, number>()
  for (const line of lines) if (!reference.has(line)) counts.set(line, (counts.get(line) ?? 0) + 1)
  return counts
}

function sizeOf(lines: Lines): number {
  return [...lines.values()].reduce((sum, count) => sum + count, 0)
}

function sharedOf(one: Lines, other: Lines): number {
  return [...one].reduce((sum, [line, count]) => sum + Math.min(count, other.get(line) ?? 0), 0)
}

/** The lower end of a share's interval (E. B. Wilson, 1927): of few tasks less is sure than of many. */
function atLeast(share: number, weight: number): number {
  const square = Z * Z
  const spread = Z * Math.sqrt((share * (1 - share)) / weight + square / (4 * weight * weight))
  return Math.max(0, (share + square / (2 * weight) - spread) / (1 + square / weight))
}
