import type { Check } from './check.ts'
import type { Failure } from './failure.ts'
import type { Scene } from './scene.ts'

/** A failing test as a statement may tell it. */
export interface Case {
  readonly scene: Scene
  readonly failure: Failure
}

/** Words that would tell where the fault is. */
export type IsPrivate = (word: string) => boolean

/**
 * Writes what a user sees: what is called, what is expected, what comes. Nothing in it comes from the source that is wrong but for
 * what its program itself said, and of that no word that `isPrivate`.
 *
 * @returns undefined if no case can be told without such a word
 */
export function writeStatement(cases: readonly Case[], isPrivate: IsPrivate): string | undefined {
  const told = cases.flatMap(one => {
    const text = tell(one, word => isPrivate(word) && !wordsOf(sceneText(one)).includes(word))
    return text === undefined ? [] : [text]
  })
  const [first, ...more] = told
  if (first === undefined) return undefined
  const title = titleOf(cases[0]!)
  const others = more.flatMap(text => ['Another case:', '', text])
  return `${[`# ${title}`, '', first, ...others].join('\n').trimEnd()}\n`
}

function sceneText({ scene }: Case): string {
  return [...scene.before, ...Object.values(scene.check)].join('\n')
}

/** Every word of letters, digits and underscores. */
export function wordsOf(text: string): string[] {
  return text.match(/[A-Za-z_$][\w$]*/g) ?? []
}

function titleOf({ failure, scene }: Case): string {
  switch (failure.cause.kind) {
    case 'raised':
      return 'An error comes where a result is expected'
    case 'not-raised':
      return 'No error comes where one is expected'
    case 'unmet':
      return scene.check.kind === 'equal'
        ? 'A result is not the expected one'
        : 'Something does not hold that should'
  }
}

/** Undefined if it cannot be told, or only with words that must not be told. */
function tell({ scene, failure }: Case, isPrivate: IsPrivate): string | undefined {
  const { parameters } = failure
  const given = scene.unknown.map(name => [name, parameters.get(name)] as const)
  if (
    given.some(([, value]) => value === undefined || value.includes(' object at 0x') || value.includes('...'))
  )
    return undefined
  const { check } = scene
  const [call, expected] = partsOf(check, failure)
  const isUsed = (name: string): boolean => wordsOf([...scene.before, call].join('\n')).includes(name)
  const code = [
    ...given
      .filter(([name]) => isUsed(name))
      .map(([name, value]) =>
        scene.language === 'python' ? `${name} = ${value}` : `const ${name} = ${value}`,
      ),
    // Definitions stand apart, as in a file.
    ...scene.before.map(part => (part.includes('\n') ? `${part}\n` : part)),
    call,
  ].join('\n')
  const came = cameOf(check, failure, isPrivate)
  if (came === undefined) return undefined
  const fence = scene.language === 'python' ? 'python' : 'ts'
  return [`\`\`\`${fence}`, code, '```', '', expected, '', ...came, ''].join('\n')
}

/** The code that is shown last, and what is expected of it. */
function partsOf(check: Check, { cause }: Failure): [code: string, expected: string] {
  switch (check.kind) {
    case 'equal': {
      if (cause.kind === 'not-raised') return [check.actual, 'Expected: an error.']
      const wanted = isPlain(check.expected) ? undefined : valuesOf(check, cause)?.wanted
      const not = check.negated ? 'anything but ' : ''
      return [check.actual, `Expected: ${not}${quote(wanted ?? check.expected)}`]
    }
    case 'raises':
      return [check.action, `Expected: it raises ${quote(check.expected)}`]
    case 'action':
      return [
        check.action,
        cause.kind === 'not-raised' ? 'Expected: an error.' : 'Expected: it does its work without an error.',
      ]
    case 'other':
      return [check.assertion, 'Expected: this holds.']
  }
}

function cameOf(check: Check, { cause }: Failure, isPrivate: IsPrivate): string[] | undefined {
  const isTold = (text: string): boolean =>
    !wordsOf(text).some(isPrivate) && !/[\w.-]\/[\w.-]+\.\w+|0x[0-9a-f]{4}/.test(text)
  switch (cause.kind) {
    case 'not-raised':
      return ['Instead no error comes.']
    case 'raised': {
      if (!isTold(cause.type)) return ['Instead an error comes.']
      const whole =
        cause.message === '' || !isTold(cause.message) ? cause.type : `${cause.type}: ${cause.message}`
      return [`Instead it raises ${quote(whole)}`]
    }
    case 'unmet': {
      const values = check.kind === 'equal' ? valuesOf(check, cause) : undefined
      if (values !== undefined)
        return isTold(`${values.came} ${values.wanted}`)
          ? [`Instead it gives ${quote(values.came)}`]
          : undefined
      if (cause.lines.length === 0 || !isTold(cause.lines.join('\n'))) return undefined
      return ['Instead:', '', '```', ...cause.lines.slice(0, 20), '```']
    }
  }
}

/** Whether a person sees the value in the text. */
function isPlain(expected: string): boolean {
  return /^(['"`\d-]|(True|False|None|true|false|null|undefined|a (true|false) value)$)/.test(expected)
}

function valuesOf(check: Check & { kind: 'equal' }, cause: Failure['cause']): ReturnType<typeof valuesIn> {
  if (cause.kind !== 'unmet') return undefined
  const actual = actualOf(cause.lines)
  if (actual !== undefined) return { came: actual, wanted: check.expected }
  // Node says in words what it compares before it does.
  const [first, second] = cause.lines
  return valuesIn((cause.lines.length === 2 && first?.endsWith(':') ? second : first) ?? '', check)
}

/** Of a whole diff by Node, which marks by `+` what came, the side that came. */
function actualOf(lines: readonly string[]): string | undefined {
  const start = lines.indexOf('+ actual - expected')
  const marked = lines.slice(start + 1)
  if (start < 0 || marked.some(line => !/^[+ -] /.test(line) || line.endsWith('...'))) return undefined
  const actual = marked.filter(line => !line.startsWith('-')).map(line => line.slice(2))
  return shorten(actual.join('\n'))
}

/** On one line, if it fits. */
function shorten(text: string): string {
  const line = text.replaceAll(/\s*\n\s*/g, ' ').replace(/,? ([\])}])$/, ' $1')
  return line.length <= 80 ? line : text
}

/**
 * The value that came and the one that was expected, out of the runner's first line: `assert 3 == 5`, `3 !== 5`, `expected 3 to be 5`.
 * Undefined if nobody can say for sure.
 */
function valuesIn(
  line: string,
  { expected, flipped }: Check & { kind: 'equal' },
): { came: string; wanted: string } | undefined {
  if (/…|\.\.\./.test(line)) return undefined
  if (isTruth(expected)) {
    const came = /^assert (?:not )?(.+)$/.exec(line)?.[1]
    return came === undefined || / (==|!=|is|in|and|or) /.test(came) ? undefined : { came, wanted: expected }
  }
  const vitest = /^expected (.+) to (?:be|equal|deeply equal|strictly equal) (.+?)(?: \/\/ .*)?$/.exec(line)
  if (vitest !== null) return { came: vitest[1]!, wanted: vitest[2]! }
  const sides = line.replace(/^assert /, '').split(/ (?:==|!==|!=|is not|is) /)
  if (sides.length !== 2) return undefined
  const [left, right] = sides as [string, string]
  return flipped ? { came: right, wanted: left } : { came: left, wanted: right }
}

function isTruth(expected: string): boolean {
  return /^a (true|false) value$/.test(expected)
}

function quote(code: string): string {
  const margin = Math.min(
    ...code
      .split('\n')
      .slice(1)
      .map(line => /^ */.exec(line)![0].length),
  )
  const text = code
    .split('\n')
    .map((line, index) => (index === 0 ? line : line.slice(margin)))
    .join('\n')
  if (/^a(n error| (true|false) value)$/.test(text)) return `${text}.`
  return text.includes('\n') || text.includes('`') ? `\n\n\`\`\`\n${text}\n\`\`\`` : `\`${text}\``
}
