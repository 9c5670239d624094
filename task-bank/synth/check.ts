import { type Node, namedChildren, walk } from '../faults/syntax.ts'

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

/** Whether a statement waits for an error of what stands in it: `with raises(…):` and its like. */
export function isRaises(node: Node): boolean {
  return node.type === 'with_statement' && /\b(raises|assertRaises\w*)\s*\(/.test(node.text.split('\n')[0]!)
}

/** The error that a `try` statement waits for, if it has one clause that names one. */
export function caughtBy(trying: Node): string | undefined {
  const clauses = trying.children.filter(({ type }) => type === 'except_clause')
  const caught = clauses[0]?.children.find(({ field }) => field === 'value')
  return clauses.length === 1 && caught?.type === 'identifier' ? caught.text : undefined
}

/** What is checked by the last statement of a `try`. */
export function ofTry(trying: Node, action: string): Check {
  return { kind: 'raises', action, expected: caughtBy(trying) ?? 'an error' }
}

/** Whether a statement says what must hold, in one of the usual forms. */
export function isAssertion(node: Node): boolean {
  return (
    node.type === 'assert_statement' ||
    isRaises(node) ||
    /^(await )?(assert\b|expect\(|self\.assert|t\.assert)/.test(node.text)
  )
}

/**
 * What a statement of a test checks.
 *
 * @param text - of the whole file
 */
export function checkOf(statement: Node, text: string): Check {
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
export function dedent(text: string, node: Node): string {
  const margin = /[ \t]*$/.exec(text.slice(0, node.start))![0]
  return node.text
    .split('\n')
    .map((line, index) => (index > 0 && line.startsWith(margin) ? line.slice(margin.length) : line))
    .join('\n')
}
