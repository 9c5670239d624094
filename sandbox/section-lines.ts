import { matchPart } from './glob.ts'
import type { SectionFile } from './protected.ts'
import type { Sections } from './sections.ts'

/**
 * Takes sections of an INI file from its original; all other lines stay as they are.
 *
 * @throws if a line is a header for some readers of INI files and none for others
 */
export function restoreIni(file: SectionFile, original: string, patched: string): Sections {
  const [before, after] = [splitIni(original), splitIni(patched)]
  const rules = findRules(file, [...before, ...after])
  const changed = [...new Set(rules.values())].filter(
    rule => meaning(before, rules, rule) !== meaning(after, rules, rule),
  )
  if (changed.length === 0) return { kind: 'kept' }
  const isChanged = ({ name }: Block): boolean => changed.includes(rules.get(name) ?? '')
  const blocks = [...after.filter(block => !isChanged(block)), ...before.filter(isChanged)]
  return { kind: 'restored', content: join(blocks.flatMap(block => block.lines)), sections: changed }
}

/** The rule for each name of a section that belongs to the tests, before or after. */
function findRules(file: SectionFile, blocks: readonly Block[]): ReadonlyMap<string, string> {
  const rules = file.sections.map(([name]) => ({ name: name!, fits: matchPart(name!) }))
  const found = new Map<string, string>()
  for (const { name, lines } of blocks) {
    const rule = found.has(name) ? undefined : rules.find(one => one.fits(name))?.name
    const needle = file.holding?.[rule ?? '']
    if (
      rule !== undefined &&
      (needle === undefined || lines.some(line => line.toLowerCase().includes(needle)))
    )
      found.set(name, rule)
  }
  return found
}

interface Block {
  readonly name: string
  readonly lines: readonly string[]
}

function splitIni(text: string): Block[] {
  const blocks: { name: string; lines: string[] }[] = [{ name: '', lines: [] }]
  for (const line of linesOf(text)) {
    if (line.trimStart().startsWith('[')) {
      const header = /^\[([^[\]]+)\][ \t]*(?:[#;][^[\]]*)?$/.exec(line)
      if (header === null) throw new SyntaxError(`not a header to all: ${line.slice(0, 80)}`)
      blocks.push({ name: header[1]!.trim().toLowerCase(), lines: [] })
    }
    blocks.at(-1)!.lines.push(line)
  }
  return blocks
}

/** What the sections of one rule say, without comments and empty lines. */
function meaning(blocks: readonly Block[], rules: ReadonlyMap<string, string>, rule: string): string {
  return blocks
    .filter(block => rules.get(block.name) === rule)
    .flatMap(block => block.lines)
    .map(line => line.trimEnd())
    .filter(line => !/^\s*([#;]|$)/.test(line))
    .join('\n')
}

/** Takes directives of a `go.mod` from its original; all other lines stay as they are. */
export function restoreDirectives(file: SectionFile, original: string, patched: string): Sections {
  const names = file.sections.map(([name]) => name!)
  const before = splitGoMod(original, names)
  const after = splitGoMod(patched, names)
  const changed = names.filter(
    name => directives(before.taken, name).join('\n') !== directives(after.taken, name).join('\n'),
  )
  if (changed.length === 0) return { kind: 'kept' }
  return { kind: 'restored', content: join([...after.rest, ...before.taken]), sections: changed }
}

function splitGoMod(text: string, names: readonly string[]): { rest: string[]; taken: string[] } {
  const rest: string[] = []
  const taken: string[] = []
  let block: string | undefined
  for (const line of linesOf(text)) {
    const code = line.replace(/\/\/.*/, '').trim()
    const verb = /^[^\s(]*/.exec(code)![0]
    const opens = code.endsWith('(') && block === undefined
    const mine = names.includes(block ?? verb)
    if (opens) block = verb
    else if (code === ')') block = undefined
    else if (mine && code !== '') taken.push(block === undefined ? code : `${block} ${code}`)
    if (!mine) rest.push(line)
    if (!mine && code.includes('=>')) throw new SyntaxError(`not understood: ${line.slice(0, 80)}`)
  }
  return { rest, taken }
}

function directives(taken: readonly string[], name: string): string[] {
  return taken.filter(line => line.startsWith(`${name} `)).map(line => line.replace(/\s+/g, ' '))
}

/** @throws if there are characters that some readers take for the end of a line */
function linesOf(text: string): string[] {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  if (/[\u0000-\u0008\u000b-\u001f\u0085\u2028\u2029]/.test(lines.join('')))
    throw new SyntaxError('control characters')
  return lines
}

function join(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`
}
