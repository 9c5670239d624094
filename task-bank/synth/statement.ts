import type { Failure } from './failure.ts'
import type { Check, Scene } from './scene.ts'

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
  const others = more.flatMap(text => ['The same is seen here:', '', text])
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
  const code = [
    ...given.map(([name, value]) =>
      scene.language === 'python' ? `${name} = ${value}` : `const ${name} = ${value}`,
    ),
    ...scene.before,
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
    case 'equal':
      if (cause.kind === 'not-raised') return [check.actual, 'Expected: an error.']
      return [check.actual, `Expected: ${check.negated ? 'anything but ' : ''}${quote(check.expected)}`]
    case 'raises':
      return [check.action, `Expected: it raises ${quote(check.expected)}`]
    case 'action':
      return [check.action, 'Expected: it does its work without an error.']
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
      const value = check.kind === 'equal' ? valueIn(cause.lines[0] ?? '', check) : undefined
      if (value !== undefined) return isTold(value) ? [`Instead it gives ${quote(value)}`] : undefined
      if (cause.lines.length === 0 || !isTold(cause.lines.join('\n'))) return undefined
      return ['Instead:', '', '```', ...cause.lines.slice(0, 20), '```']
    }
  }
}

/** The value that came, out of the runner's first line: `assert 3 == 5`, `3 !== 5`, `3 != 5`, `expected 3 to be 5`. */
function valueIn(line: string, { expected }: Check & { kind: 'equal' }): string | undefined {
  const truth = /^assert (?:not )?(\S+|\[\]|\{\}|'[^']*')$/.exec(line)
  if (truth !== null && /^a (true|false) value$/.test(expected)) return truth[1]
  const vitest = /^expected ([\s\S]+) to (?:be|equal|deeply equal|strictly equal) /.exec(line)
  if (vitest !== null && !/…/.test(vitest[1]!)) return vitest[1]
  const sides = /^(?:assert )?(.+?) (?:==|!==|!=|is not|is) (.+)$/.exec(line)
  if (sides === null || line.includes('...')) return undefined
  const [, left, right] = sides
  // One side is what was expected; if that cannot be seen, nobody can say which.
  if (right === expected) return left
  return left === expected ? right : undefined
}

function quote(text: string): string {
  if (/^a(n error| (true|false) value)$/.test(text)) return `${text}.`
  return text.includes('\n') || text.includes('`') ? `\n\n\`\`\`\n${text}\n\`\`\`` : `\`${text}\``
}
