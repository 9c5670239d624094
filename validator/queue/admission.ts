/** What an attempt needs of the machine, and what the machine has. */
export interface Need {
  readonly cpus: number
  readonly memoryMegabytes: number
}

interface Waiting {
  readonly need: Need | 'alone'
  readonly start: () => void
}

/**
 * Lets attempts in while their needs fit together, first come first served, and one at a time those that want to be alone;
 * these wait until nobody else runs or waits. A need larger than the machine is let in when nothing else runs.
 */
export class Admission {
  readonly #capacity: Need
  readonly #waiting: Waiting[] = []
  #running = 0
  #used: Need = { cpus: 0, memoryMegabytes: 0 }
  #alone = false

  constructor(capacity: Need) {
    this.#capacity = capacity
  }

  /** Whether more than one attempt is in. */
  get busy(): boolean {
    return this.#running > 1
  }

  /** Whether somebody with this need would be let in at once. */
  hasRoom(need: Need): boolean {
    return !this.#alone && this.#waiting.length === 0 && (this.#running === 0 || this.#fits(need))
  }

  /** Waits for a place; call what it gives when done. */
  async enter(need: Need | 'alone'): Promise<() => void> {
    await new Promise<void>(start => {
      this.#waiting.push({ need, start })
      this.#admit()
    })
    let left = false
    return () => {
      if (left) return
      left = true
      this.#leave(need)
    }
  }

  #admit(): void {
    for (;;) {
      const index = this.#next()
      if (index < 0) return
      const { need, start } = this.#waiting.splice(index, 1)[0]!
      this.#running += 1
      if (need === 'alone') this.#alone = true
      else this.#used = add(this.#used, need, 1)
      start()
    }
  }

  #next(): number {
    if (this.#alone) return -1
    const ordinary = this.#waiting.findIndex(({ need }) => need !== 'alone')
    if (ordinary < 0) return this.#running === 0 && this.#waiting.length > 0 ? 0 : -1
    return this.#running === 0 || this.#fits(this.#waiting[ordinary]!.need as Need) ? ordinary : -1
  }

  #fits(need: Need): boolean {
    const after = add(this.#used, need, 1)
    return after.cpus <= this.#capacity.cpus + 1e-9 && after.memoryMegabytes <= this.#capacity.memoryMegabytes
  }

  #leave(need: Need | 'alone'): void {
    this.#running -= 1
    if (need === 'alone') this.#alone = false
    else this.#used = add(this.#used, need, -1)
    this.#admit()
  }
}

function add(one: Need, other: Need, sign: 1 | -1): Need {
  return {
    cpus: one.cpus + sign * other.cpus,
    memoryMegabytes: one.memoryMegabytes + sign * other.memoryMegabytes,
  }
}
