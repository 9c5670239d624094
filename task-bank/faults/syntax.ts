import { createRequire } from 'node:module'
import type { Parser, TreeCursor } from '@vscode/tree-sitter-wasm'

/** The grammars that can be read. */
export type Language = 'python' | 'javascript' | 'typescript' | 'tsx'

/** A node of a syntax tree as plain data: walking the parser's own nodes crosses into WebAssembly at each step. */
export interface Node {
  readonly type: string
  /** False for keywords, operators and brackets, whose type is their text. */
  readonly named: boolean
  /** Its part in its parent, if the grammar has a name for it. */
  readonly field: string | undefined
  /** In UTF-16 units. */
  readonly start: number
  readonly end: number
  /** From 1 on. */
  readonly line: number
  readonly text: string
  readonly parent: Node | undefined
  readonly children: readonly Node[]
}

const LANGUAGES = new Map<string, Language>(
  Object.entries({
    py: 'python',
    js: 'javascript',
    mjs: 'javascript',
    cjs: 'javascript',
    jsx: 'javascript',
    ts: 'typescript',
    mts: 'typescript',
    cts: 'typescript',
    tsx: 'tsx',
  } as const),
)

/** The language of a file by its name; undefined for one that cannot be read, and for declarations. */
export function languageOf(file: string): Language | undefined {
  if (/\.d\.[cm]?ts$/.test(file)) return undefined
  return LANGUAGES.get(/\.([^./]+)$/.exec(file)?.[1] ?? '')
}

/** The tree of a text; undefined if the text has mistakes. */
export async function parseText(text: string, language: Language): Promise<Node | undefined> {
  const parser = await openParser(language)
  const tree = parser.parse(text)
  if (tree === null) return undefined
  const cursor = tree.walk()
  try {
    return tree.rootNode.hasError ? undefined : copyNode(cursor, text, undefined, 0)
  } finally {
    cursor.delete()
    tree.delete()
  }
}

const require = createRequire(import.meta.url)
const parsers = new Map<Language, Promise<Parser>>()

/** The parser of a language; one for all who ask, so what is parsed with it must be done before anybody waits. */
export function openParser(language: Language): Promise<Parser> {
  const parser = parsers.get(language) ?? loadParser(language)
  parsers.set(language, parser)
  return parser
}

async function loadParser(name: Language): Promise<Parser> {
  // The package's module is of a form whose names Node cannot see ahead.
  const { default: library } = await import('@vscode/tree-sitter-wasm')
  const { Parser, Language } = library
  await Parser.init()
  const parser = new Parser()
  parser.setLanguage(
    await Language.load(require.resolve(`@vscode/tree-sitter-wasm/wasm/tree-sitter-${name}.wasm`)),
  )
  return parser
}

/** Deeper texts are made by machines, or in order to break us. */
const MAX_DEPTH = 400

/** @returns undefined if it is too deep */
function copyNode(
  cursor: TreeCursor,
  source: string,
  parent: Node | undefined,
  depth: number,
): Node | undefined {
  if (depth > MAX_DEPTH) return undefined
  const children: Node[] = []
  const node: Node = {
    type: cursor.nodeType,
    named: cursor.nodeIsNamed,
    field: cursor.currentFieldName ?? undefined,
    start: cursor.startIndex,
    end: cursor.endIndex,
    line: cursor.startPosition.row + 1,
    text: source.slice(cursor.startIndex, cursor.endIndex),
    parent,
    children,
  }
  if (!cursor.gotoFirstChild()) return node
  do {
    const child = copyNode(cursor, source, node, depth + 1)
    if (child === undefined) return undefined
    children.push(child)
  } while (cursor.gotoNextSibling())
  cursor.gotoParent()
  return node
}

/** A node and everything below it, outer before inner. */
export function* walk(node: Node): Generator<Node> {
  yield node
  for (const child of node.children) yield* walk(child)
}

/** The first child in that part. */
export function fieldOf(node: Node | undefined, field: string): Node | undefined {
  return node?.children.find(child => child.field === field)
}

/** Children that are more than punctuation, without comments. */
export function namedChildren(node: Node): Node[] {
  return node.children.filter(child => child.named && child.type !== 'comment')
}

/** The nearest node above of one of these types. */
export function ancestorOf(node: Node, types: ReadonlySet<string>): Node | undefined {
  for (let above = node.parent; above !== undefined; above = above.parent) {
    if (types.has(above.type)) return above
  }
  return undefined
}
