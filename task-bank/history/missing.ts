import type { FileDiff } from './diff.ts'

/** Something that hidden tests use, that a reference defines, and that is nowhere in the tree before. */
export interface Missing {
  /** As it is called or imported: a name, with its parameters if it has any. */
  readonly signature: string
  readonly file: string
}

const MAX_MISSING = 20
const MAX_SIGNATURE = 200
/** Longer lines were not written by a person. */
const MAX_LINE = 500

/**
 * What a task must tell of its reference, since nobody could guess it: where the hidden tests use a name or a parameter that does not
 * exist yet, the signature that has it.
 *
 * @param isKnown - whether a word stands in the code that an agent gets
 */
export function findMissing(
  reference: readonly FileDiff[],
  tests: readonly FileDiff[],
  isKnown: (word: string) => boolean,
): Missing[] {
  const used = new Set(
    tests.flatMap(({ added }) => added.flatMap(line => withoutTexts(line).match(WORD) ?? [])),
  )
  const isWanted = (name: string): boolean => name.length > 1 && used.has(name) && !isKnown(name)
  const found = new Map<string, Missing>()
  for (const { path: file, added } of reference) {
    for (const line of added.filter(one => one.length <= MAX_LINE)) {
      for (const signature of tellable(line, isWanted)) found.set(`${file} ${signature}`, { signature, file })
    }
  }
  return [...found.values()].slice(0, MAX_MISSING)
}

const WORD = /[A-Za-z_$][\w$]*/g
/** What tests say in words uses nothing. */
const TEXT = /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`/g

function withoutTexts(line: string): string {
  return line.length > MAX_LINE ? '' : line.replace(TEXT, ' ')
}

const MODIFIERS = String.raw`(?:(?:export|default|declare|abstract|public|static|async|get|set)\s+)*`
const HEAD = new RegExp(
  String.raw`^\s*${MODIFIERS}(?:(?:def|function\*?|class)\s+)?([A-Za-z_$][\w$]*\s*\(.*\)(?:\s*(?:->|:)\s*[^{]+?)?)\s*(?::|\{)\s*$`,
)
const PARAMETER = /[(,]\s*\*{0,2}(?:\.{3})?([A-Za-z_$][\w$]*)/g
const OPENED = new RegExp(String.raw`^\s*${MODIFIERS}(?:def|function\*?|class)\s+([A-Za-z_$][\w$]*)`)
const TOP = new RegExp(
  String.raw`^${MODIFIERS}(?:(?:const|let|var|interface|type|enum)\s+)?([A-Za-z_$][\w$]*)\s*(?:[=:<{]|extends\b)`,
)
const MEMBER = /^\s*(?:self|this)\.([A-Za-z_$][\w$]*)\s*(?::[^=]+)?=(?!=)/
const FIELD = /^\s+(?:readonly\s+)?([A-Za-z_$][\w$]*)\??:\s*[A-Za-z'"{[(]/
const RESERVED = /^(?:if|for|while|switch|catch|return|with|elif|else|try|except|do|case|default)\b/

/** What of a line has to be told: the head of a function for its own name and its parameters, else the names that it defines. */
function tellable(line: string, isWanted: (name: string) => boolean): string[] {
  const head = HEAD.exec(line)?.[1]
  if (head !== undefined && !RESERVED.test(head)) {
    const names = [head.split(/\W/)[0]!, ...[...head.matchAll(PARAMETER)].map(found => found[1]!)]
    if (!names.some(isWanted)) return []
    if (head.length <= MAX_SIGNATURE && !head.includes('`'))
      return [head.replace(/\b(?:self|cls)\b,?\s*/, '')]
  }
  const names = [OPENED, TOP, MEMBER, FIELD].map(pattern => pattern.exec(line)?.[1])
  return [...new Set(names)].filter(name => name !== undefined).filter(isWanted)
}
