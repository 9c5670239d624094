import { isDeepStrictEqual } from 'node:util'
import { parse, stringify } from 'smol-toml'
import { matchPart } from './glob.ts'
import type { SectionFile } from './protected.ts'
import type { Sections } from './sections.ts'

type Table = Readonly<Record<string, unknown>>

/**
 * Takes the sections of a TOML or JSON file from its original. The file is written anew only if one of them differs, and then
 * value for value.
 *
 * @throws if one of the two cannot be read
 */
export function restoreKeys(file: SectionFile, original: string, patched: string): Sections {
  const format = FORMATS[file.format as keyof typeof FORMATS]
  const sections = file.sections.map(toRule)
  const entries = (file.entries ?? []).map(toRule)
  const restored = new Set<string>()

  const restore = (before: unknown, after: unknown, path: readonly string[]): unknown => {
    const section = sections.find(rule => fits(rule, path))
    const entry = entries.find(rule => fits(rule, path) && before !== undefined)
    const rule = section ?? entry
    if (rule !== undefined) {
      if (!isDeepStrictEqual(before, after)) restored.add(rule.name)
      return before
    }
    if (![...sections, ...entries].some(one => leadsTo(one, path))) return after
    const [from, to] = [tableOf(before), tableOf(after)]
    const keys = new Set([...Object.keys(to), ...Object.keys(from)])
    const values = [...keys]
      .map(key => [key, restore(ownValue(from, key), ownValue(to, key), [...path, key])] as const)
      .filter(([, value]) => value !== undefined)
    return values.length === 0 && to !== after ? after : Object.fromEntries(values)
  }

  const content = restore(format.parse(original), format.parse(patched), [])
  if (restored.size === 0) return { kind: 'kept' }
  return { kind: 'restored', content: format.write(content as Table, patched), sections: [...restored] }
}

interface Rule {
  readonly name: string
  readonly parts: readonly ((key: string) => boolean)[]
}

function toRule(keys: readonly string[]): Rule {
  return { name: keys.join('.'), parts: keys.map(matchPart) }
}

function fits({ parts }: Rule, path: readonly string[]): boolean {
  return parts.length === path.length && parts.every((part, index) => part(path[index]!))
}

function leadsTo({ parts }: Rule, path: readonly string[]): boolean {
  return parts.length > path.length && path.every((key, index) => parts[index]!(key))
}

function tableOf(value: unknown): Table {
  const isTable =
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date)
  return isTable ? (value as Table) : {}
}

function ownValue(table: Table, key: string): unknown {
  return Object.hasOwn(table, key) ? table[key] : undefined
}

const FORMATS = {
  toml: {
    // Whole numbers apart from others, so that 1 and 1.0 stay what they are.
    parse: (text: string): unknown => parse(text, { integersAsBigInt: true }),
    write: (content: Table, _like: string) => stringify(content, { numbersAsFloat: true }),
  },
  json: { parse: (text: string) => parseTable(text), write: writeJson },
  jsonc: { parse: (text: string) => parseTable(withoutComments(text)), write: writeJson },
}

function parseTable(text: string): unknown {
  const value: unknown = text.trim() === '' ? {} : JSON.parse(text)
  if (tableOf(value) !== value) throw new SyntaxError('not an object')
  return value
}

function writeJson(content: Table, like: string): string {
  const indent = /^\s*\{\r?\n([ \t]+)/.exec(like)?.[1] ?? ''
  return `${JSON.stringify(content, undefined, indent)}${like.endsWith('\n') ? '\n' : ''}`
}

/** A string that does not end reaches to the end: nothing is looked at twice. */
function withoutComments(text: string): string {
  const bare = text.replace(
    /("(?:\\[\s\S]|[^"\\])*"?)|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g,
    (_, quoted: string | undefined) => quoted ?? ' ',
  )
  return bare.replace(
    /("(?:\\[\s\S]|[^"\\])*"?)|,(?=\s*[}\]])/g,
    (_, quoted: string | undefined) => quoted ?? '',
  )
}
