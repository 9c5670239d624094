import { argumentsOf, type Draft, methodOf, NOTHING, type Planter, replace, replaceIn } from './source.ts'
import type { Node } from './syntax.ts'

/** A slice that begins or ends one place off. */
export const plantSlice: Planter = node => {
  if (node.type === 'slice') return ofPython(node)
  const method = methodOf(node)
  if (method === undefined || !/^(slice|substring|subarray|splice)$/.test(method.name)) return NOTHING
  return argumentsOf(node).flatMap(bound => shifted(node, bound))
}

function ofPython(node: Node): Draft[] {
  const colon = node.children.findIndex(child => child.type === ':')
  const [first, last] = [node.children[colon - 1], node.children[colon + 1]]
  const bounds = [first, last?.named === true ? last : undefined].filter(bound => bound !== undefined)
  const whole = node.parent!
  // `[:-1]` without its end is the mistake of who forgets that the last one is special.
  const lost = last?.text === '-1' && first === undefined ? [replaceIn(whole, last, '')] : []
  return [...lost, ...bounds.flatMap(bound => shifted(whole, bound))]
}

function shifted(whole: Node, bound: Node): Draft[] {
  if (/^\d{1,6}$/.test(bound.text)) return [replaceIn(whole, bound, String(Number(bound.text) + 1))]
  if (/^-\d{1,6}$/.test(bound.text)) return [replaceIn(whole, bound, String(Number(bound.text) - 1))]
  const [left, operator, right] = bound.children
  if (/^[+-]$/.test(operator?.type ?? '') && right !== undefined)
    return right.text === '1' ? [] : [replace(bound, left!.text)]
  return /^[\w.]+$/.test(bound.text) ? [replaceIn(whole, bound, `${bound.text} + 1`)] : []
}
