import { type Constants, isPrimitive, literalOf, patternOf } from './javascript-literal.ts'
import { comparison, draft, type Part, type SiteDraft } from './javascript-plan.ts'
import { type Node, propertyOf, unwrap } from './javascript-syntax.ts'

/**
 * Takes a condition apart into what is compared and with what: `a === 1 && b.includes('x')` is two parts. What cannot be
 * taken apart is observed as true or false.
 */
export function partsOfCondition(node: Node, constants: Constants): Part[] {
  const inner = unwrap(node)
  if (inner.type === 'LogicalExpression' && inner.operator === '&&')
    return [...partsOfCondition(inner.left, constants), ...partsOfCondition(inner.right, constants)]
  return [partOf(node, true, constants)]
}

/** One condition that shall hold, or not hold. */
export function partOf(node: Node, holds: boolean, constants: Constants): Part {
  const inner = unwrap(node)
  if (inner.type === 'UnaryExpression' && inner.operator === '!')
    return partOf(inner.argument, !holds, constants)
  return (
    comparedPart(inner, holds, constants) ??
    containedPart(inner, holds, constants) ?? { subject: node, site: draft(holds ? 'true' : 'false') }
  )
}

type Order = 'lt' | 'le' | 'gt' | 'ge'
const ORDERS: Readonly<Record<string, Order>> = { '<': 'lt', '<=': 'le', '>': 'gt', '>=': 'ge' }
const FLIPPED: Readonly<Record<Order, Order>> = { lt: 'gt', le: 'ge', gt: 'lt', ge: 'le' }

function comparedPart(node: Node, holds: boolean, constants: Constants): Part | undefined {
  if (node.type !== 'BinaryExpression' || node.left.type === 'PrivateName') return undefined
  const [left, right] = [literalOf(node.left, constants), literalOf(node.right, constants)]
  const expected = left ?? right
  if (expected === undefined || (left !== undefined && right !== undefined) || !isPrimitive(expected))
    return undefined
  const subject = left === undefined ? node.left : node.right
  const site = comparedSite(node.operator, holds)
  return site && { subject, site }

  function comparedSite(operator: string, isWanted: boolean): SiteDraft | undefined {
    const order = ORDERS[operator]
    if (order !== undefined) {
      // Not less is not the same as greater or equal: not-a-number is neither.
      const isOrdered = expected![0] === 'number' || expected![0] === 'int'
      return isWanted && isOrdered
        ? draft(left === undefined ? order : FLIPPED[order], { expected: expected! })
        : undefined
    }
    // For these operators 0 is -0, and nothing is not-a-number.
    if (expected![0] === 'number' && ['0', '-0', 'NaN'].includes(expected![1])) return undefined
    switch (operator) {
      case '===':
        return comparison(isWanted, expected!)
      case '!==':
        return comparison(!isWanted, expected!)
      case '==':
        return comparison(isWanted, expected!, 'loose')
      case '!=':
        return comparison(!isWanted, expected!, 'loose')
      default:
        return undefined
    }
  }
}

/** `x.includes('a')`, `x.has('a')`, `[1, 2].includes(x)` and `/a/.test(x)`. */
function containedPart(node: Node, holds: boolean, constants: Constants): Part | undefined {
  if (
    node.type !== 'CallExpression' ||
    node.callee.type !== 'MemberExpression' ||
    node.arguments.length !== 1
  )
    return undefined
  const method = propertyOf(node.callee)
  const owner = node.callee.object as Node
  const argument = node.arguments[0]!
  if (argument.type === 'SpreadElement') return undefined
  if (method === 'test') {
    const pattern = patternOf(owner)
    const site = { message: pattern?.source ?? null, flags: pattern?.flags ?? '' }
    return pattern && { subject: argument, site: draft(holds ? 'match' : 'nomatch', site) }
  }
  if (method !== 'includes' && method !== 'has') return undefined
  const [container, item] = [literalOf(owner, constants), literalOf(argument, constants)]
  if (container !== undefined && item === undefined && ['list', 'set', 'str'].includes(container[0]))
    return { subject: argument, site: draft(holds ? 'in' : 'notin', { expected: container }) }
  if (item !== undefined && container === undefined && isPrimitive(item))
    return { subject: owner, site: draft(holds ? 'has' : 'hasnot', { expected: item }) }
  return undefined
}
