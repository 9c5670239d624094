import { setTimeout as sleep } from 'node:timers/promises'
import { SandboxError } from '../../sandbox/errors.ts'

const AGAIN = 2000

/**
 * Does what needs the engine, again and again while that goes away in the middle of it: somebody starts it anew, and nobody has to
 * start us. Each reason is said once.
 *
 * @throws what has nothing to do with the engine; after the signal whatever it fails with
 */
export async function outlast<Result>(
  act: () => Promise<Result>,
  { signal, say }: { readonly signal: AbortSignal; readonly say: (message: string) => void },
): Promise<Result> {
  for (let told = ''; ; ) {
    try {
      return await act()
    } catch (error) {
      const isEngine =
        error instanceof SandboxError && (error.code === 'engine-failed' || error.code === 'engine-missing')
      if (!isEngine || signal.aborted) throw error
      if (error.message !== told) say(`waits for its container engine: ${error.message}`)
      told = error.message
      await sleep(AGAIN, undefined, { signal }).catch(() => {})
    }
  }
}
