import { type Node, walk } from '../faults/syntax.ts'

/** Names that a statement takes from outside. */
export function freeNames(node: Node): string[] {
  const own = new Set(
    /definition|function_declaration|class_declaration/.test(node.type) ? boundIn(node) : [],
  )
  return namesIn(node).filter(name => !own.has(name))
}

/** Names that a statement gives a meaning to. */
export function definedBy(node: Node): string[] {
  const names: string[] = []
  for (const one of node.type === 'decorated_definition' ? [node, node.children.at(-1)!] : [node]) {
    const name = one.children.find(({ field }) => field === 'name')
    if (/definition|declaration|^import/.test(one.type) && name !== undefined) names.push(name.text)
  }
  if (/^import/.test(node.type))
    return [...walk(node)].filter(({ type }) => type === 'identifier').map(({ text }) => text)
  if (/definition|function_declaration|class_declaration/.test(node.type)) return names
  return [...names, ...boundIn(node)]
}

/** Names that have a value somewhere within a node. */
function boundIn(node: Node): string[] {
  const names: string[] = []
  for (const one of walk(node)) {
    const { parent, field } = one
    const isBound =
      (field === 'left' && /^(assignment|for_statement|for_in_clause|for_in_statement)/.test(parent!.type)) ||
      (field === 'name' && parent!.type === 'variable_declarator') ||
      one.type === 'as_pattern_target' ||
      (field === 'parameter' && parent!.type === 'arrow_function') ||
      /^(lambda_parameters|parameters|formal_parameters)$/.test(one.type)
    if (isBound) names.push(...[...walk(one)].filter(({ type }) => isName(type)).map(({ text }) => text))
  }
  return names
}

function isName(type: string): boolean {
  return type === 'identifier' || type === 'shorthand_property_identifier_pattern'
}

/** Every name that stands for a value, wherever it comes from. */
export function namesIn(node: Node): string[] {
  return [...walk(node)].flatMap(one => {
    if (one.type !== 'identifier' && one.type !== 'shorthand_property_identifier') return []
    const { parent, field } = one
    const isLabel =
      (parent?.type === 'attribute' && parent.children[0] !== one) ||
      (parent?.type === 'keyword_argument' && field === 'name')
    return isLabel ? [] : [one.text]
  })
}

/** Names of a function's parameters; none for what is no function. */
export function parametersOf(node: Node): string[] {
  if (!/function_definition|arrow_function|function_expression|method_definition/.test(node.type)) return []
  const list = node.children.filter(({ field }) => field === 'parameters' || field === 'parameter')
  return list
    .flatMap(one => [...walk(one)])
    .filter(({ type }) => isName(type))
    .map(({ text }) => text)
}
