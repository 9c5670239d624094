import type { Fault } from './fault.ts'

/** Pairs that one belief may make. */
const MOST = 3

/**
 * Mistakes over two files: two faults that come from one wrong belief, so that whoever repairs only one has not understood it.
 *
 * @param faults - single ones of different files
 */
export function combineFaults(faults: readonly Fault[]): readonly Fault[] {
  const groups = new Map<string, Fault[]>()
  for (const fault of faults) {
    if (fault.belief === undefined) continue
    const key = `${fault.kind} ${fault.belief}`
    groups.set(key, [...(groups.get(key) ?? []), fault])
  }
  return [...groups.values()].flatMap(group => pairs(group).slice(0, MOST).map(join))
}

function pairs(group: readonly Fault[]): (readonly [Fault, Fault])[] {
  return group.flatMap((one, index) =>
    group
      .slice(index + 1)
      .filter(other => other.place.file !== one.place.file)
      .map(other => [one, other] as const),
  )
}

function join([one, other]: readonly [Fault, Fault]): Fault {
  return {
    kind: 'combined',
    place: one.place,
    edits: [...one.edits, ...other.edits],
    description: `${one.description}; ${other.description} in ${other.place.file}`,
    belief: one.belief,
  }
}
