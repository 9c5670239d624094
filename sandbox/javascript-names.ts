import type { Constants } from './javascript-literal.ts'
import { type Declarator, type File, type Node, nodesOf, propertyOf, unwrap } from './javascript-syntax.ts'

/** A function of `node:assert`; `ok` also is the module itself when it is called. */
export interface AssertName {
  readonly method: string
  readonly isStrict: boolean
}

export interface Names {
  /** The function of `node:assert` that a callee stands for. */
  readonly assertOf: (callee: Node) => AssertName | undefined
  readonly isExpect: (callee: Node) => boolean
  /** The name that a class has where it comes from; undefined for what is no class by its looks. */
  readonly classOf: (node: Node) => string | undefined
  /** Constants that are written out as literals, and that nothing else is named like. */
  readonly constants: Constants
  /** Places where a name is used, declarations left out. */
  readonly uses: ReadonlyMap<string, readonly number[]>
  readonly declarators: ReadonlyMap<string, Declarator>
}

type Meaning = AssertName | 'module' | 'strict module'

const MODULES: Readonly<Record<string, Meaning>> = {
  assert: 'module',
  'node:assert': 'module',
  'assert/strict': 'strict module',
  'node:assert/strict': 'strict module',
}

/** Finds out what the names in a test file stand for. A name that is declared twice is not trusted. */
export function findNames(file: File): Names {
  const meanings = new Map<string, Meaning>()
  const originals = new Map<string, string>()
  const declarators = new Map<string, Declarator>()
  const counts = new Map<string, number>()
  const uses = new Map<string, number[]>()
  const exported = new Set<Node>()
  let isPlanned = false

  const declare = (pattern: unknown): void => {
    for (const name of namesIn(pattern)) counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  for (const node of nodesOf(file.program)) {
    switch (node.type) {
      case 'ImportDeclaration':
        for (const one of node.specifiers) {
          declare(one.local)
          const imported =
            one.type === 'ImportSpecifier'
              ? one.imported.type === 'Identifier'
                ? one.imported.name
                : one.imported.value
              : 'default'
          originals.set(one.local.name, imported === 'default' ? one.local.name : imported)
          const meaning = memberOf(MODULES[node.source.value], imported)
          if (meaning !== undefined) meanings.set(one.local.name, meaning)
        }
        break
      case 'ExportNamedDeclaration':
        if (node.declaration?.type === 'VariableDeclaration')
          for (const one of node.declaration.declarations) exported.add(one)
        break
      case 'VariableDeclaration':
        for (const one of node.declarations) {
          declare(one.id)
          if (one.id.type === 'Identifier' && node.kind === 'const' && one.init && !exported.has(one))
            declarators.set(one.id.name, one)
          if (one.init) readRequire(one.id, moduleOf(one.init, meanings), meanings)
        }
        break
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
      case 'ClassMethod':
      case 'ClassPrivateMethod':
      case 'ObjectMethod':
        declare(node.params)
        if (node.type === 'FunctionDeclaration') declare(node.id)
        break
      case 'ClassDeclaration':
        declare(node.id)
        break
      case 'CatchClause':
        declare(node.param)
        break
      case 'Identifier':
        uses.set(node.name, [...(uses.get(node.name) ?? []), node.start!])
        break
      case 'MemberExpression':
        if (propertyOf(node) === 'plan') isPlanned = true
        break
    }
  }

  const known = (name: string): Meaning | undefined =>
    counts.get(name) === 1 ? meanings.get(name) : undefined
  const assertOf = (callee: Node): AssertName | undefined => {
    const meaning = meaningOf(callee, known, isPlanned)
    if (meaning === 'module' || meaning === 'strict module')
      return { method: 'ok', isStrict: meaning !== 'module' }
    return meaning
  }
  return {
    assertOf,
    isExpect: callee => callee.type === 'Identifier' && callee.name === 'expect' && !meanings.has('expect'),
    classOf: node => {
      const inner = unwrap(node)
      const name =
        inner.type === 'Identifier'
          ? inner.name
          : inner.type === 'MemberExpression'
            ? propertyOf(inner)
            : undefined
      if (name === undefined || !/^[A-Z]/.test(name) || declarators.has(name)) return undefined
      return inner.type === 'Identifier' ? (originals.get(name) ?? name) : name
    },
    constants: new Map(
      [...declarators].filter(([name]) => counts.get(name) === 1).map(([name, { init }]) => [name, init!]),
    ),
    uses: new Map(
      [...uses].map(([name, places]) => [
        name,
        places.filter(place => place !== declarators.get(name)?.id.start),
      ]),
    ),
    declarators,
  }
}

/** What `name` is, imported from or read off something. */
function memberOf(owner: Meaning | undefined, name: string | undefined): Meaning | undefined {
  if ((owner !== 'module' && owner !== 'strict module') || name === undefined) return undefined
  if (name === 'default') return owner
  if (name === 'strict') return 'strict module'
  return /^[a-z]/.test(name) ? { method: name, isStrict: owner === 'strict module' } : undefined
}

function meaningOf(
  node: Node,
  known: (name: string) => Meaning | undefined,
  isPlanned: boolean,
): Meaning | undefined {
  const inner = unwrap(node)
  if (inner.type === 'Identifier') return known(inner.name)
  if (inner.type !== 'MemberExpression') return undefined
  const { object } = inner
  // The test context has the functions of `node:assert`, and counts them if the test has a plan.
  const isContext =
    object.type === 'MemberExpression' &&
    object.object.type === 'Identifier' &&
    known(object.object.name) === undefined &&
    propertyOf(object) === 'assert'
  if (isContext) return isPlanned ? undefined : memberOf('module', propertyOf(inner))
  return memberOf(meaningOf(object as Node, known, isPlanned), propertyOf(inner))
}

/** `require('node:assert')`, members of it, or another name for what is known already. */
function moduleOf(node: Node, meanings: ReadonlyMap<string, Meaning>): Meaning | undefined {
  const inner = unwrap(node)
  if (inner.type === 'Identifier') return meanings.get(inner.name)
  if (inner.type === 'MemberExpression')
    return memberOf(moduleOf(inner.object as Node, meanings), propertyOf(inner))
  if (
    inner.type !== 'CallExpression' ||
    inner.callee.type !== 'Identifier' ||
    inner.callee.name !== 'require'
  )
    return undefined
  const [from] = inner.arguments
  return from?.type === 'StringLiteral' ? MODULES[from.value] : undefined
}

function readRequire(id: Declarator['id'], owner: Meaning | undefined, meanings: Map<string, Meaning>): void {
  if (owner === undefined) return
  if (id.type === 'Identifier') meanings.set(id.name, owner)
  if (id.type !== 'ObjectPattern') return
  for (const property of id.properties) {
    if (property.type !== 'ObjectProperty' || property.key.type !== 'Identifier') continue
    const meaning = memberOf(owner, property.key.name)
    if (property.value.type === 'Identifier' && meaning !== undefined)
      meanings.set(property.value.name, meaning)
  }
}

/** Names that a pattern declares, and a few more that only stand in it. */
function* namesIn(pattern: unknown): Generator<string> {
  const patterns = Array.isArray(pattern) ? pattern : [pattern]
  for (const one of patterns) {
    const seen = new Set<string>()
    for (const node of nodesOf(one)) if (node.type === 'Identifier') seen.add(node.name)
    yield* seen
  }
}
