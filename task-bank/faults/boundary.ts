import { argumentsOf, calleeName, isCall, NOTHING, type Planter, replace, replaceIn } from './source.ts'
import { fieldOf, namedChildren } from './syntax.ts'

const NEIGHBOUR = new Map(Object.entries({ '<': '<=', '<=': '<', '>': '>=', '>=': '>' }))

/** One too many or too few: `<` for `<=`, a lost `+ 1`, a range that ends early. */
export const plantBoundary: Planter = (node, { language }) => {
  const { type } = node
  if (type === 'comparison_operator' || type === 'binary_expression') {
    const operator = node.children.find(child => NEIGHBOUR.has(child.type))
    if (operator !== undefined) return [replaceIn(node, operator, NEIGHBOUR.get(operator.type)!)]
  }
  if (type === 'binary_operator' || type === 'binary_expression') {
    const [left, operator, right] = node.children
    if (operator !== undefined && /^[+-]$/.test(operator.type) && right?.text === '1')
      return [replace(node, left!.text)]
  }
  if (language === 'python' && isCall(node) && calleeName(node) === 'range') {
    const args = argumentsOf(node)
    const last = args[args.length === 1 ? 0 : 1]
    if (last === undefined || /[-+]\s*1$/.test(last.text) || !/^[\w.()]+$/.test(last.text)) return NOTHING
    return [replaceIn(node, last, `${last.text} - 1`)]
  }
  if (type === 'for_statement') {
    const start = namedChildren(fieldOf(node, 'initializer') ?? node).find(
      child => child.type === 'variable_declarator',
    )
    const value = fieldOf(start, 'value')
    if (value?.text === '0' || value?.text === '1')
      return [replaceIn(start!, value, value.text === '0' ? '1' : '0')]
  }
  return NOTHING
}
