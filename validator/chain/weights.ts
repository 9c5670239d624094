/** 16-bit weights by uid, in its order. */
export type Weights = readonly (readonly [uid: number, weight: number])[]

/** What a validator has set on a subnet. */
export interface SetWeights {
  /** In which they were set. */
  readonly block: number
  readonly weights: Weights
}

/** The chain does not take weights, for a reason of its own; the message says what to do. */
export class WeightsRefused extends Error {
  readonly code: 'not-registered' | 'too-soon'
  constructor(code: WeightsRefused['code'], message: string) {
    super(message)
    this.name = 'WeightsRefused'
    this.code = code
  }
}

/** Whether two say the same. */
export function areSame(one: Weights, other: Weights): boolean {
  return (
    one.length === other.length &&
    one.every(([uid, weight], index) => other[index]![0] === uid && other[index]![1] === weight)
  )
}
