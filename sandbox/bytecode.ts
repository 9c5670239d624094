import type { HiddenText, Hit } from './shingles.ts'

/** Names and strings of one hidden file of Python, with the first line that each stands in. */
interface Vocabulary {
  readonly file: string
  readonly words: ReadonlyMap<string, number>
}

/** Shorter ones are in any program. */
const WORD = 10
/** So many bytes of words in one file of byte-code, and not only one, are no coincidence. */
const TELLING = 48

/** Strings of Python's `marshal`: short ones with a length of one byte, others of four. */
const SHORT = new Set([0x7a, 0x5a])
const LONG = new Set([0x61, 0x41, 0x75, 0x74])
const SHARED = 0x80

/** Whether a file begins like byte-code of Python 3. */
export function isBytecode(head: Uint8Array): boolean {
  return head[1]! >= 0x0c && head[1]! <= 0x10 && head[2] === 0x0d && head[3] === 0x0a
}

/**
 * Looks for hidden Python in byte-code, which has no lines left: by what it defines and by its strings, without those that
 * are given to everybody.
 */
export class Vocabularies {
  readonly #all: readonly Vocabulary[]

  constructor(texts: readonly HiddenText[], given: readonly Uint8Array[]) {
    const known = given.map(bytes => Buffer.from(bytes).toString('latin1')).join('\n')
    this.#all = texts
      .filter(({ file }) => /\.(py|patch|diff)$/.test(file))
      .map(({ file, lines }) => {
        const words = new Map<string, number>()
        for (const { text, number, common } of lines) {
          for (const word of common ? [] : wordsOf(text))
            if (!known.includes(word) && !words.has(word)) words.set(word, number)
        }
        return { file, words }
      })
  }

  search(bytes: Buffer): Hit[] {
    const strings = new Set(stringsOf(bytes))
    const hits = new Map<string, Hit>()
    for (const { file, words } of this.#all) {
      const found = [...words].filter(([word]) => strings.has(word))
      if (found.length < 2 || found.reduce((sum, [word]) => sum + word.length, 0) < TELLING) continue
      const lines = found.map(([, line]) => line)
      hits.set(file, {
        file,
        firstLine: Math.min(...lines),
        lastLine: Math.max(...lines),
        excerpt: found
          .map(([word]) => word)
          .join(', ')
          .slice(0, 60),
      })
    }
    return [...hits.values()]
  }
}

function wordsOf(line: string): string[] {
  const names = [...line.matchAll(/\b(?:def|class)\s+(\w+)/g)].map(match => match[1]!)
  const strings = [...line.matchAll(/"([^"\\]*)"|'([^'\\]*)'/g)].map(match => match[1] ?? match[2] ?? '')
  return [...names, ...strings].filter(word => word.length >= WORD && !/^__.*__$/.test(word))
}

/** Every string of a marshalled value, and now and then something that only looks like one. */
function* stringsOf(bytes: Buffer): Generator<string> {
  for (let at = 16; at < bytes.length - 1; at++) {
    const type = bytes[at]! & ~SHARED
    if (SHORT.has(type)) yield bytes.toString('latin1', at + 2, at + 2 + bytes[at + 1]!)
    else if (LONG.has(type) && at + 5 <= bytes.length) {
      const size = bytes.readUInt32LE(at + 1)
      if (size < 2 ** 16) yield bytes.toString('latin1', at + 5, at + 5 + size)
    }
  }
}
