import { setTimeout as sleep } from 'node:timers/promises'

/** Whether this machine is fit to judge anybody. Each fault of ours in a row makes it rest longer, and it rests while its engine does. */
export interface Health {
  readonly worked: () => void
  readonly faulted: () => void
  /** Settles at once if all is well, else once the engine answers and the rest is over; at the latest when the signal aborts. */
  readonly recovered: () => Promise<void>
}

const LOOK_SECONDS = 2

export function openHealth(context: {
  readonly answers: () => Promise<boolean>
  readonly signal: AbortSignal
  readonly say: (message: string) => void
}): Health {
  const { answers, signal, say } = context
  let inRow = 0
  let rested = 0
  const pause = (seconds: number): Promise<unknown> =>
    sleep(seconds * 1000, undefined, { signal }).catch(() => {})
  return {
    worked() {
      inRow = 0
    },
    faulted() {
      inRow += 1
      rested = performance.now() + 1000 * restSeconds(inRow)
    },
    async recovered() {
      if (inRow === 0) return
      for (let told = false; !signal.aborted && !(await answers()); told = true) {
        if (!told) say('waits for its container engine')
        await pause(LOOK_SECONDS)
      }
      const left = (rested - performance.now()) / 1000
      if (left <= 0 || signal.aborted) return
      say(`rests for ${Math.ceil(left)} s after ${inRow} faults in a row`)
      await pause(left)
    },
  }
}

/** None after the first, which may be about one attempt; then 2, 4, 8, … seconds, at most five minutes. */
export function restSeconds(inRow: number): number {
  return inRow < 2 ? 0 : Math.min(300, 2 ** (inRow - 1))
}
