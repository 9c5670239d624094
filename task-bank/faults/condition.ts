import { bracketed, NOTHING, type Planter, replace, replaceIn } from './source.ts'
import { fieldOf } from './syntax.ts'

const OPPOSITE = new Map(
  Object.entries({
    '==': '!=',
    '!=': '==',
    '===': '!==',
    '!==': '===',
    in: 'not in',
    'not in': 'in',
  }),
)
const ABSENT = /\b(None|null|undefined)\b/

/** The opposite of what was meant: a lost or added `not`, `!=` for `==`. */
export const plantCondition: Planter = (node, { language }) => {
  switch (node.type) {
    case 'comparison_operator':
    case 'binary_expression': {
      const operator = node.children.find(
        child => OPPOSITE.has(child.type) && (child.type !== 'in' || language === 'python'),
      )
      if (operator === undefined || ABSENT.test(node.text)) return NOTHING
      return [replaceIn(node, operator, OPPOSITE.get(operator.type)!)]
    }
    case 'not_operator':
      return [replace(node, fieldOf(node, 'argument')!.text)]
    case 'unary_expression': {
      const argument = fieldOf(node, 'argument')
      if (fieldOf(node, 'operator')?.type !== '!' || argument === undefined) return NOTHING
      if (node.parent?.type === 'unary_expression' || argument.type === 'unary_expression') return NOTHING
      return [replace(node, argument.text)]
    }
    case 'if_statement':
    case 'elif_clause':
    case 'while_statement': {
      const condition = fieldOf(node, 'condition')
      const bare = condition?.type === 'parenthesized_expression' ? condition.children[1] : condition
      if (
        bare === undefined ||
        !/^(identifier|attribute|member_expression|call|call_expression)$/.test(bare.type)
      )
        return NOTHING
      return [replaceIn(condition!, bare, language === 'python' ? `not ${bare.text}` : `!${bracketed(bare)}`)]
    }
  }
  return NOTHING
}
