import { type Language, type Node, namedChildren, parseText, walk } from '../faults/syntax.ts'
import { EVERYWHERE } from './everywhere.ts'

/** The part of a test that leads to what failed. */
export interface Scene {
  /** Statements before it on which it depends, and what of the file these use. */
  readonly before: readonly string[]
  readonly check: Check
  /** Names in it that nothing in it explains. */
  readonly unknown: readonly string[]
  readonly language: Language
}

/** What failed, as far as the form of its assertion is known. */
export type Check =
  /** `actual` was compared with `expected`; `negated` if they should differ, `flipped` if it stands on the right. */
  | {
      readonly kind: 'equal'
      readonly actual: string
      readonly expected: string
      readonly negated: boolean
      readonly flipped: boolean
    }
  | { readonly kind: 'raises'; readonly action: string; readonly expected: string }
  /** A statement that is no assertion. */
  | { readonly kind: 'action'; readonly action: string }
  | { readonly kind: 'other'; readonly assertion: string }

const MAX_LINES = 40
const BLOCKS = new Set(['block', 'module', 'statement_block', 'program'])

/**
 * Cuts out of a test file what leads to a line of it: the statement at that line, those before it that make what it uses, and
 * helpers, constants and fixtures of the file. Undefined if there is no statement, or it is more than a person would read.
 */
export async function cutScene(text: string, language: Language, line: number): Promise<Scene | undefined> {
  const root = await parseText(text, language)
  const statement = root && statementAt(root, line)
  if (root === undefined || statement === undefined) return undefined
  const needed = new Set(namesIn(statement))
  const bound = new Set<string>()
  const before: Node[] = []
  let inner = statement
  for (let block = statement.parent; block !== undefined; block = block.parent) {
    if (isLoop(block)) return undefined
    for (const name of parametersOf(block)) bound.add(name)
    if (!BLOCKS.has(block.type)) continue
    const all = namedChildren(block)
    const index = all.findIndex(child => child.start <= inner.start && inner.end <= child.end)
    const earlier = all.slice(0, Math.max(0, index)).toReversed()
    const isTop = block.parent === undefined || isSuite(block)
    const later = isTop ? all.slice(index + 1) : []
    for (let grown = true; grown; ) {
      grown = false
      for (const one of [...earlier, ...later]) {
        if (before.includes(one) || isAssertion(one) || isTest(one) || !gives(one, needed, !isTop)) continue
        for (const name of freeNames(one)) needed.add(name)
        before.push(one)
        grown = true
      }
    }
    inner = block
  }
  const shown = before
    .filter(node => !/^import/.test(node.type))
    .toSorted((one, other) => one.start - other.start)
  const made = new Set([...shown, ...before].flatMap(node => definedBy(node)))
  const own = new Set([...walk(statement)].flatMap(definedBy))
  const isKnown = (name: string): boolean => made.has(name) || own.has(name) || EVERYWHERE.has(name)
  const scene: Scene = {
    before: shown.map(node => dedent(text, node)),
    check: checkOf(statement, text),
    unknown: [...needed]
      .filter(name => !isKnown(name) && (bound.has(name) || !isImportedName(name, root)))
      .sort(),
    language,
  }
  const size = [...scene.before, statement.text].reduce((sum, part) => sum + part.split('\n').length, 0)
  return size > MAX_LINES ? undefined : scene
}

/** The innermost statement that begins at or before a line and ends at or after it. */
function statementAt(root: Node, line: number): Node | undefined {
  let found: Node | undefined
  for (const node of walk(root)) {
    if (node.parent === undefined || !BLOCKS.has(node.parent.type) || !node.named || node.type === 'comment')
      continue
    const last = node.line + node.text.split('\n').length - 1
    if (node.line <= line && line <= last && !/definition|^function_/.test(node.type)) found = node
  }
  // Of `with raises(…):` and its like the whole is what failed.
  const above = found?.parent?.parent
  return above !== undefined && isRaises(above) ? above : found
}

function isRaises(node: Node): boolean {
  return node.type === 'with_statement' && /\b(raises|assertRaises\w*)\s*\(/.test(node.text.split('\n')[0]!)
}

function isLoop({ type }: Node): boolean {
  return /^(for|while)_|^for_in_/.test(type)
}

/** Where tests stand: the file itself, a `describe`, a class. */
function isSuite(block: Node): boolean {
  if (block.parent?.type === 'class_definition') return true
  return [...block.children].some(isTest)
}

const TESTER = /^(test|it|describe|suite)\b/

function isTest(node: Node): boolean {
  if (node.type === 'expression_statement') return TESTER.test(node.text)
  const definition = node.type === 'decorated_definition' ? node.children.at(-1)! : node
  const name = definition.children.find(({ field }) => field === 'name')?.text ?? ''
  return /^(function_definition|class_definition)$/.test(definition.type) && /^(test|Test)/.test(name)
}

function isAssertion(node: Node): boolean {
  return (
    node.type === 'assert_statement' ||
    isRaises(node) ||
    /^(await )?(assert\b|expect\(|self\.assert|t\.assert)/.test(node.text)
  )
}

/** Whether a statement makes or changes something that is needed. */
function gives(node: Node, needed: ReadonlySet<string>, mayChange: boolean): boolean {
  if (definedBy(node).some(name => needed.has(name))) return true
  const isHook = /^(beforeEach|before|beforeAll)\(/.test(node.text)
  if (!isHook && !(mayChange && (node.type === 'expression_statement' || /^(for|with|if)_/.test(node.type))))
    return false
  return namesIn(node).some(name => needed.has(name) && !EVERYWHERE.has(name))
}

/** Names that a statement takes from outside. */
function freeNames(node: Node): string[] {
  const own = new Set(
    /definition|function_declaration|class_declaration/.test(node.type) ? boundIn(node) : [],
  )
  return namesIn(node).filter(name => !own.has(name))
}

/** Names that a statement gives a meaning to. */
function definedBy(node: Node): string[] {
  const names: string[] = []
  for (const one of node.type === 'decorated_definition' ? [node, node.children.at(-1)!] : [node]) {
    const name = one.children.find(({ field }) => field === 'name')
    if (/definition|declaration|^import/.test(one.type) && name !== undefined) names.push(name.text)
  }
  if (/^import/.test(node.type))
    return [...walk(node)].filter(({ type }) => type === 'identifier').map(({ text }) => text)
  if (/definition|function_declaration|class_declaration/.test(node.type)) return names
  return [...names, ...boundIn(node)]
}

/** Names that have a value somewhere within a node. */
function boundIn(node: Node): string[] {
  const names: string[] = []
  for (const one of walk(node)) {
    const { parent, field } = one
    const isBound =
      (field === 'left' && /^(assignment|for_statement|for_in_clause|for_in_statement)/.test(parent!.type)) ||
      (field === 'name' && parent!.type === 'variable_declarator') ||
      one.type === 'as_pattern_target' ||
      (field === 'parameter' && parent!.type === 'arrow_function') ||
      /^(lambda_parameters|parameters|formal_parameters)$/.test(one.type)
    if (isBound) names.push(...[...walk(one)].filter(({ type }) => isName(type)).map(({ text }) => text))
  }
  return names
}

function isName(type: string): boolean {
  return type === 'identifier' || type === 'shorthand_property_identifier_pattern'
}

function namesIn(node: Node): string[] {
  return [...walk(node)].flatMap(one => {
    if (one.type !== 'identifier' && one.type !== 'shorthand_property_identifier') return []
    const { parent, field } = one
    const isLabel =
      (parent?.type === 'attribute' && parent.children[0] !== one) ||
      (parent?.type === 'keyword_argument' && field === 'name')
    return isLabel ? [] : [one.text]
  })
}

function parametersOf(node: Node): string[] {
  if (!/function_definition|arrow_function|function_expression|method_definition/.test(node.type)) return []
  const list = node.children.filter(({ field }) => field === 'parameters' || field === 'parameter')
  return list
    .flatMap(one => [...walk(one)])
    .filter(({ type }) => isName(type))
    .map(({ text }) => text)
}

function isImportedName(name: string, root: Node): boolean {
  return root.children.some(
    node => /^import|^future_import/.test(node.type) && definedBy(node).includes(name),
  )
}

function checkOf(statement: Node, text: string): Check {
  const inner =
    statement.type === 'expression_statement' ? (namedChildren(statement)[0] ?? statement) : statement
  if (statement.type === 'assert_statement') return ofAssert(namedChildren(statement)[0]!)
  if (isRaises(statement)) {
    const [clause, body] = namedChildren(statement)
    const call = [...walk(clause!)].find(({ type }) => type === 'call')
    const expected = call === undefined ? undefined : argumentsOf(call)[0]
    if (body !== undefined && expected !== undefined)
      return { kind: 'raises', action: dedent(text, body), expected: expected.text }
  }
  const call = inner.type === 'await_expression' || inner.type === 'await' ? inner.children[1]! : inner
  return (
    ofCall(call) ?? { kind: isAssertion(statement) ? 'other' : 'action', ...both(dedent(text, statement)) }
  )
}

function both(text: string): { action: string; assertion: string } {
  return { action: text, assertion: text }
}

function ofAssert(condition: Node): Check {
  const [actual, operator, expected, more] = condition.children
  if (
    condition.type === 'comparison_operator' &&
    more === undefined &&
    /^(==|!=|is|is not)$/.test(operator!.type)
  ) {
    const negated = operator!.type === '!=' || operator!.type === 'is not'
    return isLiteral(actual!) && !isLiteral(expected!)
      ? { kind: 'equal', actual: expected!.text, expected: actual!.text, negated, flipped: true }
      : { kind: 'equal', actual: actual!.text, expected: expected!.text, negated, flipped: false }
  }
  if (/^(call|attribute|subscript|identifier)$/.test(condition.type))
    return { kind: 'equal', actual: condition.text, expected: 'a true value', negated: false, flipped: false }
  if (condition.type === 'not_operator')
    return {
      kind: 'equal',
      actual: condition.children.at(-1)!.text,
      expected: 'a false value',
      negated: false,
      flipped: false,
    }
  return { kind: 'other', assertion: `assert ${condition.text}` }
}

const EQUAL =
  /^(equal|deepEqual|strictEqual|deepStrictEqual|assertEqual|assertEquals|assertIs|assertListEqual|assertDictEqual|toBe|toEqual|toStrictEqual)$/

function ofCall(call: Node): Check | undefined {
  const callee = call.children[0]?.text ?? ''
  const name = callee.split('.').at(-1)!
  const args = argumentsOf(call)
  const expecting = call.children[0]?.children[0]
  if (expecting !== undefined && /^expect\(/.test(expecting.text)) {
    const [actual] = argumentsOf(expecting)
    if (actual === undefined) return undefined
    if (EQUAL.test(name) && args[0] !== undefined)
      return { kind: 'equal', actual: actual.text, expected: args[0].text, negated: false, flipped: false }
    if (/^toThrow/.test(name))
      return { kind: 'raises', action: withoutArrow(actual), expected: args[0]?.text ?? 'an error' }
    return undefined
  }
  if (EQUAL.test(name) && args.length >= 2)
    return isLiteral(args[0]!) && !isLiteral(args[1]!)
      ? { kind: 'equal', actual: args[1]!.text, expected: args[0]!.text, negated: false, flipped: true }
      : { kind: 'equal', actual: args[0]!.text, expected: args[1]!.text, negated: false, flipped: false }
  if (/^(assert\.)?(throws|rejects)$/.test(callee) && args[0] !== undefined)
    return { kind: 'raises', action: withoutArrow(args[0]), expected: args[1]?.text ?? 'an error' }
  if (/^(assert|assert\.ok|ok|self\.assertTrue)$/.test(callee) && args[0] !== undefined)
    return { kind: 'equal', actual: args[0].text, expected: 'a true value', negated: false, flipped: false }
  return undefined
}

function argumentsOf(call: Node): Node[] {
  const list = call.children.find(({ type }) => type === 'argument_list' || type === 'arguments')
  return list === undefined ? [] : namedChildren(list)
}

function withoutArrow(node: Node): string {
  return node.type === 'arrow_function' ? node.children.at(-1)!.text : node.text
}

function isLiteral({ type, children }: Node): boolean {
  if (/^(list|array|tuple|dictionary|object|unary_operator|unary_expression|pair)$/.test(type))
    return children.every(child => !child.named || isLiteral(child) || /property_identifier/.test(child.type))
  return /^(string|template_string|integer|float|number|true|false|none|null|undefined)$/.test(type)
}

/** Its text without the indentation that it has in the file. */
function dedent(text: string, node: Node): string {
  const margin = /[ \t]*$/.exec(text.slice(0, node.start))![0]
  return node.text
    .split('\n')
    .map((line, index) => (index > 0 && line.startsWith(margin) ? line.slice(margin.length) : line))
    .join('\n')
}
