import { draft, NOTHING, type Planter, remove, replace, say } from './source.ts'
import { fieldOf, type Node, namedChildren } from './syntax.ts'

const LEAVES = /^(return_statement|raise_statement|throw_statement|continue_statement|break_statement)$/
const ABSENT = /\b(None|null|undefined)\b/

/** A case is forgotten: an early return, an `elif`, an `else`, a `case`; or a loop is left where it should go on. */
export const plantBranch: Planter = (node, source) => {
  switch (node.type) {
    case 'if_statement': {
      const body = fieldOf(node, 'consequence')
      const condition = fieldOf(node, 'condition')?.text ?? ''
      // Checks for nothing are another kind's.
      if (fieldOf(node, 'alternative') !== undefined || body === undefined || ABSENT.test(condition))
        return NOTHING
      if (node.parent?.type === 'else_clause' || namedChildren(body).length > 3) return NOTHING
      return [draft([remove(node, source)], `${say(node.text)} was lost`, `branch ${condition}`)]
    }
    case 'elif_clause':
    case 'else_clause': {
      if (!/^if_statement$/.test(node.parent?.type ?? '')) return NOTHING
      const inner = fieldOf(namedChildren(node)[0], 'alternative')
      // Of `else if … else …` only the first is forgotten.
      const rest = source.language === 'python' ? undefined : inner
      const change =
        rest === undefined
          ? { start: endBefore(node), end: node.end, after: '' }
          : { start: node.start, end: rest.start, after: '' }
      return [draft([change], `${say(node.text)} was lost`)]
    }
    case 'switch_case':
      return [draft([remove(node, source)], `${say(node.text)} was lost`)]
    case 'continue_statement':
      return [replace(node, node.text.replace('continue', 'break'), 'branch continue')]
    case 'break_statement': {
      const inSwitch = node.parent?.type === 'switch_case' || node.parent?.parent?.type === 'switch_case'
      return inSwitch ? [] : [replace(node, node.text.replace('break', 'continue'), 'branch break')]
    }
    case 'expression_statement':
      return forgotten(node) ? [draft([remove(node, source)], `${say(node.text)} was lost`)] : NOTHING
  }
  return NOTHING
}

/** A step of a function that is no leave and no call for show: an assignment to a member, a counter. */
function forgotten(statement: Node): boolean {
  const [expression] = namedChildren(statement)
  if (expression === undefined || LEAVES.test(statement.type)) return false
  if (/^augmented_assignment/.test(expression.type)) return true
  if (!/^assignment/.test(expression.type)) return false
  return /^(attribute|member_expression|subscript|subscript_expression)$/.test(
    fieldOf(expression, 'left')?.type ?? '',
  )
}

/** Where the text before a clause ends. */
function endBefore(clause: Node): number {
  const { children } = clause.parent!
  return children[children.indexOf(clause) - 1]?.end ?? clause.start
}
