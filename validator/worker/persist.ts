import { setTimeout as sleep } from 'node:timers/promises'

const TRIES = 6
/** Two transactions that waited for each other, and whatever has to do with the connection rather than with what was asked. */
const PASSING = /^(40001|40P01|08|57P)|^(ECONN|EPIPE|ETIMEDOUT)/

/**
 * Does something in the database again if it failed for a reason that passes. For what may be done twice: a result that was kept,
 * though we never heard of it, finds its lease gone the second time.
 */
export async function persist<T>(act: () => Promise<T>): Promise<T> {
  for (let number = 1; ; number++) {
    try {
      return await act()
    } catch (error) {
      if (number === TRIES || !isPassing(error)) throw error
      await sleep(250 * 2 ** number)
    }
  }
}

function isPassing(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code !== undefined && PASSING.test(code)) return true
    if (/Connection terminated|connection timeout|not queryable/i.test(cause.message)) return true
  }
  return false
}
