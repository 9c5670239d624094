import { expect, test } from 'vitest'
import { waitForHealth } from '../../sandbox/health.ts'
import type { Healthcheck } from '../../task-bank/task.ts'

const check: Healthcheck = {
  test: { kind: 'sh', line: 'true' },
  intervalSeconds: 5,
  timeoutSeconds: 30,
  startSeconds: 10,
  startIntervalSeconds: 2,
  retries: 3,
}

test('a machine that is ready at once is not waited for', async () => {
  expect(await watch(check, [true])).toEqual({ health: { kind: 'healthy' }, pauses: [] })
})

test('failures in the start period do not count, and are not far apart', async () => {
  const { health, pauses } = await watch(check, [...Array(8).fill(false), true])

  expect(health).toEqual({ kind: 'healthy' })
  expect(pauses).toEqual([0.1, 0.2, 0.4, 0.8, 1.6, 2, 2, 2])
})

test('after it so many failures in a row are the end', async () => {
  const { health, pauses } = await watch({ ...check, startSeconds: 0 }, Array(9).fill(false))

  expect(health).toEqual({ kind: 'unhealthy', failures: 3 })
  expect(pauses).toEqual([5, 5])
})

/** Watches with a clock that only pauses move. */
async function watch(one: Healthcheck, results: boolean[]) {
  let now = 0
  const pauses: number[] = []
  const health = await waitForHealth(
    one,
    async () => results.shift()!,
    () => now,
    async seconds => {
      pauses.push(seconds)
      now += seconds
    },
  )
  return { health, pauses }
}
