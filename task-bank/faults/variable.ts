import { type Draft, FUNCTIONS, functionOf, lastName, NOTHING, type Planter, replace } from './source.ts'
import { ancestorOf, fieldOf, type Node, walk } from './syntax.ts'

/** How many wrong names one place gets. */
const MOST = 2
const CLASSES: ReadonlySet<string> = new Set([
  'class_definition',
  'class_declaration',
  'class',
  'module',
  'program',
])
const SELF = /^(self|cls|this|_|__\w+)$/

/** Another variable or member of the same function or class, one that is used in the same way. */
export const plantVariable: Planter = node => {
  if (node.type === 'identifier') {
    const around = functionOf(node)
    if (around === undefined || !isRead(node) || SELF.test(node.text)) return NOTHING
    const names = namesOf(around)
    return confusions(node, names, name => (names.get(name)?.bound ?? Infinity) < statementStart(node))
  }
  if (!isMember(node) || !isRead(node)) return NOTHING
  const around = ancestorOf(node, CLASSES)
  return around === undefined ? NOTHING : confusions(node, membersOf(around), () => true)
}

interface Name {
  readonly uses: Set<string>
  /** Where it first has a value; never for names from outside. */
  bound: number
}
type Names = ReadonlyMap<string, Name>

function confusions(node: Node, names: Names, isThere: (name: string) => boolean): Draft[] {
  const own = names.get(node.text)
  if (own === undefined || own.bound === Number.POSITIVE_INFINITY) return []
  const shared = (other: Name): number => [...other.uses].filter(use => own.uses.has(use)).length
  return [...names]
    .filter(([name, other]) => name !== node.text && !SELF.test(name) && isThere(name) && shared(other) > 0)
    .toSorted(([a, one], [b, other]) => shared(other) - shared(one) || (a < b ? -1 : 1))
    .slice(0, MOST)
    .map(([name]) => replace(node, name, `variable ${lastName(node.text)} ${lastName(name)}`))
}

const ofFunctions = new WeakMap<Node, Names>()
const ofClasses = new WeakMap<Node, Names>()

function namesOf(around: Node): Names {
  const known = ofFunctions.get(around)
  if (known !== undefined) return known
  const names = new Map<string, Name>()
  for (const node of walk(around)) {
    if (node.type !== 'identifier' || isCallee(node) || isLabel(node)) continue
    const name = names.get(node.text) ?? { uses: new Set(), bound: Number.POSITIVE_INFINITY }
    names.set(node.text, name)
    if (isRead(node)) for (const use of usesOf(node)) name.uses.add(use)
    else if (!FUNCTIONS.has(node.parent!.type)) name.bound = Math.min(name.bound, node.start)
    const type = fieldOf(node.parent, 'type')?.text
    if (type !== undefined && !isRead(node)) name.uses.add(`type ${type}`)
  }
  ofFunctions.set(around, names)
  return names
}

function membersOf(around: Node): Names {
  const known = ofClasses.get(around)
  if (known !== undefined) return known
  const names = new Map<string, Name>()
  for (const node of walk(around)) {
    if (!isMember(node) || isCallee(node)) continue
    const name = names.get(node.text) ?? { uses: new Set(), bound: 0 }
    names.set(node.text, name)
    // Of members of different objects nobody thinks that they are the same.
    for (const use of usesOf(node)) name.uses.add(`${node.children[0]!.text} ${use}`)
  }
  ofClasses.set(around, names)
  return names
}

/** What is done with the value of a name. */
function usesOf(node: Node): string[] {
  const { parent } = node
  if (parent === undefined) return []
  switch (parent.type) {
    case 'attribute':
    case 'member_expression':
      return [`member ${parent.children.at(-1)!.text}`]
    case 'subscript':
    case 'subscript_expression':
      return [parent.children[0] === node ? 'indexed' : 'index']
    case 'comparison_operator':
      return ['compared']
    case 'binary_operator':
    case 'augmented_assignment':
    case 'augmented_assignment_expression':
      return ['calculated']
    case 'binary_expression':
      return [/^[<>=!]/.test(parent.children[1]!.type) ? 'compared' : 'calculated']
    case 'argument_list':
    case 'arguments':
      return [`given to ${parent.parent?.children[0]?.text}`]
    case 'for_statement':
    case 'for_in_statement':
    case 'for_in_clause':
      return parent.children.at(-1) === node || node.field === 'right' ? ['gone through'] : []
    case 'boolean_operator':
    case 'not_operator':
    case 'unary_expression':
      return ['true or false']
  }
  return []
}

function isMember({ type, children }: Node): boolean {
  const [object] = children
  return (
    (type === 'attribute' || type === 'member_expression') && /^(identifier|this)$/.test(object?.type ?? '')
  )
}

function isCallee(node: Node): boolean {
  return node.field === 'function' || node.field === 'constructor'
}

/** A name that is no variable: of a member, a keyword, a type, a decorator. */
function isLabel(node: Node): boolean {
  const { parent } = node
  return (
    (parent?.type === 'attribute' && parent.children[0] !== node) ||
    (parent?.type === 'keyword_argument' && node.field === 'name') ||
    /^(type|decorator|import_|dotted_name|aliased_import|global_statement|as_pattern)/.test(
      parent?.type ?? '',
    )
  )
}

const BINDS =
  /^(variable_declarator|parameters|lambda_parameters|formal_parameters|default_parameter|typed_parameter|typed_default_parameter|required_parameter|optional_parameter|list_splat_pattern|dictionary_splat_pattern|pattern_list|tuple_pattern|array_pattern|object_pattern|as_pattern_target|assignment_pattern|rest_pattern|catch_clause|function_definition|class_definition|function_declaration|class_declaration|named_expression)$/

const GIVES = /^(assignment|augmented_assignment|for)/

function isRead(node: Node): boolean {
  const { parent, field } = node
  if (parent === undefined || isCallee(node) || isLabel(node)) return false
  if (field === 'value' || field === 'right') return true
  if (parent.type === 'arrow_function' && field === 'parameter') return false
  return !(field === 'left' && GIVES.test(parent.type)) && !BINDS.test(parent.type)
}

/** A name has its value from the statement after the one that gives it. */
function statementStart(node: Node): number {
  let inner = node
  while (inner.parent !== undefined && !/statement|declaration|block|module|program/.test(inner.type))
    inner = inner.parent
  return Math.min(inner.start, node.start)
}
