import { argumentsOf, calleeName, draft, isCall, NOTHING, type Planter, replace, say } from './source.ts'
import type { Node } from './syntax.ts'

/** Calls in which the order does not matter, or is another thing than an order of arguments. */
const SYMMETRIC =
  /^(min|max|print|log|warn|error|debug|info|isinstance|issubclass|hasattr|setattr|getattr|set|add|Set|Map|push|append|concat|union|join|gcd|hypot)$/

/** Two arguments, or the sides of a difference or a quotient, in the wrong order. */
export const plantArguments: Planter = node => {
  if (node.type === 'binary_operator' || node.type === 'binary_expression') {
    const [left, operator, right] = node.children
    const isOrdered = /^(-|\/|\/\/|%)$/.test(operator?.type ?? '')
    if (!isOrdered || classOf(left!) !== 'place' || classOf(right!) !== 'place' || left!.text === right!.text)
      return NOTHING
    return [replace(node, `${right!.text} ${operator!.text} ${left!.text}`, `arguments ${operator!.text}`)]
  }
  if (!isCall(node) && node.type !== 'new_expression') return NOTHING
  const name = node.type === 'new_expression' ? (node.children[1]?.text ?? '') : calleeName(node)
  if (SYMMETRIC.test(name)) return NOTHING
  const args = argumentsOf(node)
  return args.slice(1).flatMap((second, index) => {
    const first = args[index]!
    const kind = classOf(first)
    if (kind === undefined || kind !== classOf(second) || first.text === second.text) return []
    const changes = [
      { start: first.start, end: first.end, after: second.text },
      { start: second.start, end: second.end, after: first.text },
    ]
    return [
      draft(
        changes,
        `${say(first.text)} and ${say(second.text)} swapped in ${say(node.text)}`,
        `arguments ${name} ${index}`,
      ),
    ]
  })
}

/** Arguments of one class can be taken for each other. */
function classOf({ type }: Node): string | undefined {
  if (
    /^(identifier|attribute|member_expression|subscript|subscript_expression|call|call_expression)$/.test(
      type,
    )
  )
    return 'place'
  if (/^(integer|float|number)$/.test(type)) return 'number'
  return type === 'string' ? 'text' : undefined
}
