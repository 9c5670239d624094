import { type File, type Node, nodesOf, propertyOf } from './javascript-syntax.ts'

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

function findTester({ program }: File): string | undefined {
  for (const node of program.body) {
    if (node.type !== 'ImportDeclaration' || !['node:test', 'test', 'vitest'].includes(node.source.value))
      continue
    for (const one of node.specifiers) {
      if (one.type === 'ImportDefaultSpecifier') return one.local.name
      if (one.type !== 'ImportSpecifier' || one.imported.type !== 'Identifier') continue
      if (TESTERS.includes(one.imported.name)) return one.local.name
    }
  }
  return undefined
}
