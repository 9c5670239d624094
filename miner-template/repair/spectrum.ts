import type { Run, Texts } from './ecosystem.ts'

export interface Suspect {
  readonly file: string
  /** 1-based. */
  readonly line: number
  readonly score: number
}

/**
 * Ranks lines by Ochiai's coefficient: how nearly a line is run by exactly the failing tests. Lines that a failure
 * names, and lines that share words with the statement, are worth more.
 */
export function rank(
  { passed, failed, coverage }: Pick<Run, 'passed' | 'failed' | 'coverage'>,
  sources: Texts,
  statement: string,
): Suspect[] {
  const said = [...failed.values()].join('\n')
  const named = new Set(
    [...said.matchAll(/([\w./-]+):(\d+)/g)].map(([, path, line]) => `${path!.split('/').at(-1)}:${line}`),
  )
  const words = new Set(wordsOf(statement))
  const counts = new Map<string, { failed: number; passed: number }>()

  for (const [id, files] of Object.entries(coverage)) {
    const outcome = failed.has(id) ? 'failed' : passed.includes(id) ? 'passed' : undefined
    if (outcome === undefined) continue
    for (const [file, lines] of Object.entries(files)) {
      // What a module did on import, every test that enters it relies on.
      for (const line of new Set([...lines, ...(coverage['']?.[file] ?? [])])) {
        const key = `${file}:${line}`
        const count = counts.get(key) ?? { failed: 0, passed: 0 }
        count[outcome]++
        counts.set(key, count)
      }
    }
  }

  const suspects = [...counts].flatMap(([key, count]): Suspect[] => {
    const file = key.slice(0, key.lastIndexOf(':'))
    const line = Number(key.slice(key.lastIndexOf(':') + 1))
    const text = sources.get(file)?.split('\n')
    if (count.failed === 0 || text === undefined) return []
    const ochiai = count.failed / Math.sqrt(failed.size * (count.failed + count.passed))
    const shared = new Set(wordsOf(text[line - 1] ?? '').filter(word => words.has(word))).size
    const inNamed = wordsOf(headOf(text, line)).some(word => words.has(word))
    const isNamed = named.has(`${file.split('/').at(-1)}:${line}`)
    const boost = (1 + 0.15 * Math.min(3, shared)) * (inNamed ? 1.3 : 1) * (isNamed ? 1.3 : 1)
    return [{ file, line, score: ochiai * boost }]
  })
  return suspects.sort((a, b) => b.score - a.score)
}

/** Splits names too: `maxRetries` and `max_retries` share `max` and `retries`. */
function wordsOf(text: string): string[] {
  const names = text.match(/[A-Za-z_$][\w$]{2,}/g) ?? []
  const parts = names.flatMap(name => name.split(/_|(?<=[a-z])(?=[A-Z])/))
  return [...names, ...parts]
    .map(word => word.toLowerCase())
    .filter(word => word.length > 2 && !COMMON.has(word))
}

const COMMON = new Set(
  'the and for not with from import def class self this return function const let var export async await new none null true false are was has have should that when else elif instead'.split(
    ' ',
  ),
)

/** The name of the function around a line: the nearest head above that is indented less. */
function headOf(text: readonly string[], line: number): string {
  const indent = (row: string): number => row.search(/\S|$/)
  for (let i = line - 1; i >= 0; i--) {
    const head =
      /^\s*(?:export )?(?:default )?(?:async )?(?:def|function\*?|static|get|const)? ?([\w$]+)\s*(?:=\s*(?:async )?)?\(.*[:{]$/.exec(
        text[i]!,
      )
    const isControl = /^(if|for|while|switch|catch|with)$/.test(head?.[1] ?? '')
    if (head !== null && !isControl && (i === line - 1 || indent(text[i]!) < indent(text[line - 1]!)))
      return head[1]!
  }
  return ''
}
