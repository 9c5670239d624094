import { type Declarator, type File, type Node, nodesOf, propertyOf } from './javascript-syntax.ts'

/** Where in a test file something is. */
export interface Places {
  /**
   * Whether right code may come by a place more or less often than the reference does: in a loop, unless over a literal, and in
   * a function that is not a test's own.
   */
  readonly varies: (place: number) => boolean
  /** Lines that start with a statement of the file's top level. */
  readonly gaps: readonly number[]
  readonly tester: string | undefined
}

const TESTERS = ['test', 'it']
const OF_TESTS = new Set([
  ...TESTERS,
  'describe',
  'suite',
  'only',
  'before',
  'after',
  'beforeEach',
  'afterEach',
])

export function findPlaces(file: File): Places {
  const varying: { start: number; end: number }[] = []
  const ofTests = new Set<unknown>()
  for (const node of nodesOf(file.program)) {
    if (node.type === 'CallExpression' && isOfTests(node.callee as Node))
      for (const argument of node.arguments) ofTests.add(argument)
    if (isVarying(node) && !ofTests.has(node)) varying.push({ start: node.start!, end: node.end! })
  }
  return {
    varies: place => varying.some(({ start, end }) => start < place && place < end),
    gaps: file.program.body
      .filter(({ loc, type }) => loc!.start.column === 0 && type === 'ExpressionStatement')
      .map(({ loc }) => loc!.start.line),
    tester: findTester(file),
  }
}

function isVarying(node: Node): boolean {
  switch (node.type) {
    case 'ForStatement':
    case 'ForInStatement':
    case 'WhileStatement':
    case 'DoWhileStatement':
    case 'FunctionDeclaration':
    case 'FunctionExpression':
    case 'ArrowFunctionExpression':
    case 'ObjectMethod':
    case 'ClassMethod':
      return true
    case 'ForOfStatement':
      return node.right.type !== 'ArrayExpression'
    default:
      return false
  }
}

/** `test`, `t.test`, `it.only` … */
function isOfTests(callee: Node): boolean {
  if (callee.type === 'Identifier') return OF_TESTS.has(callee.name)
  return callee.type === 'MemberExpression' && OF_TESTS.has(propertyOf(callee) ?? '')
}

const TEST_MODULES = ['node:test', 'test', 'vitest']

function findTester({ program }: File): string | undefined {
  for (const node of program.body) {
    const required = node.type === 'VariableDeclaration' ? testerIn(node.declarations) : undefined
    if (required !== undefined) return required
    if (node.type !== 'ImportDeclaration' || !TEST_MODULES.includes(node.source.value)) continue
    for (const one of node.specifiers) {
      if (one.type === 'ImportDefaultSpecifier') return one.local.name
      if (one.type !== 'ImportSpecifier' || one.imported.type !== 'Identifier') continue
      if (TESTERS.includes(one.imported.name)) return one.local.name
    }
  }
  return undefined
}

/** `const test = require('node:test')` and `const { it } = require('node:test')`. */
function testerIn(declarations: readonly Declarator[]): string | undefined {
  for (const { id, init } of declarations) {
    const isRequired =
      init?.type === 'CallExpression' && init.callee.type === 'Identifier' && init.callee.name === 'require'
    const from = isRequired ? init.arguments[0] : undefined
    if (from?.type !== 'StringLiteral' || !TEST_MODULES.includes(from.value)) continue
    if (id.type === 'Identifier') return id.name
    const named = id.type === 'ObjectPattern' ? id.properties : []
    for (const one of named) {
      if (one.type !== 'ObjectProperty' || one.value.type !== 'Identifier') continue
      if (one.key.type === 'Identifier' && TESTERS.includes(one.key.name)) return one.value.name
    }
  }
  return undefined
}
