import { setTimeout as sleep } from 'node:timers/promises'
import type { Healthcheck } from '../task-bank/task.ts'
import type { Image } from './engine.ts'

/** The first pause between checks while failures do not count yet; it doubles up to what the check asks for. */
const FIRST_PAUSE = 0.1

export type Health = { readonly kind: 'healthy' } | { readonly kind: 'unhealthy'; readonly failures: number }

/**
 * Checks until one check passes, or so many in a row have failed as the check says. Never waits longer than it asks, and
 * less while failures do not count: a machine is used as soon as it is ready.
 *
 * @param passes - runs the check once
 * @param clock - seconds, from anywhere
 */
export async function waitForHealth(
  check: Healthcheck,
  passes: () => Promise<boolean>,
  clock: () => number = () => performance.now() / 1000,
  pause: (seconds: number) => Promise<void> = async seconds => void (await sleep(seconds * 1000)),
): Promise<Health> {
  const start = clock()
  let failures = 0
  for (let tries = 0; ; tries += 1) {
    const isStarting = clock() - start < check.startSeconds
    if (await passes()) return { kind: 'healthy' }
    if (isStarting) {
      await pause(Math.min(check.startIntervalSeconds, FIRST_PAUSE * 2 ** tries))
      continue
    }
    failures += 1
    if (failures >= check.retries) return { kind: 'unhealthy', failures }
    await pause(check.intervalSeconds)
  }
}

/** The program that runs a check, given the shell of its machine. */
export function argvOf({ test }: Healthcheck, shell: string): string[] {
  return test.kind === 'exec' ? [...test.argv] : [shell, '-c', test.line]
}

/** The check that an image brings along, if it has one. */
export function imageHealthcheck({ healthcheck }: Image): Healthcheck | undefined {
  const [how, ...rest] = healthcheck?.test ?? []
  if (healthcheck === undefined || (how !== 'CMD' && how !== 'CMD-SHELL') || rest.length === 0)
    return undefined
  return {
    test: how === 'CMD' ? { kind: 'exec', argv: rest } : { kind: 'sh', line: rest[0]! },
    intervalSeconds: healthcheck.interval,
    timeoutSeconds: healthcheck.timeout,
    startSeconds: healthcheck.startPeriod,
    startIntervalSeconds: 5,
    retries: healthcheck.retries,
  }
}
