/** 16-bit weights by uid, in its order. */
export type Weights = readonly (readonly [uid: number, weight: number])[]

/** What a validator has set on a subnet. */
export interface SetWeights {
  /** In which they were set, or committed last. */
  readonly block: number
  readonly weights: Weights
}

/** Whether two say the same. */
export function areSame(one: Weights, other: Weights): boolean {
  return (
    one.length === other.length &&
    one.every(([uid, weight], index) => other[index]![0] === uid && other[index]![1] === weight)
  )
}
