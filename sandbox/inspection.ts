import { isBytecode, Vocabularies } from './bytecode.ts'
import { type HiddenText, type Hit, Shingles } from './shingles.ts'
import { unwrap, wrappingOf } from './wrapped.ts'

/** A part of a hidden file, in something that was inspected. */
export interface Finding extends Hit {
  /** Names of what it lies in, from the outermost to the innermost. */
  readonly inside: readonly string[]
}

/** Takes the bytes of one file as they come. */
export interface FileInspection {
  add(chunk: Uint8Array): void
  end(): Finding[]
}

/** A wrapped file larger than this is searched only as it is. */
const MAX_WRAPPED_BYTES = 2 ** 28
/** Bytes by which a form is known. */
const HEAD = 4
/** A wheel in a layer in an archive. */
const MAX_DEPTH = 5

/** Looks for parts of hidden files in other files, also in compressed ones, in git's objects and in byte-code. */
export class Inspection {
  readonly #shingles: Shingles
  readonly #vocabularies: Vocabularies

  constructor(hidden: readonly HiddenText[], given: readonly Uint8Array[]) {
    this.#shingles = new Shingles(hidden, given)
    this.#vocabularies = new Vocabularies(hidden, given)
  }

  /** Hidden files of which no copy could be told. */
  blind(): string[] {
    return this.#shingles.blind()
  }

  /** Hidden files that stand, nearly whole, in what is given to everybody. */
  given(): string[] {
    return this.#shingles.given()
  }

  open(name: string, depth = 0): FileInspection {
    const search = this.#shingles.open()
    let chunks: Uint8Array[] | undefined = []
    let size = 0
    return {
      add: chunk => {
        search.add(chunk)
        if (chunks === undefined || chunk.length === 0) return
        chunks.push(chunk)
        const before = size
        size += chunk.length
        if (size > MAX_WRAPPED_BYTES) chunks = undefined
        else if (before < HEAD && size >= HEAD && !isOfInterest(Buffer.concat(chunks))) chunks = undefined
      },
      end: () => {
        const found = search.end().map(hit => ({ ...hit, inside: [name] }))
        if (chunks === undefined || chunks.length === 0) return merge(found)
        const bytes = chunks.length === 1 ? Buffer.from(chunks[0]!) : Buffer.concat(chunks)
        chunks = undefined
        return merge([...found, ...this.#look(name, bytes, depth)])
      },
    }
  }

  #look(name: string, bytes: Buffer, depth: number): Finding[] {
    const words = isBytecode(bytes) ? this.#vocabularies.search(bytes) : []
    const found: Finding[] = words.map(hit => ({ ...hit, inside: [name] }))
    const wrapping = depth < MAX_DEPTH ? wrappingOf(bytes) : undefined
    if (wrapping === undefined) return found
    for (const inner of unwrap(wrapping, bytes)) {
      const inspection = this.open(inner.name, depth + 1)
      inspection.add(inner.bytes)
      found.push(...inspection.end().map(hit => ({ ...hit, inside: [name, ...hit.inside] })))
    }
    return found
  }
}

function isOfInterest(head: Uint8Array): boolean {
  return wrappingOf(head) !== undefined || isBytecode(head)
}

/** One finding per hidden file and place, for all the lines between the first and the last. */
function merge(findings: readonly Finding[]): Finding[] {
  const merged = new Map<string, Finding>()
  for (const finding of findings) {
    const key = [...finding.inside, finding.file].join('\0')
    const before = merged.get(key)
    merged.set(
      key,
      before === undefined
        ? finding
        : {
            ...(before.firstLine <= finding.firstLine ? before : finding),
            firstLine: Math.min(before.firstLine, finding.firstLine),
            lastLine: Math.max(before.lastLine, finding.lastLine),
          },
    )
  }
  return [...merged.values()]
}
