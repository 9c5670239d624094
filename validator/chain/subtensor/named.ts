import type { Item, Node } from '../node.ts'

/** Reads items under names of our own in one request; what the chain does not have, or has not set, is undefined. */
export async function readNamed<Name extends string>(
  node: Node,
  at: string,
  items: Readonly<Record<Name, Item>>,
): Promise<Readonly<Record<Name, unknown>>> {
  const offers = await node.offers()
  const names = (Object.keys(items) as Name[]).filter(name =>
    offers.hasItem(items[name].pallet, items[name].item),
  )
  const values = await node.read(
    at,
    names.map(name => items[name]),
  )
  return Object.fromEntries(names.map((name, index) => [name, values[index]])) as Record<Name, unknown>
}

/** An item of subtensor's own pallet. */
export function own(item: string, ...keys: readonly unknown[]): Item {
  return { pallet: 'subtensorModule', item, keys }
}
