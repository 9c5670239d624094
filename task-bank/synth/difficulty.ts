import type { Kind } from '../faults/fault.ts'

export type Difficulty = 'easy' | 'medium' | 'hard'

/** Points of a kind: how far what is seen is from what is wrong. */
const POINTS: Readonly<Record<Kind, number>> = {
  operator: 0,
  condition: 0,
  boundary: 0,
  branch: 1,
  slice: 1,
  default: 1,
  variable: 1,
  arguments: 1,
  missing: 1,
  swallow: 2,
  await: 2,
  copy: 2,
  key: 2,
  combined: 3,
}

/** What is known of a task before anybody has tried it. */
export interface Spread {
  readonly kind: Kind
  /** Source files that the failing tests reach by their imports, and tests that fail. */
  readonly reached: number
  readonly failing: number
  /** Whether the statement names the function that is wrong, since the tests call it. */
  readonly named: boolean
}

/** Harder by its kind, by how much lies between call and fault, and by how few tests tell of it. */
export function gradeFault({ kind, reached, failing, named }: Spread): Difficulty {
  const points =
    POINTS[kind] + (named ? 0 : 1) + (reached > 12 ? 2 : reached > 3 ? 1 : 0) + (failing <= 2 ? 1 : 0)
  return points <= 2 ? 'easy' : points <= 4 ? 'medium' : 'hard'
}
