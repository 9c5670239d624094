/** What is counted over everything is counted once for all who ask within a moment. */
const TOGETHER = 1000
/** However much there is and however many ask, finding takes no more than a third of the time. */
const REST = 3

/** One answer for all who ask within a moment, or within three times as long as it takes to find; one that failed is not kept. */
export function together<T>(find: () => Promise<T>): () => Promise<T> {
  let last: Promise<T> | undefined
  let until = 0
  return () => {
    const start = performance.now()
    if (last !== undefined && start < until) return last
    const value = find()
    last = value
    until = Number.POSITIVE_INFINITY
    value.then(
      () => {
        const took = performance.now() - start
        until = start + Math.max(TOGETHER, REST * took)
      },
      () => {
        last = undefined
      },
    )
    return value
  }
}
