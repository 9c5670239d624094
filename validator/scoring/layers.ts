/**
 * Entries in layers: the first holds those that nobody outside it beats, the next those that only earlier layers beat, and so on.
 * `beats` need not be transitive; entries that beat each other in a ring share a layer. Entries keep their order within one.
 */
export function layersOf<T>(entries: readonly T[], beats: (one: T, other: T) => boolean): T[][] {
  const layers: T[][] = []
  let left = entries
  while (left.length > 0) {
    const layer = firstLayer(left, beats)
    layers.push(layer)
    left = left.filter(entry => !layer.includes(entry))
  }
  return layers
}

/** Those who reach everybody that reaches them: nobody, or their own ring. */
function firstLayer<T>(entries: readonly T[], beats: (one: T, other: T) => boolean): T[] {
  const beatenBy = new Map(
    entries.map(entry => [entry, entries.filter(other => other !== entry && beats(other, entry))]),
  )
  return entries.filter(entry => {
    const above = closure(entry, beatenBy)
    return [...above].every(other => closure(other, beatenBy).has(entry))
  })
}

/** Everybody who beats an entry, directly or through others. */
function closure<T>(entry: T, beatenBy: ReadonlyMap<T, readonly T[]>): Set<T> {
  const found = new Set<T>()
  const queue = [...beatenBy.get(entry)!]
  for (let other = queue.pop(); other !== undefined; other = queue.pop()) {
    if (found.has(other)) continue
    found.add(other)
    queue.push(...beatenBy.get(other)!)
  }
  return found
}

/** What an entry gives and takes; for showing, since being cheap is no victory. */
export interface Economy {
  readonly score: number
  /** Dollars for each task. */
  readonly cost: number
  /** Seconds for each task. */
  readonly seconds: number
}

/** Whether one is nowhere worse, and somewhere better (V. Pareto). */
export function dominates(one: Economy, other: Economy): boolean {
  const isNowhereWorse = one.score >= other.score && one.cost <= other.cost && one.seconds <= other.seconds
  const isSomewhereBetter = one.score > other.score || one.cost < other.cost || one.seconds < other.seconds
  return isNowhereWorse && isSomewhereBetter
}
