import { type Language, type Node, namedChildren, parseText, walk } from '../faults/syntax.ts'
import { type Check, caughtBy, checkOf, dedent, isAssertion, isRaises, ofTry } from './check.ts'
import { EVERYWHERE } from './everywhere.ts'
import { definedBy, freeNames, namesIn, parametersOf } from './names.ts'

/** The part of a test that leads to what failed. */
export interface Scene {
  /** Statements before it on which it depends, and what of the file these use. */
  readonly before: readonly string[]
  readonly check: Check
  /** Names in it that nothing in it explains. */
  readonly unknown: readonly string[]
  readonly language: Language
}

const MAX_LINES = 40

const BLOCKS = new Set(['block', 'module', 'statement_block', 'program'])

/**
 * Cuts out of a test file what leads to a line of it: the statement at that line, those before it that make what it uses, and
 * helpers, constants and fixtures of the file. Undefined if there is no statement, or it is more than a person would read.
 */
export async function cutScene(text: string, language: Language, line: number): Promise<Scene | undefined> {
  const root = await parseText(text, language)
  const statement = root && statementAt(root, line)
  if (root === undefined || statement === undefined) return undefined
  const needed = new Set(namesIn(statement))
  const bound = new Set<string>()
  const found: Node[] = []
  const trying = isTried(statement) ? statement.parent!.parent! : undefined
  let inner = statement
  for (let block = statement.parent; block !== undefined; block = block.parent) {
    if (isBranch(block) && block !== trying) return undefined
    for (const name of parametersOf(block)) bound.add(name)
    if (!BLOCKS.has(block.type)) continue
    const all = namedChildren(block)
    const index = all.findIndex(child => child.start <= inner.start && inner.end <= child.end)
    const earlier = all.slice(0, Math.max(0, index)).toReversed()
    const isTop = block.parent === undefined || isSuite(block)
    const later = isTop ? all.slice(index + 1) : []
    for (let grown = true; grown; ) {
      grown = false
      for (const one of [...earlier, ...later]) {
        if (found.includes(one) || isAssertion(one) || isTest(one) || !gives(one, needed, !isTop)) continue
        for (const name of freeNames(one)) needed.add(name)
        found.push(one)
        grown = true
      }
    }
    inner = block
  }
  const shown = found
    .filter(node => !/^import/.test(node.type))
    .toSorted((one, other) => one.start - other.start)
  const made = new Set([...shown, ...found].flatMap(node => definedBy(node)))
  const inside = new Set([...walk(statement)].flatMap(definedBy))
  const isKnown = (name: string): boolean => made.has(name) || inside.has(name) || EVERYWHERE.has(name)
  const check = trying === undefined ? checkOf(statement, text) : ofTry(trying, dedent(text, statement))
  const unknown = [...needed].filter(
    name => !isKnown(name) && (bound.has(name) || !isImportedName(name, root)),
  )
  // What a test keeps in itself was made in a place that a cut does not show.
  const own = [
    ...shown.filter(({ type }) => !/definition/.test(type)).map(node => node.text),
    ...Object.values(check),
  ]
  if (own.some(part => /\b(self|this)\./.test(String(part)))) unknown.push('self')
  const before = shown.map(node => dedent(text, node))
  const scene: Scene = { before, check, unknown: unknown.sort(), language }
  const size = [...scene.before, statement.text].reduce((sum, part) => sum + part.split('\n').length, 0)
  return size > MAX_LINES ? undefined : scene
}

/** The innermost statement that begins at or before a line and ends at or after it. */
function statementAt(root: Node, line: number): Node | undefined {
  let found: Node | undefined
  for (const node of walk(root)) {
    if (node.parent === undefined || !BLOCKS.has(node.parent.type) || !node.named || node.type === 'comment')
      continue
    const last = node.line + node.text.split('\n').length - 1
    if (node.line <= line && line <= last && !/definition|^function_/.test(node.type)) found = node
  }
  // Of `with raises(…):` and its like the whole is what failed.
  const above = found?.parent?.parent
  return above !== undefined && isRaises(above) ? above : found
}

/** What is done more than once, not always, or within something that a cut would leave out. */
function isBranch({ type }: Node): boolean {
  return /^(for|while|if|with|match|switch|try)_|^(else|elif|except|catch|finally)_clause/.test(type)
}

/** Whether an error of a statement that is no assertion is caught by a clause that names it. */
function isTried(statement: Node): boolean {
  const { parent } = statement
  return (
    parent?.parent?.type === 'try_statement' &&
    parent.field === 'body' &&
    !isAssertion(statement) &&
    caughtBy(parent.parent) !== undefined
  )
}

/** Where tests stand: the file itself, a `describe`, a class. */
function isSuite(block: Node): boolean {
  if (block.parent?.type === 'class_definition') return true
  return [...block.children].some(isTest)
}

const TESTER = /^(test|it|describe|suite)\b/

function isTest(node: Node): boolean {
  if (node.type === 'expression_statement') return TESTER.test(node.text)
  const definition = node.type === 'decorated_definition' ? node.children.at(-1)! : node
  const name = definition.children.find(({ field }) => field === 'name')?.text ?? ''
  return /^(function_definition|class_definition)$/.test(definition.type) && /^(test|Test)/.test(name)
}

/** Whether a statement makes or changes something that is needed. */
function gives(node: Node, needed: ReadonlySet<string>, mayChange: boolean): boolean {
  if (definedBy(node).some(name => needed.has(name))) return true
  const isHook = /^(beforeEach|before|beforeAll)\(/.test(node.text)
  if (!isHook && !(mayChange && (node.type === 'expression_statement' || /^(for|with|if)_/.test(node.type))))
    return false
  // Who calls a helper of the tests does not change it.
  const called = new Set(
    [...walk(node)]
      .filter(one => one.field === 'function' && one.type === 'identifier')
      .map(({ text }) => text),
  )
  return namesIn(node).some(name => needed.has(name) && !called.has(name) && !EVERYWHERE.has(name))
}

function isImportedName(name: string, root: Node): boolean {
  return root.children.some(
    node => /^import|^future_import/.test(node.type) && definedBy(node).includes(name),
  )
}
