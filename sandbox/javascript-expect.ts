import type { Canonical } from './canonical.ts'
import { RETURNED } from './javascript-assert.ts'
import { isPrimitive, literalOf, patternOf } from './javascript-literal.ts'
import type { Names } from './javascript-names.ts'
import {
  comparison,
  draft,
  escapePattern,
  type Part,
  type Plan,
  type SiteDraft,
  soft,
} from './javascript-plan.ts'
import { type Call, type Node, propertyOf } from './javascript-syntax.ts'

interface Chain {
  readonly subject: Node
  readonly matcher: string
  readonly isNot: boolean
  readonly promise: 'resolves' | 'rejects' | undefined
}

/** What becomes of `expect(x)….matcher(…)`; undefined if the call is none. */
export function planExpect(call: Call, names: Names): Plan | undefined {
  const chain = readChain(call.callee as Node, names)
  if (chain === undefined) return undefined
  if (call.arguments.some(one => one.type === 'SpreadElement')) return soft('its arguments are spread')
  const { subject, matcher, isNot, promise } = chain
  const args: readonly Node[] = call.arguments
  if (matcher === 'toThrow' || matcher === 'toThrowError') {
    if (promise === 'resolves') return soft('it expects a function out of a promise')
    const site = thrownSite(args[0], isNot, names)
    if (site === undefined) return soft('what it throws is not a literal')
    return { kind: 'call', method: promise ?? 'raises', part: { subject, site } }
  }
  if (promise === 'rejects') return soft('it compares what a promise was rejected with')
  const literal = args[0] && literalOf(args[0], names.constants)
  if (args.length > 0 && args[0] !== undefined && matcher !== 'toMatch' && literal === undefined)
    return soft('its expected value is not a literal')
  const site = siteOf(matcher, isNot, args, names)
  if (site === undefined) return soft(`${isNot ? 'not.' : ''}${matcher}() is not among the known ones`)
  const part: Part = matcher === 'toHaveLength' ? { subject, site, property: 'length' } : { subject, site }
  if (promise === undefined) return { kind: 'observe', parts: [part] }
  return part.property === undefined
    ? { kind: 'call', method: 'resolves', part }
    : soft('it looks at a property of what a promise is resolved with')
}

function readChain(callee: Node, names: Names): Chain | undefined {
  if (callee.type !== 'MemberExpression') return undefined
  const matcher = propertyOf(callee)
  let owner = callee.object as Node
  let isNot = false
  let promise: Chain['promise']
  while (owner.type === 'MemberExpression') {
    const word = propertyOf(owner)
    if (word === 'not') isNot = !isNot
    else if (word === 'resolves' || word === 'rejects') promise = word
    else return undefined
    owner = owner.object as Node
  }
  if (owner.type !== 'CallExpression' || !names.isExpect(owner.callee as Node) || matcher === undefined)
    return undefined
  const [subject] = owner.arguments
  return subject === undefined || subject.type === 'SpreadElement'
    ? undefined
    : { subject, matcher, isNot, promise }
}

function siteOf(
  matcher: string,
  isNot: boolean,
  args: readonly Node[],
  { constants }: Names,
): SiteDraft | undefined {
  const value = args[0] && literalOf(args[0], constants)
  const same = (expected: Canonical, equality: SiteDraft['equality'] = 'strict'): SiteDraft =>
    comparison(!isNot, expected, equality)
  switch (matcher) {
    case 'toBe':
      return value && isPrimitive(value) ? same(value) : undefined
    case 'toEqual':
      return value && same(value, 'recursive')
    case 'toStrictEqual':
    case 'toHaveLength':
      return value && same(value)
    case 'toBeNull':
      return same(['none'])
    case 'toBeUndefined':
      return same(['undefined'])
    case 'toBeDefined':
      return comparison(isNot, ['undefined'])
    case 'toBeNaN':
      return same(['number', 'NaN'])
    case 'toBeTruthy':
      return draft(isNot ? 'false' : 'true')
    case 'toBeFalsy':
      return draft(isNot ? 'true' : 'false')
    case 'toContain':
      return value && isPrimitive(value) ? draft(isNot ? 'hasnot' : 'has', { expected: value }) : undefined
    case 'toContainEqual':
      return value && draft(isNot ? 'hasnot' : 'has', { expected: value, equality: 'recursive' })
    case 'toMatch':
      return matchSite(args[0], value, isNot)
    case 'toBeGreaterThan':
      return orderSite('gt', value, isNot)
    case 'toBeGreaterThanOrEqual':
      return orderSite('ge', value, isNot)
    case 'toBeLessThan':
      return orderSite('lt', value, isNot)
    case 'toBeLessThanOrEqual':
      return orderSite('le', value, isNot)
    case 'toBeCloseTo':
      return closeSite(value, args[1] ? literalOf(args[1], constants) : ['number', '2'], isNot)
    default:
      return undefined
  }
}

function matchSite(
  node: Node | undefined,
  value: Canonical | undefined,
  isNot: boolean,
): SiteDraft | undefined {
  const pattern =
    value?.[0] === 'str' ? { source: escapePattern(value[1]), flags: '' } : node && patternOf(node)
  return pattern && draft(isNot ? 'nomatch' : 'match', { message: pattern.source, flags: pattern.flags })
}

function orderSite(
  op: 'lt' | 'le' | 'gt' | 'ge',
  expected: Canonical | undefined,
  isNot: boolean,
): SiteDraft | undefined {
  return isNot || expected === undefined ? undefined : draft(op, { expected })
}

function closeSite(
  value: Canonical | undefined,
  digits: Canonical | undefined,
  isNot: boolean,
): SiteDraft | undefined {
  if (isNot || value?.[0] !== 'number' || digits?.[0] !== 'number') return undefined
  return draft('almost', { expected: value, places: Number(digits[1]) })
}

/** A text must be part of the message; a pattern is searched in it. */
function thrownSite(node: Node | undefined, isNot: boolean, names: Names): SiteDraft | undefined {
  if (isNot) return node === undefined ? RETURNED : undefined
  if (node === undefined) return draft('raises')
  const pattern = patternOf(node)
  if (pattern !== undefined) return draft('raises', { message: pattern.source, flags: pattern.flags })
  const literal = literalOf(node, names.constants)
  if (literal?.[0] === 'str') return draft('raises', { message: escapePattern(literal[1]) })
  const name = names.classOf(node)
  return name === undefined ? undefined : draft('raises', { expected: ['names', [name]] })
}
