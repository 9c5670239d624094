import type { Arbitrary } from 'fast-check'

/** One thing that reads what strangers wrote, and the law that it keeps. */
export interface Target<Case = unknown> {
  readonly name: string
  /** Cases survive JSON, so that a counterexample can be kept as a file. */
  readonly cases: Arbitrary<Case>
  /**
   * Throws if the law is broken.
   *
   * @param folder - of this run alone, the same for each of its cases, gone afterwards
   */
  readonly check: (one: Case, folder: string) => void | Promise<void>
  /** How many cases `npm test` tries. */
  readonly short: number
}

/** Longer than any case takes on a busy machine, and shorter than anybody waits. */
export const MAX_SECONDS = 10

/** A target for the table; inside it the type of its cases holds. */
export function target<Case>(definition: Target<Case>): Target {
  return definition as Target<unknown> as Target
}

/** @throws Error if a part of a law does not hold */
export function must(holds: boolean, law: string, ...values: readonly unknown[]): asserts holds {
  if (!holds) throw new Error(`${law}${values.length > 0 ? `: ${values.map(show).join(', ')}` : ''}`)
}

/** Checks one case and its time. */
export async function checkOne(one: Target, value: unknown, folder: string): Promise<void> {
  const start = performance.now()
  const checked = one.check(value, folder)
  if (checked !== undefined) await inTime(checked)
  const seconds = (performance.now() - start) / 1000
  must(seconds <= MAX_SECONDS, `It took ${seconds.toFixed(1)} s`)
}

async function inTime(work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`It did not end within ${MAX_SECONDS} s`)), MAX_SECONDS * 1000)
  })
  try {
    await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 400 ? `${text.slice(0, 400)}…` : text
}
