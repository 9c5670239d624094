/**
 * All constants of the fingerprints. Whoever changes one makes old fingerprints and new ones strangers to each other: count
 * `VERSION` up.
 */
export const VERSION = 1

/** Tokens of a k-gram: shorter ones are in every program, longer ones do not outlive a disguise. Measured by `bench --copies`. */
export const GRAM = 10
/** K-grams of which the least is kept (S. Schleimer, D. Wilkerson, A. Aiken: Winnowing, 2003). */
export const WINDOW = 4
/** Functions and statements of less say nothing. */
export const FUNCTION_TOKENS = 16
export const PIECE_WEIGHT = 7
/** Words of a shingle, and of the shortest text that counts as a prompt. */
export const SHINGLE = 3
export const PROMPT_WORDS = 12

/** Hashes of a kind that a fingerprint keeps, the least first: a few hundred lines have some hundred. */
export const MOST_HASHES = 8192
/** Below that many hashes that are nobody else's a measure says nothing. */
export const LEAST = { grams: 32, pieces: 10, functions: 3, prompts: 24 } as const

/** What is read as code. What is beyond is read as plain text. All are counts of work, not of time: so slow machines see the same. */
export const MOST = {
  /** UTF-16 units of a text that is read as plain text. */
  plain: 16 * 2 ** 20,
  /** Reports of the parser: about forty come for a kilobyte of usual code. */
  steps: 40_000,
  /** The same once a file has mistakes: where nothing fits, each step takes a millisecond. */
  lostSteps: 10_000,
  nodes: 1_000_000,
  /** The parser's cursor does not survive trees that are too deep. */
  depth: 300,
  /** Of a line of plain text. */
  line: 100_000,
  /** Of a name. */
  name: 40,
} as const
