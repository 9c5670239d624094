import {
  type Change,
  calleeName,
  type Draft,
  draft,
  functionOf,
  isCall,
  isStatement,
  lastName,
  methodOf,
  NOTHING,
  type Planter,
  remove,
  type Source,
  say,
} from './source.ts'
import { ancestorOf, fieldOf, type Node, namedChildren, walk } from './syntax.ts'

const LOOK_UP = /^(get|set|has|add|delete|pop|setdefault|stringify|join)$/
const KEPT = /cache|memo|seen|known|index|lookup|computed|dirty/i

/** A stale answer: a part of a key is left out, so that different things share it; or what was kept is not dropped. */
export const plantKey: Planter = (node, source) => {
  if (node.type === 'expression_statement') return kept(node, source)
  const parts = partsOf(node)
  if (parts === undefined || !isKey(node)) return NOTHING
  return parts.map((part, index) => without(node, parts, index, source, part.text))
}

/** The elements of a composite key. */
function partsOf(node: Node): Node[] | undefined {
  const isList = /^(tuple|array)$/.test(node.type)
  if (!isList && node.type !== 'template_string' && node.type !== 'subscript' && node.type !== 'string')
    return undefined
  const parts =
    node.type === 'subscript'
      ? node.children.filter(child => child.field === 'subscript')
      : namedChildren(node).filter(child => isList || /interpolation|template_substitution/.test(child.type))
  const isPlain = parts.every(part => part.type !== 'slice' && !/splat|spread/.test(part.type))
  return parts.length >= 2 && parts.length <= 6 && isPlain ? parts : undefined
}

/** Whether it is looked up by, sorted by, or called a key. */
function isKey(node: Node): boolean {
  if (node.type === 'subscript') return true
  const { parent } = node
  if (parent === undefined) return false
  const isArgument = parent.type === 'arguments' || parent.type === 'argument_list'
  if (isArgument) return namedChildren(parent)[0] === node && LOOK_UP.test(calleeName(parent.parent!))
  const named = fieldOf(parent, 'left') ?? fieldOf(parent, 'name')
  if (named !== undefined && named !== node) return /key|bucket|group/i.test(named.text)
  if (parent.type === 'lambda') return /\bkey\s*=/.test(parent.parent?.text.slice(0, 8) ?? '')
  if (parent.type === 'return_statement') {
    const name = fieldOf(functionOf(node), 'name')?.text ?? ''
    return /key|hash/i.test(name)
  }
  return (
    parent.type === 'comparison_operator' &&
    parent.children[0] === node &&
    parent.children[1]?.type.endsWith('in') === true
  )
}

/** All places of a function that write the key the same way change together. */
function without(node: Node, parts: readonly Node[], index: number, source: Source, part: string): Draft {
  const around = functionOf(node) ?? source.root
  const same = [...walk(around)].filter(
    other => other.type === node.type && other.text === node.text && isKey(other),
  )
  const changes = same.map(other => cut(other, parts, index, node.start))
  return draft(changes, `${say(node.text)} lost ${say(part)}`, `key ${lastName(part)}`)
}

function cut(node: Node, parts: readonly Node[], index: number, origin: number): Change {
  const shift = node.start - origin
  const [part, next, before] = [parts[index]!, parts[index + 1], parts[index - 1]]
  if (/string/.test(node.type)) {
    // A separator goes with its part.
    const start = before === undefined ? part.start : before.end
    const end = before === undefined && next !== undefined ? next.start : part.end
    return { start: start + shift, end: end + shift, after: '' }
  }
  if (node.type !== 'subscript' && parts.length === 2 && node.type === 'tuple')
    return { start: node.start, end: node.end, after: parts[1 - index]!.text }
  const [start, end] = next === undefined ? [before!.end, part.end] : [part.start, next.start]
  return { start: start + shift, end: end + shift, after: '' }
}

/** `cache.clear()` and its kin, forgotten. */
function kept(statement: Node, source: Source): readonly Draft[] {
  const [call] = namedChildren(statement)
  if (call === undefined || !isCall(call) || !isStatement(statement)) return NOTHING
  const method = methodOf(call)
  const isDrop =
    method !== undefined && /^(clear|pop|delete|discard|remove|add|invalidate)$/.test(method.name)
  const isCache =
    KEPT.test(method?.object.text ?? '') || /invalidat|refresh|forget|evict/i.test(calleeName(call))
  if (ancestorOf(statement, new Set(['if_statement'])) !== undefined && !isCache) return NOTHING
  return isCache && (isDrop || method === undefined || /invalidat|refresh|forget|evict/i.test(method.name))
    ? [draft([remove(statement, source)], `${say(statement.text)} was lost`)]
    : NOTHING
}
