import MagicString from 'magic-string'
import { planAssert } from './javascript-assert.ts'
import { planExpect } from './javascript-expect.ts'
import { isPrimitive, literalOf } from './javascript-literal.ts'
import { findNames, type Names } from './javascript-names.ts'
import { findPlaces } from './javascript-places.ts'
import type { Part, Plan } from './javascript-plan.ts'
import { type Call, type File, type Node, nodesOf, parseModule } from './javascript-syntax.ts'
import type { Site } from './observation.ts'

export interface Lifted {
  /** The test file without its expectations; every line is where it was. */
  readonly driver: string
  readonly sites: Readonly<Record<string, Site>>
  readonly soft: readonly Soft[]
  /** Lines in front of which a further test can be put. */
  readonly gaps: readonly number[]
  /** What the file calls the function that makes a test; undefined if it does not import it under a name of its own. */
  readonly tester: string | undefined
}

/** An assertion that stays in the driver. */
export interface Soft {
  readonly line: number
  readonly reason: string
  /** Set if part of it was lifted all the same. */
  readonly site?: string
}

interface Planned {
  readonly call: Call
  readonly plan: Plan
}

/**
 * Takes the literal expectations out of a test file for `node --test`.
 *
 * @param name - of the file, without folders
 * @param kept - sites that shall stay as they are, since the reference does not satisfy them
 */
export function liftJavascript(
  name: string,
  source: string,
  kept: ReadonlySet<string> = new Set<string>(),
): Lifted {
  let file: File
  try {
    file = parseModule(name, source)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    const soft = [{ line: 1, reason: `it cannot be read: ${error.message}` }]
    return { driver: source, sites: {}, soft, gaps: [], tester: undefined }
  }
  const { planned, names } = planAll(file, findNames(file))
  const places = findPlaces(file)
  const lifted = write({ name, source, kept, planned, names, varies: places.varies })
  return { ...lifted, gaps: places.gaps, tester: places.tester }
}

/**
 * A constant with an array or object counts as a literal only if nothing but lifted assertions knows it: else it may be
 * changed on the way.
 */
function planAll(file: File, names: Names): { planned: Planned[]; names: Names } {
  const planned: Planned[] = []
  for (const node of nodesOf(file.program)) {
    if (node.type !== 'CallExpression') continue
    const assert = names.assertOf(node.callee as Node)
    const plan = assert === undefined ? planExpect(node, names) : planAssert(assert, node, names)
    if (plan !== undefined) planned.push({ call: node, plan })
  }
  const constants = new Map(
    [...names.constants].filter(([name, init]) => {
      const value = literalOf(init, new Map())
      return value === undefined || isPrimitive(value) || isOnlyExpected(name, planned, names)
    }),
  )
  if (constants.size === names.constants.size) return { planned, names }
  return planAll(file, { ...names, constants })
}

/** Whether every use of a name is cut out of the driver. */
function isOnlyExpected(name: string, planned: readonly Planned[], { uses }: Names): boolean {
  return (uses.get(name) ?? []).every(place => planned.some(one => isRemoved(place, one)))
}

function isRemoved(place: number, planned: Planned): boolean {
  return removedBy(planned).some(
    ({ start, end }) => start <= place && place < end && place > planned.call.start!,
  )
}

interface Range {
  readonly start: number
  readonly end: number
}

/** What of an assertion is not in the driver any more. */
function removedBy({ call, plan }: Planned): Range[] {
  if (plan.kind === 'soft' || plan.kind === 'wrap') return []
  const subjects = plan.kind === 'call' ? [plan.part.subject] : plan.parts.map(({ subject }) => subject)
  const inOrder = [...subjects].sort((a, b) => a.start! - b.start!)
  const starts = [call.start!, ...inOrder.map(({ end }) => end!)]
  const ends = [...inOrder.map(({ start }) => start!), call.end!]
  return starts.map((start, index) => ({ start, end: ends[index]! }))
}

function write(options: {
  name: string
  source: string
  kept: ReadonlySet<string>
  planned: readonly Planned[]
  names: Names
  varies: (place: number) => boolean
}): Pick<Lifted, 'driver' | 'sites' | 'soft'> {
  const { name, source, kept, names } = options
  const text = new MagicString(source)
  const sites: Record<string, Site> = {}
  const soft: Soft[] = []
  const carried: Planned[] = []
  const taken = new Set<string>()
  for (const { call, plan } of options.planned) {
    // A message that is dropped may hold an assertion of its own.
    if (carried.some(one => isRemoved(call.start!, one))) continue
    const { line, column } = call.loc!.start
    const at = `${name}:${line}:${column + 1}`
    const parts = plan.kind === 'soft' ? [] : plan.kind === 'observe' ? plan.parts : [plan.part]
    const ids = parts.map(() => freshId(at, taken))
    if (plan.kind === 'soft') soft.push({ line, reason: plan.reason })
    else if (ids.some(id => kept.has(id))) soft.push({ line, reason: 'the reference does not satisfy it' })
    else {
      for (const [index, part] of parts.entries())
        sites[ids[index]!] = {
          ...part.site,
          line,
          language: 'javascript',
          varies: options.varies(call.start!),
        }
      if (plan.kind === 'wrap') soft.push({ line, reason: plan.reason, site: ids[0]! })
      carried.push({ call, plan })
      rewrite(text, { call, plan }, parts, ids)
    }
  }
  hideConstants(text, carried, names)
  return { driver: text.toString(), sites, soft }
}

function freshId(at: string, taken: Set<string>): string {
  let id = at
  for (let count = 2; taken.has(id); count += 1) id = `${at}#${count}`
  taken.add(id)
  return id
}

function rewrite(
  text: MagicString,
  { call, plan }: Planned,
  parts: readonly Part[],
  ids: readonly string[],
): void {
  const method = plan.kind === 'observe' ? 'observe' : plan.kind === 'soft' ? '' : plan.method
  if (plan.kind === 'wrap') {
    const { subject } = plan.part
    text.appendLeft(subject.start!, open(method, ids[0]!))
    text.appendRight(subject.end!, ')')
    return
  }
  const source = text.original
  const isMany = parts.length > 1
  let start = call.start!
  for (const [index, { subject, property }] of parts.entries()) {
    const opening = `${open(method, ids[index]!)}${property === undefined ? '' : '('}`
    const before = index === 0 ? (isMany ? '__arete__.all(' : '') : `${closing(parts[index - 1]!)}, `
    text.update(start, subject.start!, `${before}${opening}${linesOf(source, start, subject.start!)}`)
    start = subject.end!
  }
  text.update(
    start,
    call.end!,
    `${linesOf(source, start, call.end!)}${closing(parts.at(-1)!)}${isMany ? ')' : ''}`,
  )
}

function open(method: string, id: string): string {
  return `__arete__.${method}(${JSON.stringify(id)}, `
}

function closing({ property }: Part): string {
  return property === undefined ? ')' : `).${property})`
}

function linesOf(source: string, start: number, end: number): string {
  return source.slice(start, end).replace(/[^\n]/g, '')
}

/** A constant that only expectations knew would still tell them. */
function hideConstants(text: MagicString, carried: readonly Planned[], names: Names): void {
  for (const [name, init] of names.constants) {
    const isUsed = (names.uses.get(name)?.length ?? 0) > 0
    if (!isUsed || literalOf(init, new Map()) === undefined || !isOnlyExpected(name, carried, names)) continue
    text.update(init.start!, init.end!, `undefined${linesOf(text.original, init.start!, init.end!)}`)
  }
}
