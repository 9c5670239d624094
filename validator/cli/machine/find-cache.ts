import type { Kept } from '../../../sandbox/budget.ts'
import type { Engine } from '../../../sandbox/engine.ts'
import { makeRoom, takeStock } from '../../../sandbox/eviction.ts'
import type { Finding } from './finding.ts'

/** What is kept for later runs, and how much of it may be; made less if asked for. */
export async function findCache(
  engine: Engine,
  wanted: 'as it is' | 'within budget' | 'empty',
): Promise<Finding> {
  const what = 'cache'
  try {
    const before = await takeStock(engine)
    const removed = wanted === 'as it is' ? [] : await makeRoom(engine, { all: wanted === 'empty' })
    const { items, bytes, budget } = removed.length > 0 ? await takeStock(engine) : before
    const held = items.filter(item => item.held).length
    const parts = [
      `${size(bytes)} of ${budget === Number.POSITIVE_INFINITY ? 'any size' : size(budget)}: ${counted(items)}`,
      ...(held > 0 ? [`${held} in use`] : []),
      ...(removed.length > 0 ? [`removed ${counted(removed)}, ${size(before.bytes - bytes)}`] : []),
    ]
    if (bytes <= budget) return { what, state: 'ok', detail: parts.join('; ') }
    const cure =
      wanted === 'as it is'
        ? 'the next run removes what was unused the longest, "npx arete doctor --clean" does it now'
        : 'the rest is in use'
    return {
      what,
      state: 'warn',
      detail: `${parts.join('; ')}; over the budget (ARETE_CACHE_BUDGET): ${cure}`,
    }
  } catch (error) {
    return { what, state: 'bad', detail: (error as Error).message }
  }
}

function counted(items: readonly Kept[]): string {
  const words = { image: 'image', volume: 'runtime', repository: 'repository', lift: 'lift' } as const
  const counts = Object.entries(words)
    .map(([kind, word]) => ({ word, count: items.filter(item => item.kind === kind).length }))
    .filter(({ count }) => count > 0)
  const plural = (word: string): string => (word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`)
  return counts.map(({ word, count }) => `${count} ${count > 1 ? plural(word) : word}`).join(', ')
}

function size(bytes: number): string {
  const gigabytes = bytes / 2 ** 30
  return gigabytes >= 0.95 ? `${gigabytes.toFixed(1)} GB` : `${Math.round(bytes / 2 ** 20)} MB`
}
