import {
  bracketed,
  type Draft,
  draft,
  lastName,
  NOTHING,
  type Planter,
  remove,
  replace,
  replaceIn,
  say,
} from './source.ts'
import { fieldOf, type Node } from './syntax.ts'

/** A value that may be absent is not thought of: a lost check, or one that takes zero and empty for absent. */
export const plantMissing: Planter = (node, source) => {
  const isPython = source.language === 'python'
  switch (node.type) {
    case 'if_statement': {
      const condition = bare(fieldOf(node, 'condition'))
      const hasElse = fieldOf(node, 'alternative') !== undefined
      if (hasElse || condition === undefined || absenceOf(condition) !== 'absent') return NOTHING
      return [draft([remove(node, source)], `${say(node.text)} was lost`, `missing ${subjectOf(condition)}`)]
    }
    case 'comparison_operator':
    case 'binary_expression': {
      const operator = node.children[1]?.type
      if (operator === '??') {
        const [left, mark] = node.children
        return [replaceIn(node, mark!, '||'), replace(node, left!.text, `missing ${lastName(left!.text)}`)]
      }
      const absence = absenceOf(node)
      if (absence === undefined) return NOTHING
      const subject = node.children[0]!
      const not = isPython ? 'not ' : '!'
      const after = absence === 'absent' ? `${not}${bracketed(subject)}` : subject.text
      return [replace(node, after, `truth of ${lastName(subject.text)}`), ...withoutCheck(node)]
    }
    case 'conditional_expression': {
      const [value, , condition] = node.children
      if (!isPython || condition === undefined || absenceOf(condition) !== 'present') return NOTHING
      return [replace(node, value!.text, `missing ${subjectOf(condition)}`)]
    }
    case 'ternary_expression': {
      const absence = absenceOf(bare(fieldOf(node, 'condition')))
      if (absence === undefined) return NOTHING
      const kept = fieldOf(node, absence === 'present' ? 'consequence' : 'alternative')!
      return [replace(node, kept.text, `missing ${subjectOf(bare(fieldOf(node, 'condition'))!)}`)]
    }
    case 'optional_chain': {
      const member = node.parent!
      return member.children[2]?.type === '[' ? NOTHING : [replaceIn(member, node, '.')]
    }
    case 'boolean_operator': {
      // `x or default`
      const [left, operator] = node.children
      const isDefault =
        operator?.type === 'or' && /^(assignment|return_statement|argument_list)$/.test(node.parent!.type)
      return isDefault ? [replace(node, left!.text, `missing ${lastName(left!.text)}`)] : NOTHING
    }
  }
  return NOTHING
}

/** `a is not None and b` without its first half. */
function withoutCheck(node: Node): Draft[] {
  const { parent } = node
  const operator = parent?.children[1]?.type
  if (parent?.children[0] !== node || !/^(and|or|&&|\|\|)$/.test(operator ?? '')) return []
  return [replace(parent, parent.children[2]!.text, `missing ${subjectOf(node)}`)]
}

/** What a comparison with nothing says of its left side. */
function absenceOf(node: Node | undefined): 'absent' | 'present' | undefined {
  if (node === undefined || !/^(comparison_operator|binary_expression)$/.test(node.type)) return undefined
  if (node.children.length !== 3 || !/^(none|null|undefined)$/.test(node.children[2]!.type)) return undefined
  if (/^(is|==|===)$/.test(node.children[1]!.type)) return 'absent'
  return /^(is not|!=|!==)$/.test(node.children[1]!.type) ? 'present' : undefined
}

function subjectOf(comparison: Node): string {
  return lastName(comparison.children[0]!.text)
}

function bare(node: Node | undefined): Node | undefined {
  return node?.type === 'parenthesized_expression' ? node.children[1] : node
}
