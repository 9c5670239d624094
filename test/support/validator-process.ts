import { type Running, startArete } from './arete.ts'
import { until } from './validator.ts'

/** Starts a validator on a free port. */
export async function startValidator(
  env: Record<string, string>,
  ...args: string[]
): Promise<Running & { url: string }> {
  const running = startArete(['validator', 'start', ...args], { ...env, ARETE_LISTEN: '127.0.0.1:0' })
  const url = await until(async () => /"url":"(http:[^"]+)"/.exec(running.said())?.[1], 60, running.said)
  return { ...running, url }
}

/** Until a worker waits for jobs. */
export async function untilItWorks(worker: Running): Promise<void> {
  await until(async () => (worker.said().includes('places') ? true : undefined), 60, worker.said)
}
