/** Whether an engine hangs: what is under way on it would wait for ever. */
export interface Watch extends Disposable {
  /** Aborts if the engine does not answer for too long from now on. */
  readonly signal: () => AbortSignal
  /** Without an answer, until it is said to hang. */
  readonly seconds: number
}

const LOOKS = 6

/** @param seconds - without any answer, after which an engine is said to hang */
export function openWatch(answers: () => Promise<boolean>, seconds: number): Watch {
  let hangs = new AbortController()
  let heard = performance.now()
  const look = async (): Promise<void> => {
    const isThere = await answers()
    if (!isThere && performance.now() - heard < seconds * 1000) return
    heard = performance.now()
    if (isThere) return
    hangs.abort()
    hangs = new AbortController()
  }
  const timer = setInterval(() => void look(), (seconds * 1000) / LOOKS)
  return { seconds, signal: () => hangs.signal, [Symbol.dispose]: () => clearInterval(timer) }
}
