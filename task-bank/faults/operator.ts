import { isCall, methodOf, NOTHING, type Planter, replaceIn } from './source.ts'
import { type Node, walk } from './syntax.ts'

const OPERATORS = new Map(
  Object.entries({
    and: 'or',
    or: 'and',
    '&&': '||',
    '||': '&&',
    '+': '-',
    '-': '+',
    '*': '/',
    '//': '/',
    '%': '//',
    '+=': '-=',
    '-=': '+=',
    '&': '|',
    '|': '&',
  }),
)

/** Names of functions and methods that are taken for each other. */
const CONFUSED = new Map(
  Object.entries({
    min: 'max',
    max: 'min',
    any: 'all',
    all: 'any',
    some: 'every',
    every: 'some',
    floor: 'ceil',
    ceil: 'floor',
    round: 'floor',
    startswith: 'endswith',
    endswith: 'startswith',
    startsWith: 'endsWith',
    endsWith: 'startsWith',
    find: 'rfind',
    index: 'rindex',
    split: 'rsplit',
    partition: 'rpartition',
    indexOf: 'lastIndexOf',
    lastIndexOf: 'indexOf',
    lstrip: 'rstrip',
    rstrip: 'lstrip',
    trimStart: 'trimEnd',
    trimEnd: 'trimStart',
    append: 'extend',
    extend: 'append',
    update: 'setdefault',
    push: 'unshift',
    pop: 'shift',
    shift: 'pop',
    popleft: 'pop',
    keys: 'values',
    values: 'keys',
    union: 'intersection',
    lower: 'upper',
    toLowerCase: 'toUpperCase',
  }),
)
const OF_PYTHON = new Set(['find', 'index', 'split', 'partition', 'update', 'round', 'union'])

/** Another operator or function than was meant: `and` for `or`, `+` for `-`, `min` for `max`. */
export const plantOperator: Planter = (node, { language }) => {
  if (isOperation(node)) {
    const operator = node.children[1]!
    const other = OPERATORS.get(operator.type)
    const isPythons = operator.type === '//' || operator.type === '%'
    if (other === undefined || (isPythons && language !== 'python')) return NOTHING
    if (/^[+-]/.test(operator.type) && concatenates(node)) return NOTHING
    return [replaceIn(node, operator, other)]
  }
  if (!isCall(node)) return NOTHING
  const method = methodOf(node)
  const callee = node.children[0]!
  const name = method === undefined ? callee : callee.children.at(-1)!
  const other = CONFUSED.get(name.text)
  if (other === undefined || (method === undefined && callee.type !== 'identifier')) return NOTHING
  if (language !== 'python' && OF_PYTHON.has(name.text) && !callee.text.startsWith('Math.')) return NOTHING
  if (language === 'python' && (name.text === 'round' || (name.text === 'pop' && method !== undefined)))
    return NOTHING
  return [replaceIn(node, name, other)]
}

function isOperation(node: Node): boolean {
  return (
    node.children.length === 3 &&
    /^(boolean_operator|binary_operator|binary_expression|augmented_assignment|augmented_assignment_expression)$/.test(
      node.type,
    )
  )
}

/** `+` between texts has no opposite. */
function concatenates(node: Node): boolean {
  return [...walk(node)].some(({ type }) => /^(string|template_string|list|array|tuple)$/.test(type))
}
