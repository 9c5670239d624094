/** What is counted over everything is counted once for all who ask within a moment. */
const TOGETHER = 1000

/** One answer for all who ask within a moment; one that failed is not kept. */
export function together<T>(find: () => Promise<T>): () => Promise<T> {
  let last: { readonly at: number; readonly value: Promise<T> } | undefined
  return () => {
    if (last !== undefined && performance.now() - last.at < TOGETHER) return last.value
    const value = find()
    last = { at: performance.now(), value }
    value.catch(() => {
      last = undefined
    })
    return value
  }
}
