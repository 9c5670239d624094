/**
 * What is still to be done, in order. A place may reserve what it does next, so as to make ready for it; a place that has
 * nothing else left takes what another one has reserved, rather than standing idle.
 */
export class Line<Item> {
  readonly #free: Item[]
  readonly #reserved = new Map<object, Item>()

  constructor(items: readonly Item[]) {
    this.#free = [...items]
  }

  take(place: object): Item | undefined {
    const owner = this.#reserved.has(place)
      ? place
      : this.#free.length > 0
        ? undefined
        : [...this.#reserved.keys()].at(-1)
    if (owner === undefined) return this.#free.shift()
    const item = this.#reserved.get(owner)
    this.#reserved.delete(owner)
    return item
  }

  reserve(place: object): Item | undefined {
    const item = this.#reserved.get(place) ?? this.#free.shift()
    if (item !== undefined) this.#reserved.set(place, item)
    return item
  }
}
