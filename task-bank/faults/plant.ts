import type { Edit, Fault, Kind } from './fault.ts'
import { PLANTERS } from './kinds.ts'
import type { Draft, Source } from './source.ts'
import { fieldOf, type Language, type Node, parseText } from './syntax.ts'

/**
 * Every mistake of our kinds that a person could have made in this text, in the order of their places; no two make the same
 * text. Empty for a text that has mistakes of syntax.
 */
export async function plantFaults(file: string, text: string, language: Language): Promise<readonly Fault[]> {
  const root = await parseText(text, language)
  if (root === undefined) return []
  const source: Source = { file, text, language, root }
  const faults = new Map<string, Fault>()
  for (const node of plantable(root)) {
    for (const [kind, plant] of Object.entries(PLANTERS)) {
      for (const draft of plant(node, source)) {
        const fault = finish(kind as keyof typeof PLANTERS, draft, node, source)
        const key = fault && keyOf(fault.edits)
        if (fault !== undefined && key !== undefined && !faults.has(key)) faults.set(key, fault)
      }
    }
  }
  return [...faults.values()]
}

/** Places that are read rather than run, or only shown to people, where a fault would change nothing that matters. */
const PASSED_OVER =
  /^(type|type_annotation|type_arguments|type_parameters|interface_declaration|type_alias_declaration|ambient_declaration|import_statement|import_from_statement|decorator|comment|raise_statement|throw_statement|assert_statement|enum_declaration|jsx_text)$/
const SHOWN = /^(print|warn|warning|log|debug|info|error|exception)$/

function* plantable(node: Node): Generator<Node> {
  if (PASSED_OVER.test(node.type) || isForShow(node)) return
  yield node
  for (const child of node.children) yield* plantable(child)
}

function isForShow(node: Node): boolean {
  if (node.type === 'if_statement')
    return /__name__|import\.meta\.main/.test(fieldOf(node, 'condition')?.text ?? '')
  const call = node.type === 'expression_statement' ? node.children[0] : undefined
  const callee = call?.children[0]?.text ?? ''
  return (
    /^(print|(console|logger|logging|log|_logger|warnings)\.\w+)$/.test(callee) &&
    SHOWN.test(callee.split('.').at(-1)!)
  )
}

function finish(
  kind: Kind,
  { changes, description, belief }: Draft,
  node: Node,
  source: Source,
): Fault | undefined {
  const { file, text } = source
  const edits = changes
    .map(({ start, end, after }): Edit => ({ file, start, end, before: text.slice(start, end), after }))
    .filter(({ before, after }) => before !== after)
    .toSorted((one, other) => one.start - other.start)
  const overlap = edits.some(({ start }, index) => index > 0 && start < edits[index - 1]!.end)
  if (edits.length === 0 || overlap) return undefined
  return { kind, place: { file, line: node.line, scope: scopeOf(node) }, edits, description, belief }
}

/** Equal for edits that make the same text, however much around the change they name. */
function keyOf(edits: readonly Edit[]): string {
  return edits
    .map(({ start, before, after }) => {
      const head = sharedLength(before, after)
      const rest = [before.slice(head), after.slice(head)].map(text => [...text].toReversed().join(''))
      const tail = sharedLength(rest[0]!, rest[1]!)
      return `${start + head} ${before.length - head - tail} ${after.slice(head, after.length - tail)}`
    })
    .join('\n')
}

function sharedLength(one: string, other: string): number {
  let length = 0
  while (length < one.length && one[length] === other[length]) length += 1
  return length
}

const NAMED =
  /^(function_definition|class_definition|class_declaration|abstract_class_declaration|function_declaration|generator_function_declaration|method_definition|variable_declarator|public_field_definition)$/

function scopeOf(node: Node): string {
  const names: string[] = []
  for (let above: Node | undefined = node; above !== undefined; above = above.parent) {
    const name = fieldOf(above, 'name')
    const isScope =
      NAMED.test(above.type) &&
      (!/declarator|field/.test(above.type) ||
        /^(arrow_function|function_expression)$/.test(fieldOf(above, 'value')?.type ?? ''))
    if (isScope && name !== undefined) names.unshift(name.text)
  }
  return names.join('.')
}
