/**
 * Who was first: by block, then by place in it, then by hotkey. The place counts up over commits and arrivals, so that the order is
 * the same for everybody who sees the same.
 */
export interface Precedence {
  readonly block: number
  readonly index: number
  readonly hotkey: string
}

/** Negative if the one was before the other, positive if after it; 0 only for the same. */
export function comparePrecedence(one: Precedence, other: Precedence): number {
  return (
    one.block - other.block ||
    one.index - other.index ||
    // Code units, not the words of a language: the same on every machine.
    Number(one.hotkey > other.hotkey) - Number(one.hotkey < other.hotkey)
  )
}

/** The submission that was first of these; undefined if there is none. */
export function findFirst<One extends Precedence>(submissions: readonly One[]): One | undefined {
  return submissions.toSorted(comparePrecedence)[0]
}
