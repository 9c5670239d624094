import type { Language } from './ecosystem.ts'
import { CONFUSIONS, REWRITES } from './slips.ts'

interface Mutation {
  readonly text: string
  /** How readily a person makes the slip that this undoes, from 0 to 1. */
  readonly prior: number
}

interface Surroundings {
  readonly language: Language
  /** The lines around, whose names are taken to be in scope. */
  readonly nearby: string
  readonly statement: string
}

interface Token {
  readonly kind: 'string' | 'comment' | 'number' | 'name' | 'call' | 'member' | 'method' | 'sign'
  readonly text: string
  readonly at: number
}

/** All ways to write one line a little differently, likeliest first. */
export function mutate(line: string, surroundings: Surroundings): Mutation[] {
  const tokens = tokenize(line, surroundings.language)
  const best = new Map<string, number>()
  const add = (text: string, prior: number): void => {
    if (text !== line) best.set(text, Math.max(prior, best.get(text) ?? 0))
  }

  for (const token of tokens) {
    for (const [by, prior] of replacements(token, surroundings)) {
      add(line.slice(0, token.at) + by + line.slice(token.at + token.text.length), prior)
    }
  }
  const isCode = (index: number): boolean =>
    !tokens.some(t => /string|comment/.test(t.kind) && t.at < index && index < t.at + t.text.length)
  for (const [prior, pattern, by, only = surroundings.language] of REWRITES) {
    if (only !== surroundings.language) continue
    for (const { index } of line.matchAll(new RegExp(pattern, 'g'))) {
      if (!isCode(index)) continue
      const here = new RegExp(pattern, 'y')
      for (const text of by) {
        here.lastIndex = index
        add(line.replace(here, text), prior)
      }
    }
  }
  for (const text of swapArguments(line)) add(text, 0.45)
  return [...best].map(([text, prior]) => ({ text, prior })).sort((a, b) => b.prior - a.prior)
}

/** What may stand in a token's place: its known confusions, and others of its kind from nearby or the statement. */
function replacements(token: Token, { language, nearby, statement }: Surroundings): [string, number][] {
  const { kind, text } = token
  const found = (CONFUSIONS.get(text) ?? []).map(([by, prior]): [string, number] => [by, prior])
  if (kind === 'sign' || kind === 'comment' || KEYWORDS.has(text)) return found

  if (/^\d+$/.test(text)) {
    const near = Number(text) <= 2 ? 0.7 : 0.45
    found.push([`${Number(text) + 1}`, near], [`${Number(text) - 1}`, near], ['0', 0.25], ['1', 0.25])
  }
  const isLiteral = kind === 'string' || kind === 'number'
  const others = `${nearby}\n${statement}`.split('\n').flatMap(row => tokenize(row, language))
  for (const other of new Set(
    others.filter(t => t.kind === kind && !KEYWORDS.has(t.text)).map(t => t.text),
  )) {
    const bonus = (isAlike(other, text) ? 0.15 : 0) + (statement.includes(other) ? 0.1 : 0)
    if (isLiteral || nearby.includes(other)) found.push([other, (isLiteral ? 0.15 : 0.2) + bonus])
  }
  return found
}

/** The same first or last three letters, or both very short. */
function isAlike(a: string, b: string): boolean {
  return a.slice(0, 3) === b.slice(0, 3) || a.slice(-3) === b.slice(-3) || (a.length < 3 && b.length < 3)
}

/** Every call with two neighbouring arguments exchanged. */
function swapArguments(line: string): string[] {
  const calls = line.matchAll(/(?<=[\w$]\()[^()]+(?:\([^()]*\)[^()]*)*(?=\))/g)
  return [...calls].flatMap(({ 0: inside, index }) => {
    const parts = inside.split(/,\s*(?![^([{]*[)\]}])/)
    return parts.slice(1).map((right, i) => {
      const swapped = [...parts.slice(0, i), right, parts[i]!, ...parts.slice(i + 2)].join(', ')
      return line.slice(0, index) + swapped + line.slice(index + inside.length)
    })
  })
}

function tokenize(line: string, language: Language): Token[] {
  const pattern = language === 'python' ? TOKEN.python : TOKEN.node
  return [...line.matchAll(pattern)].map(({ 0: text, index: at, groups }) => {
    const kind = Object.keys(groups!).find(name => groups![name] !== undefined) as Token['kind']
    return { kind, text, at }
  })
}

const STRING = /(?<string>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`(?:\\.|[^`\\])*`)/.source
const WORD =
  /(?<number>\b\d[\w.]*)|(?<method>(?<=\.)[\w$]+(?=\())|(?<member>(?<=\.)[\w$]+)|(?<call>[A-Za-z_$][\w$]*(?=\())|(?<name>[A-Za-z_$][\w$]*)/
    .source
const SIGN = /(?<sign>[=!]==?|\*\*=?|\/\/=?|[<>+*/%&|-]=|=>|->|&&|\|\||\?\?|\?\.|\+\+|--|<<|>>|[^\s\w])/
  .source
const TOKEN = {
  python: new RegExp(`${STRING}|(?<comment>#.*)|${WORD}|${SIGN}`, 'g'),
  node: new RegExp(`${STRING}|(?<comment>\\/\\/.*|\\/\\*.*?\\*\\/)|${WORD}|${SIGN}`, 'g'),
}
const KEYWORDS = new Set(
  `and or not in is if elif else for while def class return yield import from as with try except finally raise lambda
   pass break continue None True False self async await const let var function new typeof instanceof of this null
   undefined true false export default extends throw catch switch case delete void static assert del`.split(
    /\s+/,
  ),
)
