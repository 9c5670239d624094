import { ancestorOf, type Language, type Node, namedChildren } from './syntax.ts'

/** A text with its tree, as those see it who look for places of faults. */
export interface Source {
  readonly file: string
  readonly text: string
  readonly language: Language
  readonly root: Node
}

/** A fault before it has a kind: what replaces what in one text. */
export interface Draft {
  readonly changes: readonly Change[]
  readonly description: string
  readonly belief?: string
}

export interface Change {
  readonly start: number
  readonly end: number
  readonly after: string
}

/** Finds the faults of its kind that begin at one node; it is asked for each node of a tree. */
export type Planter = (node: Node, source: Source) => readonly Draft[]

export const NOTHING: readonly Draft[] = []

export function replace(node: Node, after: string, belief?: string): Draft {
  return draft(
    [{ start: node.start, end: node.end, after }],
    `${say(node.text)} became ${say(after)}`,
    belief ?? beliefOf(node.text, after),
  )
}

/** A replacement of a part, told by the expression that it stands in. */
export function replaceIn(whole: Node, part: Node, after: string, belief?: string): Draft {
  const text =
    whole.text.slice(0, part.start - whole.start) + after + whole.text.slice(part.end - whole.start)
  const changes = [{ start: part.start, end: part.end, after }]
  return draft(changes, `${say(whole.text)} became ${say(text)}`, belief ?? beliefOf(whole.text, text))
}

/** Where the same is written in another file, the same is believed. */
function beliefOf(before: string, after: string): string {
  return `${before} > ${after}`.replaceAll(/\s+|\b(self|this)\.#?/g, '')
}

/** The last of the names in `a.b.c`, by which a thing is known in every file. */
export function lastName(text: string): string {
  return /([\w$]+)\W*$/.exec(text)?.[1] ?? text
}

export function draft(changes: readonly Change[], description: string, belief?: string): Draft {
  return { changes, description, ...(belief === undefined ? {} : { belief }) }
}

/** Takes a statement out: its lines if nothing else is on them; what must not be empty gets a statement without effect. */
export function remove(statement: Node, { text, language }: Source): Change {
  const { parent, start, end } = statement
  const isOnly = parent !== undefined && namedChildren(parent).length === 1
  if (language === 'python' && isOnly) return { start, end, after: 'pass' }
  if (
    language !== 'python' &&
    !['statement_block', 'program', 'switch_case', 'switch_body'].includes(parent?.type ?? '')
  )
    return { start, end, after: '{}' }
  const lineStart = text.lastIndexOf('\n', start - 1) + 1
  const newline = text.indexOf('\n', end)
  const lineEnd = newline < 0 ? text.length : newline + 1
  const isAlone = text.slice(lineStart, start).trim() === '' && text.slice(end, lineEnd).trim() === ''
  return isAlone
    ? { start: lineStart, end: lineEnd, after: '' }
    : { start, end, after: language === 'python' ? 'pass' : ';' }
}

/** Text of one line for a description. */
export function say(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim()
  return `\`${line.length > 80 ? `${line.slice(0, 79)}…` : line}\``
}

export const FUNCTIONS: ReadonlySet<string> = new Set([
  'function_definition',
  'lambda',
  'function_declaration',
  'generator_function_declaration',
  'function_expression',
  'arrow_function',
  'method_definition',
])
const STATEMENTS: ReadonlySet<string> = new Set([
  'block',
  'module',
  'statement_block',
  'program',
  'switch_case',
  'class_body',
])

export function functionOf(node: Node): Node | undefined {
  return ancestorOf(node, FUNCTIONS)
}

/** Whether a node stands where statements stand. */
export function isStatement(node: Node): boolean {
  return STATEMENTS.has(node.parent?.type ?? '')
}

export function isCall(node: Node): boolean {
  return node.type === 'call' || node.type === 'call_expression'
}

/** What is called, by its last name: `c` of `a.b.c(1)`. */
export function calleeName(call: Node): string {
  return /([\w$]+)$/.exec(call.children[0]?.text ?? '')?.[1] ?? ''
}

export function argumentsOf(call: Node): Node[] {
  const list = call.children.find(child => child.type === 'argument_list' || child.type === 'arguments')
  return list === undefined ? [] : namedChildren(list)
}

/** A call `object.method(…)` taken apart. */
export function methodOf(call: Node): { object: Node; name: string } | undefined {
  if (!isCall(call)) return undefined
  const callee = call.children[0]!
  if (callee.type !== 'attribute' && callee.type !== 'member_expression') return undefined
  return { object: callee.children[0]!, name: callee.children.at(-1)!.text }
}

/** Whether a text has to be put in brackets to stand where a name stands. */
export function bracketed(node: Node): string {
  const isSimple =
    /^(identifier|attribute|member_expression|call|call_expression|subscript|subscript_expression|integer|number|string|parenthesized_expression|list|array|this|none|true|false)$/.test(
      node.type,
    )
  return isSimple ? node.text : `(${node.text})`
}
