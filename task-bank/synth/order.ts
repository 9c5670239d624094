import { createHash } from 'node:crypto'
import type { Fault } from '../faults/fault.ts'

/** What a fault is called in journals and names of tasks: equal for equal changes of equal places. */
export function idOf({ kind, edits }: Fault): string {
  const changes = edits.map(({ file, start, before, after }) => [file, start, before, after])
  return digest(JSON.stringify([kind, changes])).slice(0, 10)
}

/**
 * The order in which faults are tried: it follows from seed and faults alone. Each kind in turn gives one, so that the first few are
 * as different as they can be; two that share a function come far from each other.
 */
export function orderFaults(faults: readonly Fault[], seed: string): Fault[] {
  const rank = new Map(faults.map(fault => [fault, digest(`${seed} ${idOf(fault)}`)]))
  const sorted = faults.toSorted((one, other) => compare(rank.get(one)!, rank.get(other)!))
  const turns = new Map<string, number>()
  const turnOf = new Map<Fault, number>()
  for (const fault of sorted) {
    const turn = turns.get(fault.kind) ?? 0
    turns.set(fault.kind, turn + 1)
    turnOf.set(fault, turn)
  }
  return sorted.toSorted((one, other) => turnOf.get(one)! - turnOf.get(other)!)
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
