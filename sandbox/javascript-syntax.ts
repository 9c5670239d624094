import { parse } from '@babel/parser'

export type File = ReturnType<typeof parse>
export type Statement = File['program']['body'][number]
export type Expression = Extract<Statement, { type: 'ExpressionStatement' }>['expression']
export type Call = Extract<Expression, { type: 'CallExpression' }>
export type Declarator = Extract<Statement, { type: 'VariableDeclaration' }>['declarations'][number]
type Method =
  | Extract<Statement, { type: 'ClassDeclaration' }>['body']['body'][number]
  | Extract<Expression, { type: 'ObjectExpression' }>['properties'][number]
type Catch = NonNullable<Extract<Statement, { type: 'TryStatement' }>['handler']>
export type Node =
  | Expression
  | Statement
  | Declarator
  | Call['arguments'][number]
  | Declarator['id']
  | Method
  | Catch

/** @throws SyntaxError for what is no JavaScript or TypeScript */
export function parseModule(name: string, source: string): File {
  const isTyped = /\.[cm]?tsx?$/.test(name)
  return parse(source, {
    sourceType: 'unambiguous',
    allowAwaitOutsideFunction: true,
    allowReturnOutsideFunction: true,
    // Else `(a, b)` as an argument would be cut out without its brackets.
    createParenthesizedExpressions: true,
    plugins: [...(isTyped ? (['typescript'] as const) : []), ...(/x$/.test(name) ? (['jsx'] as const) : [])],
  })
}

/** Every node below and the given one, outer before inner. */
export function* nodesOf(root: unknown): Generator<Node> {
  if (typeof root !== 'object' || root === null) return
  if (isNode(root)) yield root
  for (const [key, value] of Object.entries(root)) {
    if (key === 'loc' || key === 'extra' || /comments$/i.test(key)) continue
    yield* nodesOf(value)
  }
}

/** What is left without brackets and type annotations. */
export function unwrap(node: Node): Node {
  switch (node.type) {
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
    case 'TSTypeAssertion':
      return unwrap(node.expression)
    default:
      return node
  }
}

/** Name of a property that is written out, `a.b` or `a['b']`. */
export function propertyOf(node: Extract<Expression, { type: 'MemberExpression' }>): string | undefined {
  if (!node.computed && node.property.type === 'Identifier') return node.property.name
  return node.property.type === 'StringLiteral' ? node.property.value : undefined
}

function isNode(value: object): value is Node {
  return 'type' in value && typeof value.type === 'string' && 'start' in value
}
