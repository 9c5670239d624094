import type { Language } from './ecosystem.ts'
import { CONFUSIONS, REWRITES } from './slips.ts'

export interface Mutation {
  readonly text: string
  /** How readily a person makes the slip that this undoes, from 0 to 1. */
  readonly prior: number
}

export interface Surroundings {
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
      const here = new RegExp(pattern, 'y')
      here.lastIndex = index
      if (isCode(index)) add(line.replace(here, by), prior)
    }
  }
  for (const text of swapArguments(line)) add(text, 0.45)
  return [...best].map(([text, prior]) => ({ text, prior })).sort((a, b) => b.prior - a.prior)
}

/** What may stand in a token's place. */
function replacements(token: Token, { language, nearby, statement }: Surroundings): [string, number][] {
  const found = (CONFUSIONS.get(token.text) ?? []).map(([by, prior]): [string, number] => [by, prior])
  if (token.kind === 'sign' || token.kind === 'comment' || KEYWORDS.has(token.text)) return found

  if (/^\d+$/.test(token.text)) {
    const value = Number(token.text)
    const near = value <= 2 ? 0.7 : 0.45
    found.push([`${value + 1}`, near], [`${value - 1}`, near], ['0', 0.25], ['1', 0.25])
  }
  // Another thing of the same kind: named in the statement, alike, or merely near.
  const literal = token.kind === 'string' || token.kind === 'number'
  for (const other of new Set(
    [...statement.split('\n'), ...nearby.split('\n')]
      .flatMap(row => tokenize(row, language))
      .filter(t => t.kind === token.kind && !KEYWORDS.has(t.text))
      .map(t => t.text),
  )) {
    if (other === token.text) continue
    const bonus = (isAlike(other, token.text) ? 0.15 : 0) + (statement.includes(other) ? 0.1 : 0)
    if (nearby.includes(other) || (literal && bonus > 0)) found.push([other, (literal ? 0.15 : 0.2) + bonus])
  }
  return found
}

/** The same first or last three letters, or as short as each other. */
function isAlike(a: string, b: string): boolean {
  return a.slice(0, 3) === b.slice(0, 3) || a.slice(-3) === b.slice(-3) || (a.length < 3 && b.length < 3)
}

/** Every innermost call with two neighbouring arguments exchanged. */
function swapArguments(line: string): string[] {
  return [...line.matchAll(/(?<=[\w$]\()[^()]+(?:\([^()]*\)[^()]*)*(?=\))/g)].flatMap(
    ({ 0: inside, index }) => {
      const parts = inside.split(/,\s*(?![^([{]*[)\]}])/)
      return parts.slice(1).map((_, i) => {
        const swapped = parts
          .with(i, parts[i + 1]!)
          .with(i + 1, parts[i]!)
          .join(', ')
        return line.slice(0, index) + swapped + line.slice(index + inside.length)
      })
    },
  )
}

function tokenize(line: string, language: Language): Token[] {
  const comment = language === 'python' ? '#.*' : '\\/\\/.*|\\/\\*.*?\\*\\/'
  const pattern = new RegExp(
    `(?<string>"(?:\\\\.|[^"\\\\])*"|'(?:\\\\.|[^'\\\\])*'|\`(?:\\\\.|[^\`\\\\])*\`)|(?<comment>${comment})|` +
      '(?<number>\\b\\d[\\w.]*)|(?<method>(?<=\\.)[\\w$]+(?=\\())|(?<member>(?<=\\.)[\\w$]+)|(?<call>[A-Za-z_$][\\w$]*(?=\\())|' +
      '(?<name>[A-Za-z_$][\\w$]*)|(?<sign>[=!]==?|\\*\\*=?|\\/\\/=?|[<>+*/%&|-]=|=>|->|&&|\\|\\||\\?\\?|\\?\\.|\\+\\+|--|<<|>>|[^\\s\\w])',
    'g',
  )
  return [...line.matchAll(pattern)].map(match => {
    const kind = Object.entries(match.groups!).find(([, text]) => text !== undefined)![0] as Token['kind']
    return { kind, text: match[0], at: match.index }
  })
}

const KEYWORDS = new Set(
  (
    'and or not in is if elif else for while def class return yield import from as with try except finally raise lambda ' +
    'pass break continue None True False self async await const let var function new typeof instanceof of this null ' +
    'undefined true false export default extends throw catch switch case delete void static assert del'
  ).split(' '),
)
