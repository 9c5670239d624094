import { normalize, SHINGLE, ShingleTable } from './shingle-table.ts'

/** A text that must stay hidden, by its lines, which may come from different places of one file. */
export interface HiddenText {
  readonly file: string
  readonly lines: readonly HiddenLine[]
}

export interface HiddenLine {
  readonly number: number
  readonly text: string
  /** Which function, test or the like of the file it belongs to; lines of the same one have the same number. */
  readonly block: number
  /** Part of what anybody writes: an import, a comment. It is no evidence. */
  readonly common: boolean
}

/** Part of a hidden file that was found. */
export interface Hit {
  readonly file: string
  readonly firstLine: number
  readonly lastLine: number
  readonly excerpt: string
}

/** Looks through bytes as they come; they may be cut anywhere. */
export interface Search {
  add(chunk: Uint8Array): void
  end(): Hit[]
}

/** As many shingles in a row are no idiom: 71 bytes of code without its blanks. */
const TELLING = 48
/** A text with less of its own than this has nothing to hide, and a block cannot be told from others. */
const LEAST_OF_TEXT = 8
const LEAST_OF_BLOCK = 16
const EXCERPT = 60

/** A text by its index, or a block by its name. */
type Part = number | string

/**
 * Everything of some texts by which a copy is known, however indented, quoted or encoded in UTF-16: their shingles, that is
 * all sequences of 24 bytes without blanks. Those that also stand in what is `given` to everybody prove nothing, nor do
 * common lines. A run of shingles is a hit if it has as many of its own as no coincidence has.
 */
export class Shingles {
  readonly #files: readonly string[]
  readonly #lines: { readonly text: number; readonly block: string; readonly line: HiddenLine }[] = []
  /** Per byte: its line, as an index into `#lines`. */
  readonly #lineOf: readonly number[]
  readonly #table: ShingleTable
  /** Per start of a shingle: whether it is evidence. */
  readonly #evidence: Uint8Array
  /** Shingles of its own that each part has, before and after what is given was left out. */
  readonly #hidden: ReadonlyMap<Part, number>
  readonly #own: ReadonlyMap<Part, number>

  constructor(texts: readonly HiddenText[], given: Iterable<Uint8Array>) {
    this.#files = texts.map(text => text.file)
    const lineOf: number[] = []
    const ends: number[] = []
    const pieces = texts.flatMap((text, index) => {
      const found = text.lines.map(line => this.#normalize(line, index, lineOf))
      ends.push(lineOf.length)
      return found
    })
    this.#lineOf = lineOf
    this.#table = new ShingleTable(Buffer.concat(pieces))
    this.#evidence = new Uint8Array(lineOf.length)
    this.#index(ends)
    this.#hidden = this.#countParts()
    for (const bytes of given) {
      this.#table.stream()(bytes, offset => {
        this.#evidence[offset] = 0
      })
    }
    this.#own = this.#countParts()
  }

  /** Files of which no copy could be told: all that they say is given, common or too short. */
  blind(): string[] {
    return this.#filesWith(text => this.#neededOf(text) === Infinity)
  }

  /** Files that have much to hide, and nearly all of it is given. */
  given(): string[] {
    return this.#filesWith(text => {
      const hidden = this.#hidden.get(text) ?? 0
      return hidden >= TELLING && (this.#own.get(text) ?? 0) < hidden / 20
    })
  }

  open(): Search {
    const stream = this.#table.stream()
    const hits: Hit[] = []
    let run = new Set<number>()
    let last = -2
    const close = (): void => {
      const hit = this.#hitOf(run)
      if (hit !== undefined) hits.push(hit)
      run = new Set()
    }
    return {
      add: chunk =>
        stream(chunk, (offset, position) => {
          if (position !== last + 1 && run.size > 0) close()
          last = position
          if (this.#evidence[offset] === 1) run.add(offset)
        }),
      end: () => {
        close()
        return hits
      },
    }
  }

  #hitOf(run: ReadonlySet<number>): Hit | undefined {
    const counts = new Map<Part, number>()
    for (const offset of run) this.#count(offset, counts)
    const whole = [...counts].some(([part, count]) => count >= this.#neededOf(part))
    if (run.size < TELLING && !whole) return undefined
    const texts = [...counts].flatMap(([part, count]) => (typeof part === 'number' ? { part, count } : []))
    const text = texts.toSorted((one, other) => other.count - one.count)[0]?.part
    const offsets = [...run].filter(offset => this.#lineAt(offset).text === text)
    const first = offsets.reduce((least, offset) => Math.min(least, offset))
    const last = offsets.reduce((most, offset) => Math.max(most, offset)) + SHINGLE - 1
    const { text: index, line } = this.#lineAt(first)
    return {
      file: this.#files[index]!,
      firstLine: line.number,
      lastLine: this.#lineAt(last).line.number,
      excerpt: line.text.trim().slice(0, EXCERPT),
    }
  }

  /** How many of its shingles in a row make a hit. */
  #neededOf(part: Part): number {
    const own = this.#own.get(part) ?? 0
    const least = typeof part === 'number' ? LEAST_OF_TEXT : LEAST_OF_BLOCK
    return own < least ? Infinity : Math.min(own, TELLING)
  }

  #filesWith(condition: (text: number) => boolean): string[] {
    const without = new Set(this.#files.filter((_, text) => !condition(text)))
    return [...new Set(this.#files)].filter(file => !without.has(file))
  }

  #countParts(): Map<Part, number> {
    const counts = new Map<Part, number>()
    for (const [offset, evidence] of this.#evidence.entries()) if (evidence === 1) this.#count(offset, counts)
    return counts
  }

  /** Counts a shingle for its text, and for its block if it lies in only one. */
  #count(offset: number, counts: Map<Part, number>): void {
    const { text, block } = this.#lineAt(offset)
    counts.set(text, (counts.get(text) ?? 0) + 1)
    if (this.#lineAt(offset + SHINGLE - 1).block === block) counts.set(block, (counts.get(block) ?? 0) + 1)
  }

  #lineAt(offset: number) {
    return this.#lines[this.#lineOf[offset]!]!
  }

  #normalize(line: HiddenLine, text: number, lineOf: number[]): Uint8Array {
    const raw = Buffer.from(`${line.text}\n`, 'latin1')
    const bytes = new Uint8Array(raw.length)
    const length = normalize(raw, 0, bytes, 0)
    this.#lines.push({ text, block: `${text} ${line.block}`, line })
    for (let byte = 0; byte < length; byte++) lineOf.push(this.#lines.length - 1)
    return bytes.subarray(0, length)
  }

  /** Of equal shingles the first stands for all, and is evidence only if all are. */
  #index(ends: readonly number[]): void {
    const common = [0]
    for (const index of this.#lineOf) common.push(common.at(-1)! + (this.#lines[index]!.line.common ? 1 : 0))
    let start = 0
    for (const end of ends) {
      this.#table.enter(start, end, (offset, first) => {
        const evidence = common[offset] === common[offset + SHINGLE] ? 1 : 0
        if (first === offset) this.#evidence[offset] = evidence
        else this.#evidence[first]! &= evidence
      })
      start = end
    }
  }
}
