import type { Canonical, Pair } from './canonical.ts'
import { type Expression, type Node, propertyOf, unwrap } from './javascript-syntax.ts'

/** Values of constants by name. */
export type Constants = ReadonlyMap<string, Node>

/** A value that a literal expression stands for; boxed, since it may be undefined. */
interface Literal {
  readonly value: unknown
}

const MAX_TEXT = 100_000

/**
 * The value of an expression that is nothing but literals and safe constructors of literals.
 *
 * @returns undefined for any other expression
 */
export function literalOf(node: Node, constants: Constants): Canonical | undefined {
  const literal = evaluate(node, constants)
  return literal && encode(literal.value)
}

/** @returns undefined for what is no regular expression, or one with a flag or form that is not safe to search with */
export function patternOf(node: Node): { source: string; flags: string } | undefined {
  const inner = unwrap(node)
  if (inner.type !== 'RegExpLiteral' || /[^gimsuv]/.test(inner.flags)) return undefined
  // A repeated group that itself repeats can take exponential time.
  if (/[+*}][^()]*\)+[+*{]/.test(inner.pattern)) return undefined
  return { source: inner.pattern, flags: inner.flags.replace('g', '') }
}

export function isPrimitive(value: Canonical): boolean {
  return ['none', 'undefined', 'bool', 'number', 'int', 'str'].includes(value[0])
}

function evaluate(node: Node, constants: Constants): Literal | undefined {
  const inner = unwrap(node)
  switch (inner.type) {
    case 'StringLiteral':
    case 'NumericLiteral':
    case 'BooleanLiteral':
      return { value: inner.value }
    case 'NullLiteral':
      return { value: null }
    case 'BigIntLiteral':
      return { value: BigInt(inner.value) }
    case 'RegExpLiteral':
      return { value: new RegExp(inner.pattern, inner.flags) }
    case 'TemplateLiteral':
      return inner.quasis.length === 1 ? { value: inner.quasis[0]!.value.cooked } : undefined
    case 'Identifier':
      return evaluateName(inner.name, constants)
    case 'ArrayExpression':
      return collect(inner.elements, constants)
    case 'ObjectExpression':
      return evaluateObject(inner.properties, constants)
    case 'UnaryExpression':
      return evaluateUnary(inner, constants)
    case 'BinaryExpression':
      return inner.left.type === 'PrivateName'
        ? undefined
        : evaluateBinary(
            inner.operator,
            evaluate(inner.left, constants)?.value,
            evaluate(inner.right, constants)?.value,
          )
    case 'NewExpression':
      return inner.callee.type === 'Identifier'
        ? construct(inner.callee.name, collect(inner.arguments, constants)?.value)
        : undefined
    case 'CallExpression':
      return evaluateCall(inner, constants)
    default:
      return undefined
  }
}

function evaluateName(name: string, constants: Constants): Literal | undefined {
  if (name === 'undefined') return { value: undefined }
  if (name === 'NaN') return { value: Number.NaN }
  if (name === 'Infinity') return { value: Number.POSITIVE_INFINITY }
  const constant = constants.get(name)
  return constant && evaluate(constant, new Map())
}

function collect(
  nodes: readonly (Node | null)[],
  constants: Constants,
): { readonly value: unknown[] } | undefined {
  const literals = nodes.map(node => (node === null ? undefined : evaluate(node, constants)))
  return literals.every(one => one !== undefined) ? { value: literals.map(one => one.value) } : undefined
}

function evaluateObject(
  properties: Extract<Expression, { type: 'ObjectExpression' }>['properties'],
  constants: Constants,
): Literal | undefined {
  const fields = new Map<string, unknown>()
  for (const property of properties) {
    if (property.type !== 'ObjectProperty') return undefined
    const key =
      !property.computed && property.key.type === 'Identifier'
        ? property.key.name
        : property.key.type === 'PrivateName'
          ? undefined
          : keyText(evaluate(property.key, constants)?.value)
    const literal = evaluate(property.value as Node, constants)
    // A written `__proto__` is no property but the prototype.
    if (key === undefined || key === '__proto__' || literal === undefined) return undefined
    fields.set(key, literal.value)
  }
  return { value: new Fields(fields) }
}

/** An object literal, kept apart from anything that could have a prototype of its own. */
class Fields {
  readonly entries: ReadonlyMap<string, unknown>

  constructor(entries: ReadonlyMap<string, unknown>) {
    this.entries = entries
  }
}

function keyText(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined
}

function evaluateUnary(
  { operator, argument }: Extract<Expression, { type: 'UnaryExpression' }>,
  constants: Constants,
): Literal | undefined {
  const literal = evaluate(argument, constants)
  if (literal === undefined) return undefined
  const { value } = literal
  if (operator === 'void') return { value: undefined }
  if (operator === '-' && (typeof value === 'number' || typeof value === 'bigint')) return { value: -value }
  return operator === '+' && typeof value === 'number' ? literal : undefined
}

function evaluateBinary(operator: string, left: unknown, right: unknown): Literal | undefined {
  if (typeof left === 'string' && typeof right === 'string')
    return operator === '+' ? { value: left + right } : undefined
  if (typeof left !== 'number' || typeof right !== 'number') return undefined
  switch (operator) {
    case '+':
      return { value: left + right }
    case '-':
      return { value: left - right }
    case '*':
      return { value: left * right }
    case '/':
      return { value: left / right }
    case '**':
      return { value: left ** right }
    default:
      return undefined
  }
}

function construct(name: string, args: readonly unknown[] | undefined): Literal | undefined {
  if (args === undefined || args.length > 1) return undefined
  const [first] = args
  switch (name) {
    case 'Date':
      return isFixedDate(first) ? { value: new Date(first) } : undefined
    case 'Set':
      return first === undefined || Array.isArray(first) ? { value: new Set(first) } : undefined
    case 'Map':
      return first === undefined || isPairs(first) ? { value: new Map(first) } : undefined
    default:
      return undefined
  }
}

/** Any other form depends on the zone of the machine. */
function isFixedDate(value: unknown): value is string | number {
  if (typeof value === 'number') return true
  return (
    typeof value === 'string' && /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/.test(value)
  )
}

function isPairs(value: unknown): value is [unknown, unknown][] {
  return Array.isArray(value) && value.every(pair => Array.isArray(pair) && pair.length === 2)
}

/** Calls that test authors write to keep a literal readable: `[…].join('\n')`, `'-'.repeat(9)`, `Array(7).fill(0)`. */
function evaluateCall(
  { callee, arguments: nodes }: Extract<Expression, { type: 'CallExpression' }>,
  constants: Constants,
): Literal | undefined {
  const args = collect(nodes, constants)?.value
  if (args === undefined || args.length > 1) return undefined
  const [first] = args
  if (callee.type === 'Identifier' && callee.name === 'BigInt')
    return typeof first === 'bigint' ||
      Number.isSafeInteger(first) ||
      (typeof first === 'string' && /^-?\d+$/.test(first))
      ? { value: BigInt(first as string) }
      : undefined
  if (callee.type !== 'MemberExpression') return undefined
  const method = propertyOf(callee)
  const length = method === 'fill' && args.length === 1 ? arrayLength(callee.object, constants) : undefined
  if (length !== undefined) return { value: Array.from({ length }, () => first) }
  const subject = evaluate(callee.object, constants)?.value
  if (method === 'join' && Array.isArray(subject) && subject.every(one => typeof one === 'string'))
    return first === undefined || typeof first === 'string' ? { value: subject.join(first) } : undefined
  if (method === 'repeat' && typeof subject === 'string' && isCount(first))
    return subject.length * first <= MAX_TEXT ? { value: subject.repeat(first) } : undefined
  return undefined
}

/** Of `Array(n)` or `new Array(n)`. */
function arrayLength(node: Node, constants: Constants): number | undefined {
  const inner = unwrap(node)
  if (inner.type !== 'CallExpression' && inner.type !== 'NewExpression') return undefined
  if (inner.callee.type !== 'Identifier' || inner.callee.name !== 'Array') return undefined
  const [count, ...more] = collect(inner.arguments, constants)?.value ?? []
  return more.length === 0 && isCount(count) ? count : undefined
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 10_000
}

function encode(value: unknown): Canonical {
  if (value === null) return ['none']
  if (value instanceof Fields) return ['dict', pairsOf(value.entries)]
  if (value instanceof Map) return ['map', pairsOf(value)]
  if (value instanceof Set) return ['set', [...value].map(encode)]
  if (value instanceof Date) return ['date', Number.isNaN(value.getTime()) ? 'NaN' : value.toISOString()]
  if (value instanceof RegExp) return ['regexp', String(value)]
  if (Array.isArray(value)) return ['list', value.map(encode)]
  switch (typeof value) {
    case 'boolean':
      return ['bool', value]
    case 'number':
      return ['number', Object.is(value, -0) ? '-0' : String(value)]
    case 'bigint':
      return ['int', String(value)]
    case 'string':
      return ['str', value]
    default:
      return ['undefined']
  }
}

function pairsOf(entries: ReadonlyMap<unknown, unknown>): Pair[] {
  return [...entries].map(([key, content]) => [encode(key), encode(content)])
}
