/** Something that is kept for later runs and can be made again. */
export interface Kept {
  readonly kind: 'image' | 'volume' | 'repository' | 'lift'
  readonly id: string
  /** What it takes on the disk; a part with the same id may belong to others too, and is there once. */
  readonly parts: readonly Part[]
  /** Unix time in milliseconds. */
  readonly lastUsed: number
  /** Something that lives needs it. */
  readonly held: boolean
}

export interface Part {
  readonly id: string
  readonly bytes: number
}

/** Settles what must go so that the rest fits: those unused the longest, never what is held, and nothing that frees nothing. */
export function chooseEvictions<T extends Kept>(items: readonly T[], budget: number): T[] {
  const users = countUsers(items)
  let bytes = bytesOf(items)
  const chosen: T[] = []
  const idle = items.filter(item => !item.held).toSorted((one, other) => one.lastUsed - other.lastUsed)
  for (const item of idle) {
    if (bytes <= budget) break
    chosen.push(item)
    for (const { id, bytes: freed } of distinct(item.parts)) {
      const left = users.get(id)! - 1
      users.set(id, left)
      if (left === 0) bytes -= freed
    }
  }
  // Of items that share all they have with what stays, none would have to go.
  return chosen.filter(item => item.parts.some(({ id, bytes: freed }) => freed > 0 && users.get(id) === 0))
}

/** What some items take together: each part once. */
export function bytesOf(items: readonly Kept[]): number {
  return distinct(items.flatMap(item => item.parts)).reduce((sum, part) => sum + part.bytes, 0)
}

const GIGABYTE = 2 ** 30
const UNITS: Readonly<Record<string, number>> = { '': 1, K: 2 ** 10, M: 2 ** 20, G: GIGABYTE, T: 2 ** 40 }

/**
 * The bytes of a setting such as `20G`, `512M`, or `none` for no limit; if nothing is set, half of what would be free
 * without us, and at least 5 GB.
 *
 * @returns undefined if the text is none of these
 */
export function parseBudget(
  text: string | undefined,
  disk: { readonly free: number; readonly used: number },
): number | undefined {
  if (text === undefined || text.trim() === '') return Math.max(5 * GIGABYTE, (disk.free + disk.used) / 2)
  if (text.trim().toLowerCase() === 'none') return Number.POSITIVE_INFINITY
  const [, number, unit] = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*$/i.exec(text) ?? []
  if (number === undefined || unit === undefined) return undefined
  return Math.floor(Number(number) * UNITS[unit.toUpperCase()]!)
}

function countUsers(items: readonly Kept[]): Map<string, number> {
  const users = new Map<string, number>()
  for (const { id } of items.flatMap(item => distinct(item.parts))) users.set(id, (users.get(id) ?? 0) + 1)
  return users
}

function distinct(parts: readonly Part[]): Part[] {
  return [...new Map(parts.map(part => [part.id, part])).values()]
}
