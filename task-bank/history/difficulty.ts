import type { FileDiff } from './diff.ts'

export type Difficulty = 'easy' | 'medium' | 'hard'

/** How large a reference is and how far it is spread. */
export interface Extent {
  /** Lines taken away or added, without blank ones. */
  readonly lines: number
  readonly places: number
  readonly files: number
}

export function extentOf(reference: readonly FileDiff[]): Extent {
  const changed = reference.flatMap(({ added, removed }) => [...added, ...removed])
  return {
    lines: changed.filter(line => line.trim() !== '').length,
    places: reference.reduce((sum, { places }) => sum + places, 0),
    files: reference.length,
  }
}

/** Easy: one place or two near each other, in one file, few lines. Hard: many lines, many places, or many files. */
export function gradeDifficulty({ lines, places, files }: Extent): Difficulty {
  if (files === 1 && places <= 2 && lines <= 10) return 'easy'
  return lines > 80 || places > 12 || files > 4 ? 'hard' : 'medium'
}
