import type { TreeCursor } from '@vscode/tree-sitter-wasm'
import type { Language } from '../../task-bank/faults/syntax.ts'
import type { Budget } from './budget.ts'
import {
  BETWEEN,
  FUNCTIONS,
  GIVEN,
  IMPORTS,
  isStatement,
  NAMED_FUNCTIONS,
  NAMES,
  OPERATORS,
  SAID,
  SKIPPED,
  STRINGS,
  TEXTS,
  VALUES,
} from './grammar.ts'
import { MOST } from './limits.ts'
import { parseCode } from './parse.ts'

/**
 * A function, or a statement outside of functions, as a row of pieces, each of which is a row of tokens. Names are tokens that begin
 * with `$`, or with `.` if they stand behind a dot.
 */
export type Unit = readonly (readonly string[])[]

/** What is in a text of code, apart from its form. */
export interface Code {
  readonly units: readonly Unit[]
  /** Names that the text itself gives to something. */
  readonly given: ReadonlySet<string>
  /** What is written in its literals, unit by unit. */
  readonly texts: readonly string[]
  /** Whether all of it was looked at. */
  readonly isWhole: boolean
}

/** @returns undefined if it cannot be read as code within the budget */
export async function readCode(text: string, language: Language, budget: Budget): Promise<Code | undefined> {
  const tree = await parseCode(text, language, budget)
  if (tree === undefined) return undefined
  const cursor = tree.walk()
  try {
    return readTree(cursor, text, budget)
  } finally {
    cursor.delete()
    tree.delete()
  }
}

/** A node that was entered and not left yet. */
interface Open {
  readonly type: string
  readonly isUnit: boolean
  readonly isPiece: boolean
  /** Whether a name in it is given, not used. */
  readonly gives: boolean
  readonly isSilent: boolean
}

interface Draft {
  readonly pieces: string[][]
  text: string
}

/** No recursion: the tree is a stranger's. */
function readTree(cursor: TreeCursor, source: string, budget: Budget): Code {
  const reader = new Reader(source)
  let isWhole = true
  for (let depth = 0; ; ) {
    if (--budget.nodes < 0) {
      isWhole = false
      break
    }
    const descends = reader.enter(cursor)
    if (descends && depth >= MOST.depth) isWhole = false
    if (descends && depth < MOST.depth && cursor.gotoFirstChild()) {
      depth++
      continue
    }
    reader.leave()
    let isOver = false
    while (!cursor.gotoNextSibling()) {
      isOver = depth === 0 || !cursor.gotoParent()
      if (isOver) break
      depth--
      reader.leave()
    }
    if (isOver) break
  }
  return { ...reader.close(), isWhole }
}

class Reader {
  readonly #source: string
  readonly #units: string[][][] = []
  readonly #texts: string[] = []
  readonly #given = new Set<string>()
  readonly #path: Open[] = []
  readonly #drafts: Draft[] = [{ pieces: [[]], text: '' }]

  constructor(source: string) {
    this.#source = source
  }

  /** @returns whether the node's children are to be entered; `leave` must follow in any case */
  enter(cursor: TreeCursor): boolean {
    const type = cursor.nodeType
    const parent = this.#path.at(-1)
    const isNamed = cursor.nodeIsNamed
    const field = cursor.currentFieldName ?? ''
    const isOutside = parent?.type === 'program' || parent?.type === 'module'
    const isUnit =
      isNamed &&
      (isOutside ||
        FUNCTIONS.has(type) ||
        (NAMED_FUNCTIONS.has(type) && parent?.type === 'variable_declarator'))
    const isPiece = isNamed && isStatement(type)
    const isSilent = parent?.isSilent === true || IMPORTS.has(type)
    const part = parent === undefined ? undefined : GIVEN[parent.type]
    const gives =
      part !== undefined && (part === '' || part === field)
        ? !MEMBERS.has(type)
        : parent?.gives === true && CARRIERS.has(parent.type)
    if (isUnit) this.#drafts.push({ pieces: [[]], text: '' })
    if (isPiece) this.#cut()
    this.#path.push({ type, isUnit, isPiece, gives, isSilent })
    if (!isNamed) {
      if (BETWEEN.has(type) || (type === ',' && parent?.type === 'sequence_expression')) this.#cut()
      else if (!isSilent && OPERATORS[type] !== undefined) this.#say(OPERATORS[type])
      return false
    }
    if (SKIPPED.has(type)) return false
    if (NAMES.has(type)) return this.#enterName(cursor, parent, field, gives, isSilent)
    if (isSilent) return true
    if (VALUES.has(type)) return this.#leaf('0')
    if (STRINGS.has(type)) return parent?.type === 'expression_statement' ? false : this.#enterText(type)
    if (TEXTS.has(type)) return this.#take(cursor)
    const said = SAID[type]
    if (said !== undefined) this.#say(said)
    return true
  }

  leave(): void {
    const { isUnit, isPiece } = this.#path.pop()!
    if (isPiece) this.#cut()
    if (isUnit) this.#finish()
  }

  close(): Omit<Code, 'isWhole'> {
    while (this.#drafts.length > 0) this.#finish()
    return { units: this.#units, given: this.#given, texts: this.#texts }
  }

  #enterName(
    cursor: TreeCursor,
    parent: Open | undefined,
    field: string,
    gives: boolean,
    isSilent: boolean,
  ): boolean {
    const name = this.#source.slice(
      cursor.startIndex,
      Math.min(cursor.endIndex, cursor.startIndex + MOST.name),
    )
    const isMember =
      (MEMBERS.has(parent?.type ?? '') && (field === 'property' || field === 'attribute')) ||
      (parent?.type === 'keyword_argument' && field === 'name')
    const isAssigned = isMember && parent?.type !== 'keyword_argument' && this.#isAssigned()
    if (gives || isAssigned) this.#given.add(name)
    if (isSilent) return false
    // `{ a }` is `{ a: a }`
    const isShort = cursor.nodeType.startsWith('shorthand_')
    if (isShort && !cursor.nodeType.endsWith('_pattern')) this.#say('pair')
    if (isShort) this.#say(`.${name}`)
    const isKey = field === 'key' && (parent?.type === 'pair' || parent?.type === 'pair_pattern')
    this.#say(`${isMember || isKey ? '.' : '$'}${name}`)
    return false
  }

  /** Whether the member that is entered stands on the left: `this.x = 1`. */
  #isAssigned(): boolean {
    const above = this.#path.at(-3)
    return (
      above !== undefined && ASSIGNMENTS.has(above.type) && this.#drafts.at(-1)!.pieces.at(-1)!.length <= 2
    )
  }

  #enterText(type: string): boolean {
    this.#say('text')
    this.#drafts.at(-1)!.text += this.#isJoined() ? '' : '\n'
    return type !== 'regex'
  }

  /** Texts that are put together by `+`, or by standing side by side, are one text. */
  #isJoined(): boolean {
    const above = this.#path.at(-2)?.type ?? ''
    return above === 'concatenated_string' || above === 'binary_expression' || above === 'binary_operator'
  }

  #take(cursor: TreeCursor): boolean {
    const text = this.#source.slice(cursor.startIndex, cursor.endIndex)
    this.#drafts.at(-1)!.text += text.startsWith('\\') ? ' ' : text
    // Some grammars have the escapes of a text inside it.
    return false
  }

  #leaf(token: string): boolean {
    this.#say(token)
    return false
  }

  #say(token: string): void {
    this.#drafts.at(-1)!.pieces.at(-1)!.push(token)
  }

  #cut(): void {
    const { pieces } = this.#drafts.at(-1)!
    if (pieces.at(-1)!.length > 0) pieces.push([])
  }

  #finish(): void {
    const { pieces, text } = this.#drafts.pop()!
    if (pieces.at(-1)!.length === 0) pieces.pop()
    if (pieces.length > 0) this.#units.push(pieces)
    if (text !== '') this.#texts.push(text)
  }
}

const MEMBERS = new Set(['member_expression', 'attribute'])
const ASSIGNMENTS = new Set([
  'assignment_expression',
  'augmented_assignment_expression',
  'assignment',
  'augmented_assignment',
])
/** Nodes that stand between the place where a name is given and the name. */
const CARRIERS = new Set([
  'array_pattern',
  'object_pattern',
  'pattern_list',
  'tuple_pattern',
  'list_pattern',
  'rest_pattern',
  'list_splat_pattern',
  'dictionary_splat_pattern',
  'named_imports',
  'dotted_name',
  'as_pattern_target',
  'required_parameter',
  'optional_parameter',
  'typed_parameter',
])
