import type { Canonical } from './canonical.ts'
import { partOf, partsOfCondition } from './javascript-condition.ts'
import { isPrimitive, literalOf, patternOf } from './javascript-literal.ts'
import type { AssertName, Names } from './javascript-names.ts'
import {
  comparison,
  draft,
  escapePattern,
  observe,
  type Plan,
  type SiteDraft,
  soft,
} from './javascript-plan.ts'
import { type Call, type Node, unwrap } from './javascript-syntax.ts'

/** What becomes of a call of `node:assert`. */
export function planAssert({ method, isStrict }: AssertName, call: Call, names: Names): Plan {
  const [first, second] = call.arguments
  if (call.arguments.some(one => one.type === 'SpreadElement')) return soft('its arguments are spread')
  if (first === undefined) return soft('it has no argument')
  switch (method) {
    case 'ok':
      return planCondition(first, names)
    case 'equal':
    case 'notEqual':
      return planEqual(call, names, { isSame: method === 'equal', isDeep: false, isStrict })
    case 'strictEqual':
    case 'notStrictEqual':
      return planEqual(call, names, { isSame: method === 'strictEqual', isDeep: false, isStrict: true })
    case 'deepEqual':
    case 'notDeepEqual':
      return planEqual(call, names, { isSame: method === 'deepEqual', isDeep: true, isStrict })
    case 'deepStrictEqual':
    case 'notDeepStrictEqual':
      return planEqual(call, names, { isSame: method === 'deepStrictEqual', isDeep: true, isStrict: true })
    case 'throws':
      return planThrown('raises', first, second, names)
    case 'rejects':
      return planThrown('rejects', first, second, names)
    case 'doesNotThrow':
      return { kind: 'call', method: 'raises', part: { subject: first, site: RETURNED } }
    case 'doesNotReject':
      return { kind: 'call', method: 'rejects', part: { subject: first, site: RETURNED } }
    case 'match':
    case 'doesNotMatch': {
      const pattern = second && patternOf(second)
      if (pattern === undefined) return soft('its pattern is not a plain one')
      const site = { message: pattern.source, flags: pattern.flags }
      return observe(first, draft(method === 'match' ? 'match' : 'nomatch', site))
    }
    case 'ifError':
      return observe(first, draft('eq', { expected: ['none'], equality: 'loose' }))
    default:
      return soft(`${method}() has no expected value`)
  }
}

export const RETURNED = draft('eq', { expected: ['returned'] })

function planCondition(condition: Node, names: Names): Plan {
  if (literalOf(condition, names.constants) !== undefined) return soft('its condition is a literal')
  return { kind: 'observe', parts: partsOfCondition(condition, names.constants) }
}

function planEqual(
  call: Call,
  { constants }: Names,
  how: { isSame: boolean; isDeep: boolean; isStrict: boolean },
): Plan {
  const [actual, wanted] = call.arguments
  if (actual === undefined || wanted === undefined) return soft('it has one argument')
  const [left, right] = [literalOf(actual, constants), literalOf(wanted, constants)]
  if (left !== undefined && right !== undefined) return soft('both sides are literals')
  const expected = right ?? left
  if (expected === undefined) return soft('neither side is a literal')
  if (!how.isDeep && !isPrimitive(expected)) return soft('it compares identity')
  const subject = right === undefined ? wanted : actual
  if (expected[0] === 'bool' && how.isSame) {
    const part = partOf(subject, expected[1], constants)
    // Only where this says more than true or false; a condition that is none has other values than these two.
    if (part.site.op !== 'true' && part.site.op !== 'false') return { kind: 'observe', parts: [part] }
  }
  return observe(subject, comparison(how.isSame, expected, how.isStrict ? 'strict' : 'loose'))
}

function planThrown(
  method: 'raises' | 'rejects',
  subject: Node,
  validation: Node | undefined,
  names: Names,
): Plan {
  const thrown = describeThrown(validation, names)
  if (thrown.reason === undefined) return { kind: 'call', method, part: { subject, site: thrown.site } }
  const wrapper = method === 'raises' ? 'raising' : 'rejecting'
  return { kind: 'wrap', method: wrapper, part: { subject, site: thrown.site }, reason: thrown.reason }
}

interface Thrown {
  readonly site: SiteDraft
  /** Why the assertion says more than the site. */
  readonly reason?: string
}

const BUILT_IN = [
  'Error',
  'TypeError',
  'RangeError',
  'SyntaxError',
  'ReferenceError',
  'URIError',
  'EvalError',
]

function describeThrown(validation: Node | undefined, names: Names): Thrown {
  if (validation === undefined) return { site: draft('raises') }
  const inner = unwrap(validation)
  const pattern = patternOf(inner)
  if (pattern !== undefined)
    return { site: draft('raises', { expected: ['text'], message: pattern.source, flags: pattern.flags }) }
  // A text in this place is what the assertion says when it fails.
  const literal = literalOf(inner, names.constants)
  if (literal?.[0] === 'str') return { site: draft('raises') }
  const name = names.classOf(inner)
  if (name !== undefined) return { site: draft('raises', { expected: ['names', [name]] }) }
  if (inner.type === 'ObjectExpression') return describeProperties(inner, names)
  if (inner.type === 'NewExpression') return describeError(inner, names)
  return { site: draft('raises'), reason: 'its validation is code' }
}

function describeProperties(node: Extract<Node, { type: 'ObjectExpression' }>, names: Names): Thrown {
  const fields: [string, Canonical][] = []
  let message: { source: string; flags: string } | undefined
  let reason: string | undefined
  for (const property of node.properties) {
    const isPlain = property.type === 'ObjectProperty' && !property.computed
    const key = isPlain && property.key.type === 'Identifier' ? property.key.name : undefined
    const value = isPlain ? (property.value as Node) : undefined
    const literal = value && literalOf(value, names.constants)
    const pattern = key === 'message' && value ? patternOf(value) : undefined
    if (pattern !== undefined) message = pattern
    else if (key !== undefined && literal !== undefined && literal[0] !== 'regexp')
      fields.push([key, literal])
    else reason = 'a property of its error is not a literal'
  }
  const site = draft('raises', {
    expected: ['thrown', fields],
    message: message?.source ?? null,
    flags: message?.flags ?? '',
  })
  return reason === undefined ? { site } : { site, reason }
}

/** Of a class of the code under test nobody here knows what its constructor makes of the arguments. */
function describeError(node: Extract<Node, { type: 'NewExpression' }>, names: Names): Thrown {
  const name = names.classOf(node.callee as Node)
  const [first, ...more] = node.arguments
  const text = first && literalOf(first, names.constants)
  if (name === undefined) return { site: draft('raises'), reason: 'its error is made by code' }
  if (BUILT_IN.includes(name) && text?.[0] === 'str' && more.length === 0) {
    const fields = [['name', ['str', name]] as const, ['message', text] as const]
    return { site: draft('raises', { expected: ['thrown', fields] }) }
  }
  return {
    site: draft('raises', {
      expected: ['names', [name]],
      message: text?.[0] === 'str' ? escapePattern(text[1]) : null,
    }),
    reason: 'its error is made by a class under test',
  }
}
