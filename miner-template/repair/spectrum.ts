import type { Observed, Texts } from './ecosystem.ts'

export interface Suspect {
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly score: number
}

/**
 * Ranks lines by Ochiai's coefficient: how nearly a line is run by exactly the failing tests. What a failure names, and
 * what shares words with the statement, is worth more.
 */
export function rank(
  observed: Pick<Observed, 'passed' | 'failed' | 'coverage'>,
  sources: Texts,
  statement: string,
): Suspect[] {
  const { passed, failed, coverage } = observed
  const words = wordsOf(statement)
  const said = [...failed.values()]
  const failing = countLines([...failed.keys()], coverage)
  const passing = countLines(passed, coverage)

  const suspects = [...failing].flatMap(([key, count]): Suspect[] => {
    const [file, line] = [key.slice(0, key.lastIndexOf(':')), Number(key.slice(key.lastIndexOf(':') + 1))]
    const rows = sources.get(file)?.split('\n') ?? []
    const row = rows[line - 1]
    if (row === undefined || row.trim() === '') return []
    const ochiai = count / Math.sqrt(failed.size * (count + (passing.get(key) ?? 0)))
    const shared = wordsOf(row).filter(word => words.includes(word)).length
    const isAbout = wordsOf(headOf(rows, line)).some(word => words.includes(word))
    const isNamed = said.some(text => text.includes(`${file}:${line}:`))
    return [
      {
        file,
        line,
        score: ochiai * (1 + 0.15 * Math.min(3, shared)) * (isAbout ? 1.3 : 1) * (isNamed ? 1.3 : 1),
      },
    ]
  })
  return suspects.sort((a, b) => b.score - a.score)
}

/** How many of the tests ran each `file:line`. What a module did on import, every test that enters it relies on. */
function countLines(ids: readonly string[], coverage: Observed['coverage']): Map<string, number> {
  const counts = new Map<string, number>()
  for (const [file, lines] of ids.flatMap(id => Object.entries(coverage[id] ?? {}))) {
    for (const line of new Set([...lines, ...(coverage['']?.[file] ?? [])])) {
      counts.set(`${file}:${line}`, (counts.get(`${file}:${line}`) ?? 0) + 1)
    }
  }
  return counts
}

/** `maxRetries` and `max_retries` both give `max` and `retries`. */
function wordsOf(text: string): string[] {
  const parts = text.split(/[^A-Za-z]+|(?<=[a-z])(?=[A-Z])/).map(word => word.toLowerCase())
  return [...new Set(parts)].filter(word => word.length > 2 && !COMMON.has(word))
}

/** The line that opens the function around a line: the nearest head above that is indented less. */
function headOf(rows: readonly string[], line: number): string {
  const indent = (row: string): number => row.search(/\S|$/)
  const isHead = (row: string): boolean =>
    /\bdef |\bfunction\b|=>|^\s*(?!if|for|while|switch|catch)[\w ]+\(.*\{$/.test(row)
  return (
    rows
      .slice(0, line)
      .findLast((row, i) => isHead(row) && (i === line - 1 || indent(row) < indent(rows[line - 1]!))) ?? ''
  )
}

const COMMON = new Set(
  'the and for not with from import def class self this return function const let var export async await new none null true false are was has have should that when else elif instead'.split(
    ' ',
  ),
)
