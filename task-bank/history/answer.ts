import { type FileDiff, identifiersOf } from './diff.ts'

/** What of a change must not be told. */
export interface Answer {
  /** Words of the hidden tests: what they call may be named. */
  readonly used: ReadonlySet<string>
  /** Code-like words of the reference that hidden tests do not use themselves. */
  readonly names: ReadonlySet<string>
  /** Paths and names of the files that the commit changes, without those of a single letter. */
  readonly files: ReadonlySet<string>
  /** Added lines of reference and tests, without blanks. */
  readonly lines: ReadonlySet<string>
}

/** Shorter lines, without blanks, stand anywhere. */
const LEAST_LINE = 12

/**
 * What a reference and its hidden tests give away. Names that the tests use are what is asked for, not the answer.
 *
 * @param hidden - texts of the hidden test files as a whole
 */
export function answerOf(
  reference: readonly FileDiff[],
  tests: readonly FileDiff[],
  hidden: readonly string[] = [],
): Answer {
  const changed = reference.flatMap(({ added, removed }) => [...added, ...removed])
  const used = identifiersOf([...hidden, ...tests.flatMap(({ added }) => added)])
  const paths = [...reference, ...tests].map(({ path }) => path)
  const added = [...reference, ...tests].flatMap(file => file.added)
  return {
    used,
    names: new Set([...identifiersOf(changed)].filter(name => !used.has(name))),
    files: new Set([...paths, ...paths.map(path => path.split('/').at(-1)!)].filter(path => path.length > 3)),
    lines: new Set(added.map(squeeze).filter(line => line.length >= LEAST_LINE)),
  }
}

/** Whether a text has a line of the answer in it, whatever stands around that. */
export function tellsLine(text: string, { lines }: Answer): boolean {
  const squeezed = squeeze(text)
  return [...lines].some(line => squeezed.includes(line))
}

const WORD =
  /`[^`\n]+`|(?:[\w.-]{1,80}\/){0,20}[\w-]{1,80}\.[A-Za-z]{1,4}\b(?!\()|[A-Za-z_$][\w$]*(?:\.[A-Za-z_$][\w$]*)*(?:\(\s*\))?/g
const ARTICLE = /\b(?:the|a|an|this|that|our)\s+$/i
const CODE_FILE = /\.(py|pyi|pyx|[cm]?[jt]sx?|json|toml|cfg|ini|ya?ml|c|h|cpp|rs|go)$/i

/** A text in which general words stand in the place of those of the answer, and how many of which kind they were. */
export interface Concealed {
  readonly text: string
  readonly names: number
  readonly files: number
}

/** Puts a general word in the place of each word of the answer; code within backticks counts as one word. */
export function concealNames(text: string, answer: Answer): Concealed {
  let out = ''
  let at = 0
  let files = 0
  let all = 0
  for (const { 0: word, index } of text.matchAll(WORD)) {
    const general = generalise(word, answer)
    if (general === undefined) continue
    all += 1
    if (general === 'file') files += 1
    const before = out + text.slice(at, index)
    out = before + (ARTICLE.test(before) ? general : `a ${general}`)
    at = index + word.length
  }
  return { text: out + text.slice(at), names: all - files, files }
}

/** Undefined for a word that may stand. */
function generalise(word: string, answer: Answer): string | undefined {
  const bare = word.replace(/^`|`$/g, '').trim()
  if (answer.files.has(bare) || (/^[\w./-]+$/.test(bare) && CODE_FILE.test(bare) && bare.length > 4))
    return 'file'
  const parts = bare.replace(/\(.*$/s, '').split(/[.\s]+/)
  const isSecret = [...identifiersOf([bare])].some(name => answer.names.has(name) && name.length > 1)
  if (!isSecret || !(word.startsWith('`') || isCodeLike(bare))) return undefined
  if (/^[\w$.]+$/.test(bare) === false && !/^[\w$.]+\(\s*\)$/.test(bare)) return 'piece of code'
  const last = parts.at(-1)!
  if (bare.endsWith(')')) return 'function'
  if (/^[A-Z][A-Z0-9_]+$/.test(last)) return 'constant'
  return /^[A-Z]/.test(last) ? 'class' : 'name'
}

/** No word of English looks like this. */
function isCodeLike(word: string): boolean {
  return /[a-z0-9][A-Z]|_|\$|\w\.\w|\(\s*\)$/.test(word) && !/^(?:e\.g|i\.e|a\.k\.a)$/i.test(word)
}

export function squeeze(text: string): string {
  return text.replace(/\s+/g, '')
}
