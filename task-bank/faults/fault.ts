/** The mistakes that are planted; each has a file of its own, `combined` is two of one kind in two files. */
export const KINDS = [
  'boundary',
  'variable',
  'arguments',
  'await',
  'missing',
  'default',
  'branch',
  'key',
  'slice',
  'operator',
  'condition',
  'copy',
  'swallow',
  'combined',
] as const
export type Kind = (typeof KINDS)[number]

/** A mistake that a person could have made in a text that is right. */
export interface Fault {
  readonly kind: Kind
  readonly place: Place
  /** In any order; those of one file do not overlap. */
  readonly edits: readonly Edit[]
  /** For maintainers: what was changed. Names the place, so it never goes into a statement. */
  readonly description: string
  /** What the author would have to believe wrongly; faults in two files with the same belief are one mistake. */
  readonly belief: string | undefined
}

export interface Place {
  readonly file: string
  /** From 1 on. */
  readonly line: number
  /** Functions and classes around it from the outside in, joined by dots; empty at the top level. */
  readonly scope: string
}

/** `before`, which stands from `start` to `end` (UTF-16 units), becomes `after`. */
export interface Edit {
  readonly file: string
  readonly start: number
  readonly end: number
  readonly before: string
  readonly after: string
}

/**
 * The texts that a fault changes, with the fault in them.
 *
 * @param texts - by file, as they were when the fault was made
 * @throws RangeError if a text is missing or is another one
 */
export function applyFault(
  { edits }: Pick<Fault, 'edits'>,
  texts: ReadonlyMap<string, string>,
): Map<string, string> {
  const changed = new Map<string, string>()
  for (const edit of edits.toSorted((one, other) => other.start - one.start)) {
    const text = changed.get(edit.file) ?? texts.get(edit.file)
    if (text?.slice(edit.start, edit.end) !== edit.before) {
      throw new RangeError(
        `Cannot plant a fault in ${edit.file}: expected ${JSON.stringify(edit.before)} at ${edit.start}`,
      )
    }
    changed.set(edit.file, text.slice(0, edit.start) + edit.after + text.slice(edit.end))
  }
  return changed
}
