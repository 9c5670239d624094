/** A test file, and where a further test can be put into it. */
export interface CanaryGround {
  readonly name: string
  readonly text: string
  readonly gaps: readonly number[]
  readonly tester: string | null
  /** What the names of a Python file's tests begin with. */
  readonly prefix?: string
}

/** Ids of the two tests that were planted. */
export interface Canaries {
  readonly file: string
  readonly mustFail: string
  readonly mustPass: string
}

/**
 * Plants two tests whose results are known beforehand, under names and at places that change with every run: code that makes
 * all tests pass, or that sends results for the tests it knows, gets them wrong.
 *
 * @param random - an integer from 0 to below the given one
 * @returns undefined if the file has no place for them
 */
export function plantCanaries(
  { name, text, gaps, tester, prefix = 'test' }: CanaryGround,
  random: (below: number) => number,
): { text: string; canaries: Canaries } | undefined {
  const isPython = name.endsWith('.py')
  if (gaps.length === 0 || (!isPython && tester === null)) return undefined
  const lines = text.split('\n')
  const known = new Set(titlesOf(text, isPython))
  const planted = ['fail', 'pass'].map(kind => {
    const title = freshTitle(known, isPython ? prefix : undefined, random)
    known.add(title)
    const [one, other] = [10 + random(90), 10 + random(90)]
    const sum = one + other + (kind === 'fail' ? 1 + random(9) : 0)
    const body = isPython
      ? `def ${title}(): assert sum((${one}, ${other})) == ${sum}`
      : `${tester}(${JSON.stringify(title)}, () => { if (${one} + Number('${other}') !== ${sum}) throw new Error('${one}') });`
    return { title, body, line: gaps[random(gaps.length)]! }
  })
  for (const { body, line } of planted.toSorted((a, b) => b.line - a.line)) lines.splice(line - 1, 0, body)
  const [mustFail, mustPass] = planted.map(({ title }) => `${name}::${title}`)
  return { text: lines.join('\n'), canaries: { file: name, mustFail: mustFail!, mustPass: mustPass! } }
}

function titlesOf(text: string, isPython: boolean): string[] {
  const pattern = isPython ? /\bdef (test\w*)/g : /\b(?:test|it)\(\s*(['"`])((?:\\.|(?!\1).)*)\1/g
  return [...text.matchAll(pattern)].map(match => match[2] ?? match[1]!)
}

/** Made of the words that the file's own titles are made of. */
function freshTitle(
  known: ReadonlySet<string>,
  prefix: string | undefined,
  random: (below: number) => number,
): string {
  const separator = prefix === undefined ? ' ' : '_'
  const words = [...known].flatMap(title => title.split(separator)).filter(word => /^[a-z0-9]+$/i.test(word))
  const pick = (): string => (words.length === 0 ? String(random(1000)) : words[random(words.length)]!)
  for (let length = 3; ; length += 1) {
    const parts = Array.from({ length }, pick)
    const title = (prefix === undefined ? parts : [prefix, ...parts]).join(separator)
    if (!known.has(title)) return title
  }
}
