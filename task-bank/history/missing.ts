import type { FileDiff } from './diff.ts'

/** Something that hidden tests use, that a reference defines, and that is nowhere in the tree before. */
export interface Missing {
  /** As it is called or imported: a name, with its parameters if it has any. */
  readonly signature: string
  readonly file: string
}

const MAX_MISSING = 20
const MAX_SIGNATURE = 200
/** Longer ones were not written by a person. */
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
  const used = new Set(tests.flatMap(({ added }) => added.flatMap(line => line.match(WORD) ?? [])))
  const found = new Map<string, Missing>()
  for (const { path: file, added } of reference) {
    for (const line of added) {
      const names = definitionsOf(line).filter(name => used.has(name) && !isKnown(name))
      if (names.length === 0) continue
      for (const signature of signatureOf(line) ?? names)
        found.set(`${file} ${signature}`, { signature, file })
    }
  }
  return [...found.values()].slice(0, MAX_MISSING)
}

const WORD = /[A-Za-z_$][\w$]*/g
const DEFINES =
  /\b(?:def|class|function\*?|const|let|var|interface|type|enum)\s+([A-Za-z_$][\w$]*)|^\s*(?:export\s+)?(?:(?:public|static|async|get|set)\s+)*([A-Za-z_$][\w$]*)\s*(?:=(?!=)|\([^)]*\)\s*\{|:)|[(,]\s*([A-Za-z_$][\w$]*)\s*[=:?,)]/g
const RESERVED =
  /^(?:if|for|while|switch|catch|return|function|else|try|with|except|default|case|elif|lambda|self|cls|this)$/

function definitionsOf(line: string): string[] {
  if (line.length > MAX_LINE) return []
  return [...line.matchAll(DEFINES)]
    .flatMap(found => found.slice(1).filter(name => name !== undefined))
    .filter(name => name.length > 1 && !RESERVED.test(name))
}

const CALLABLE =
  /^\s*(?:export\s+)?(?:default\s+)?(?:(?:public|static|async)\s+)*(?:def\s+|function\*?\s+|class\s+)?([A-Za-z_$][\w$]*\s*\(.*\)(?:\s*(?:->|:)\s*[^{]+?)?)\s*(?::|\{)?\s*$/

/** The head of a function or method that stands on one line, without what follows; undefined for all else. */
function signatureOf(line: string): string[] | undefined {
  const found = CALLABLE.exec(line)?.[1]
  const isHead = /\b(?:def|function|class)\b/.test(line) || /\{\s*$/.test(line)
  return found === undefined ||
    !isHead ||
    found.length > MAX_SIGNATURE ||
    found.includes('`') ||
    RESERVED.test(found.split(/\W/)[0]!)
    ? undefined
    : [found.replace(/\b(self|cls),?\s*/, '').trim()]
}
