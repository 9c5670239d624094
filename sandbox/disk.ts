import { setTimeout as sleep } from 'node:timers/promises'
import type { Container } from './engine.ts'

/** How often a container is looked at, at most. */
const PAUSE = 500

/**
 * Kills a container when it has added more than `limit` bytes to its image, and says whether it did so. The kernel limits
 * single files only, and has no event for the sum; the pauses grow with what a look costs.
 *
 * @param limit - undefined if the image cannot be written at all
 */
export async function watchDisk(
  container: Pick<Container, 'writtenBytes' | 'kill'>,
  limit: number | undefined,
  ended: AbortSignal,
): Promise<boolean> {
  if (limit === undefined) return false
  for (let pause = PAUSE; await waits(pause, ended); ) {
    const start = performance.now()
    // A container that has gone has nothing more to fill.
    const written = await container.writtenBytes().catch(() => 0)
    if (written > limit) {
      await container.kill()
      return true
    }
    pause = Math.max(PAUSE, 10 * (performance.now() - start))
  }
  return false
}

/** @returns false if the signal came first */
async function waits(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return await sleep(milliseconds, true, { signal }).catch(() => false)
}
