import { argumentsOf, isCall, methodOf, NOTHING, type Planter, replaceIn } from './source.ts'
import { fieldOf, type Node } from './syntax.ts'

/** A value that holds where nothing is said is another one: of a parameter, of a look-up, of an option. */
export const plantDefault: Planter = node => {
  const value = defaultIn(node)
  const after = value === undefined ? undefined : otherValue(value)
  if (value === undefined || after === undefined) return NOTHING
  return [replaceIn(node, value, after, `default ${nameOf(node)} ${value.text}`)]
}

function defaultIn(node: Node): Node | undefined {
  switch (node.type) {
    case 'default_parameter':
    case 'typed_default_parameter':
    case 'required_parameter':
    case 'keyword_argument':
      return fieldOf(node, 'value')
    case 'assignment_pattern':
    case 'object_assignment_pattern':
      return fieldOf(node, 'right')
    case 'binary_expression':
      return node.children[1]?.type === '??' ? node.children[2] : undefined
  }
  const method = isCall(node) ? methodOf(node) : undefined
  const args = argumentsOf(node)
  return method !== undefined && /^(get|pop|setdefault|getattr)$/.test(method.name) && args.length === 2
    ? args[1]
    : undefined
}

function otherValue({ type, text }: Node): string | undefined {
  switch (type) {
    case 'true':
      return text === 'True' ? 'False' : 'false'
    case 'false':
      return text === 'False' ? 'True' : 'true'
    case 'integer':
    case 'number':
      if (!/^\d{1,9}$/.test(text)) return undefined
      return text === '0' ? '1' : /0$/.test(text) ? text.slice(0, -1) : String(Number(text) - 1)
    case 'none':
      return '0'
    case 'string':
      return /^(['"])[^'"\\]\1$/.test(text) ? `${text[0]}${text[0]}` : undefined
  }
  return undefined
}

function nameOf(node: Node): string {
  return (
    (fieldOf(node, 'name') ?? fieldOf(node, 'pattern') ?? fieldOf(node, 'left') ?? node.children[0])?.text ??
    ''
  )
}
