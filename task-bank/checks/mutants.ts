import { createHash } from 'node:crypto'
import { applyFault } from '../faults/fault.ts'
import { plantFaults } from '../faults/plant.ts'
import { languageOf, parseText } from '../faults/syntax.ts'
import { type Change, undo } from './changes.ts'

/** A reference with one thing wrong. `fault`: a mistake in what it writes; `part`: one of its changes is missing. */
export interface Mutant {
  readonly kind: 'fault' | 'part'
  readonly file: string
  readonly line: number
  readonly description: string
  /** The whole file with the mistake in it. */
  readonly text: string
}

/** The most that can be missing parts; there are many more mistakes than parts. */
const PARTS_SHARE = 1 / 3

/**
 * Wrong fixes that are nearly the reference: a mistake in lines that it adds, or one of several changes left out. At most
 * `limit` of them, drawn by `seed`, so that the same task always has the same ones.
 *
 * @param texts - the files of the reference, by name
 */
export async function listMutants(options: {
  changes: readonly Change[]
  texts: ReadonlyMap<string, string>
  seed: string
  limit: number
}): Promise<{ possible: number; drawn: Mutant[] }> {
  const { changes, texts, seed, limit } = options
  const draw = (mutants: Mutant[], count: number): Mutant[] =>
    mutants.toSorted((one, other) => (rank(seed, one) < rank(seed, other) ? -1 : 1)).slice(0, count)
  const faults: Mutant[] = []
  for (const [file, text] of texts) faults.push(...(await listFaults(file, text, changes)))
  const parts = listParts(changes, texts)
  const drawn = draw(parts, Math.max(Math.ceil(limit * PARTS_SHARE), limit - faults.length))
  drawn.push(...draw(faults, limit - drawn.length))
  const valid = await Promise.all(drawn.map(isReadable))
  return { possible: faults.length + parts.length, drawn: drawn.filter((_, index) => valid[index]) }
}

/** A text with a mistake of syntax is no fix that anybody would hand in. */
async function isReadable({ file, text }: Mutant): Promise<boolean> {
  const language = languageOf(file)
  return language === undefined || (await parseText(text, language)) !== undefined
}

async function listFaults(file: string, text: string, changes: readonly Change[]): Promise<Mutant[]> {
  const language = languageOf(file)
  const own = new Set(
    changes
      .filter(change => change.file === file)
      .flatMap(({ line, added }) => added.map((_, index) => line + index)),
  )
  if (own.size === 0 || language === undefined) return []
  const lineAt = openLines(text)
  const isOwn = ({ start, end }: { start: number; end: number }): boolean => {
    const [first, last] = [lineAt(start), lineAt(Math.max(start, end - 1))]
    return Array.from({ length: last - first + 1 }, (_, index) => first + index).every(line => own.has(line))
  }
  return (await plantFaults(file, text, language))
    .filter(({ edits }) => edits.every(isOwn))
    .map(fault => ({
      kind: 'fault',
      file,
      line: fault.place.line,
      description: fault.description,
      text: applyFault(fault, new Map([[file, text]])).get(file)!,
    }))
}

function listParts(changes: readonly Change[], texts: ReadonlyMap<string, string>): Mutant[] {
  const telling = changes.filter(change => texts.has(change.file) && !isIdle(change))
  if (telling.length < 2) return []
  return telling.map(change => ({
    kind: 'part',
    file: change.file,
    line: change.line,
    description: `the change at line ${change.line} is missing`,
    text: undo(texts.get(change.file)!, change),
  }))
}

/** Blank lines and comments, which no test can miss. */
function isIdle({ removed, added }: Change): boolean {
  return [...removed, ...added].every(line => /^\s*(#|\/\/|\/\*|\*|$)/.test(line))
}

function rank(seed: string, { kind, file, line, description }: Mutant): string {
  return createHash('sha256').update([seed, kind, file, line, description].join('\0')).digest('hex')
}

/** Line of a place in a text, from 1 on. */
function openLines(text: string): (offset: number) => number {
  const starts = [0]
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1)
  return offset => {
    let low = 0
    let high = starts.length
    while (high - low > 1) {
      const middle = (low + high) >> 1
      if (starts[middle]! <= offset) low = middle
      else high = middle
    }
    return low + 1
  }
}

/** The lines in which a mutant differs, as a diff shows them: `-` the reference, `+` the mutant. */
export function renderMutant({ file, text }: Pick<Mutant, 'file' | 'text'>, reference: string): string {
  const [before, after] = [reference.split('\n'), text.split('\n')]
  let head = 0
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1
  let tail = 0
  const most = Math.min(before.length, after.length) - head
  while (tail < most && before.at(-1 - tail) === after.at(-1 - tail)) tail += 1
  return [
    `${file}:${head + 1}`,
    ...before.slice(head, before.length - tail).map(line => `-${line}`),
    ...after.slice(head, after.length - tail).map(line => `+${line}`),
  ].join('\n')
}
