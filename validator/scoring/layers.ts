/**
 * Entries in layers: the first holds those that nobody outside it beats, the next those that only earlier layers beat, and so on.
 * `beats` need not be transitive; entries that beat each other in a ring share a layer. Entries keep their order within one.
 */
export function layersOf<T>(entries: readonly T[], beats: (one: T, other: T) => boolean): T[][] {
  const depths = depthsOf(entries, entry => entries.filter(other => other !== entry && beats(other, entry)))
  const layers: T[][] = []
  for (const entry of entries) {
    const depth = depths.get(entry)!
    while (layers.length <= depth) layers.push([])
    layers[depth]!.push(entry)
  }
  return layers
}

interface Visit<T> {
  readonly number: number
  readonly above: readonly T[]
  lowest: number
  isOpen: boolean
}

/** How many rings lie above each entry's own on the longest way up: rings are found before what lies below (R. Tarjan, 1972). */
function depthsOf<T>(entries: readonly T[], aboveOf: (entry: T) => readonly T[]): Map<T, number> {
  const visits = new Map<T, Visit<T>>()
  const depths = new Map<T, number>()
  const open: T[] = []
  const visit = (entry: T): Visit<T> => {
    const own: Visit<T> = { number: visits.size, above: aboveOf(entry), lowest: visits.size, isOpen: true }
    visits.set(entry, own)
    open.push(entry)
    for (const other of own.above) {
      const known = visits.get(other)
      if (known === undefined) own.lowest = Math.min(own.lowest, visit(other).lowest)
      else if (known.isOpen) own.lowest = Math.min(own.lowest, known.number)
    }
    if (own.lowest === own.number) close(open.splice(open.indexOf(entry)))
    return own
  }
  const close = (ring: readonly T[]): void => {
    let depth = 0
    for (const entry of ring)
      for (const other of visits.get(entry)!.above) depth = Math.max(depth, (depths.get(other) ?? -1) + 1)
    for (const entry of ring) {
      visits.get(entry)!.isOpen = false
      depths.set(entry, depth)
    }
  }
  for (const entry of entries) if (!visits.has(entry)) visit(entry)
  return depths
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
