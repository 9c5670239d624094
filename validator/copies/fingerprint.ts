import { createHash } from 'node:crypto'
import { TokenHash, WinnowFilter } from '@dodona/dolos-core'
import { z } from 'zod'
import { openBudget } from './budget.ts'
import { type Code, readCode, type Unit } from './code.ts'
import { type AgentFile, kindOf } from './files.ts'
import { IDLE } from './grammar.ts'
import { KNOWN } from './known.ts'
import { FUNCTION_TOKENS, GRAM, MOST, PIECE_WEIGHT, VERSION, WINDOW } from './limits.ts'
import { readPlain } from './plain.ts'
import { Sketch, sketchOf, subtract } from './sketch.ts'
import { shinglesOf } from './words.ts'

/** What is kept of an agent to know its copies by: at most some hundred kilobytes of JSON, from which its code cannot be read. */
export const Fingerprint = z.strictObject({
  version: z.literal(VERSION),
  /** SHA-256 over functions and k-grams: of two agents that differ in names, literals, comments, layout and order only it is the same. */
  normal: z.string().regex(/^[0-9a-f]{64}$/),
  /** Functions, and statements outside of functions, without names, literals and layout. */
  functions: Sketch,
  /** Winnowed k-grams of the tokens of each function, without names and literals. */
  grams: Sketch,
  /** Pieces of statements, with the names that the agent does not give itself: those of the language and of the contract. */
  pieces: Sketch,
  /** Runs of words in its literals and texts. */
  prompts: Sketch,
  counts: z.strictObject({
    files: z.int(),
    characters: z.int(),
    tokens: z.int(),
    /** Files that were read in part, or not as the code that they are, since they are too large or hostile. */
    clipped: z.int(),
  }),
})
export type Fingerprint = z.infer<typeof Fingerprint>

/**
 * The fingerprint of an agent. The same files give the same on every machine, in whatever order; what they cost is bounded, whatever
 * is in them, by counts and not by a clock. Still it may take seconds: not for the thread that answers requests.
 */
export async function fingerprintAgent(files: readonly AgentFile[]): Promise<Fingerprint> {
  // Small ones first: a huge file must not use up what the others need.
  const sorted = files.toSorted(
    (one, other) => one.text.length - other.text.length || (one.path < other.path ? -1 : 1),
  )
  const budget = openBudget()
  const prose: string[] = []
  const codes: Code[] = []
  let clipped = 0
  for (const file of sorted) {
    const kind = kindOf(file)
    if (kind.kind === 'ignored') continue
    if (kind.kind === 'prose') {
      prose.push(file.text.slice(0, MOST.plain))
      continue
    }
    const code = kind.kind === 'code' ? await readCode(file.text, kind.language, budget) : undefined
    const read = code ?? readPlain(file.text, budget)
    if (!read.isWhole || (kind.kind === 'code' && code === undefined)) clipped++
    codes.push(read)
  }
  return buildFingerprint(codes, prose, {
    files: files.length,
    characters: files.reduce((sum, { text }) => sum + text.length, 0),
    clipped,
  })
}

/** What is left of a fingerprint without what these have, too: templates, and what an operator says that everybody may use. */
export function without(fingerprint: Fingerprint, common: readonly Fingerprint[]): Fingerprint {
  const rest = (kind: 'functions' | 'grams' | 'pieces' | 'prompts'): Sketch =>
    subtract(
      fingerprint[kind],
      common.map(one => one[kind]),
    )
  const functions = rest('functions')
  const grams = rest('grams')
  return {
    ...fingerprint,
    normal: digestOf(functions, grams),
    functions,
    grams,
    pieces: rest('pieces'),
    prompts: rest('prompts'),
  }
}

const hasher = new TokenHash()

function buildFingerprint(
  codes: readonly Code[],
  prose: readonly string[],
  counts: Omit<Fingerprint['counts'], 'tokens'>,
): Fingerprint {
  const given = new Set(codes.flatMap(code => [...code.given]))
  const winnow = new WinnowFilter(GRAM, WINDOW)
  const grams = new Set<number>()
  const functions = new Set<number>()
  const pieces = new Set<number>()
  let tokens = 0
  for (const unit of codes.flatMap(({ units }) => units)) {
    const shape = shapeOf(unit)
    tokens += shape.length
    for (const { hash } of winnow.fingerprints(shape)) grams.add(hash)
    if (shape.length >= FUNCTION_TOKENS) functions.add(hasher.hashToken(shape.join(' ')))
    for (const piece of unit) {
      const named = piece.map(token => nameOf(token, given))
      if (weigh(named) >= PIECE_WEIGHT) pieces.add(hasher.hashToken(named.join(' ')))
    }
  }
  const texts = [...prose, ...codes.flatMap(code => code.texts)]
  const prompts = new Set<number>()
  for (const text of texts) for (const shingle of shinglesOf(text)) prompts.add(hasher.hashToken(shingle))
  const [allFunctions, allGrams] = [sketchOf(functions), sketchOf(grams)]
  return {
    version: VERSION,
    normal: digestOf(allFunctions, allGrams),
    functions: allFunctions,
    grams: allGrams,
    pieces: sketchOf(pieces),
    prompts: sketchOf(prompts),
    counts: { ...counts, tokens },
  }
}

/** The tokens of a unit without names. Pieces that only name and count are left out: it costs nothing to strew them in. */
function shapeOf(unit: Unit): string[] {
  const shapes = unit.map(piece => piece.map(token => (isName(token) ? token[0]! : token)))
  return shapes.filter(piece => piece.some(token => !IDLE.has(token))).flat()
}

/** A name that the agent does not give itself cannot be renamed without its doing something else. */
function nameOf(token: string, given: ReadonlySet<string>): string {
  if (!isName(token)) return token
  const name = token.slice(1)
  if (token[0] === '.') return given.has(name) && !KNOWN.has(name) ? '.' : token
  return given.has(name) ? '$' : token
}

function isName(token: string): boolean {
  return token.length > 1 && (token[0] === '$' || token[0] === '.')
}

/** How much a piece says: names of others are worth more than words of a language. */
function weigh(piece: readonly string[]): number {
  return piece.reduce((sum, token) => sum + (isName(token) ? 3 : 1), 0)
}

function digestOf(...sketches: readonly Sketch[]): string {
  return createHash('sha256').update(JSON.stringify(sketches)).digest('hex')
}
