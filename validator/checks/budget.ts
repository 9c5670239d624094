import { setTimeout as sleep } from 'node:timers/promises'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { judgeLimits, measureBudget, type Usage } from '../../task-bank/checks/budget.ts'
import type { CheckContext, Rule } from './rule.ts'
import { tryPatch } from './trial.ts'
import { rejectChanging } from './verdicts.ts'

const RUNS = 3
/** Between two questions: each costs the engine a little, and the tests are timed. */
const PAUSE_MS = 20
const MEBIBYTE = 2 ** 20

/** What the hidden tests need with the reference in place, by the engine's word; and whether the task's limits fit it. */
export const budget: Rule = {
  name: 'budget',
  isSlow: true,
  steps: () => RUNS,
  async run(context) {
    const { task } = context.prepared
    const usages: Usage[] = []
    for (let number = 0; number < RUNS; number++) {
      const watched = openWatch(context)
      const { seconds } = await tryPatch(context, 'reference', { watch: watched.start })
      usages.push({ seconds, ...watched.most() })
    }
    rejectChanging(context)
    const measured = measureBudget(usages)
    const limits = { timeoutSeconds: task.verifier.seconds, memoryMegabytes: task.limits.memoryMegabytes }
    for (const mismatch of judgeLimits(measured, limits)) context.warn(mismatch)
    const round = ({ median, most }: { median: number; most: number }) => ({
      median: Math.round(median * 1000) / 1000,
      most: Math.round(most * 1000) / 1000,
    })
    const { seconds, memoryMegabytes } = measured
    return {
      budget: { ...measured, seconds: round(seconds), memoryMegabytes: round(memoryMegabytes) },
    }
  },
}

/**
 * Asks the engine again and again what a sandbox uses, from before the tests to their end; there is no event for it. What our
 * resident needs comes on top of what a task may use, and is not counted: it is what is used before, without the repository.
 */
function openWatch({ prepared }: CheckContext): {
  start: (sandbox: Sandbox) => AsyncDisposable
  most: () => Omit<Usage, 'seconds'>
} {
  const tree = prepared.repository?.tree.body.length ?? 0
  let memory = 0
  let processes = 0
  let own: { memory: number; processes: number } | undefined
  return {
    start: sandbox => {
      let over = false
      const watching = (async () => {
        while (!over) {
          const usage = await sandbox.usage()
          if (usage === undefined) return
          own ??= { memory: Math.max(0, usage.memoryBytes - tree), processes: usage.processes }
          memory = Math.max(memory, usage.memoryBytes - own.memory)
          processes = Math.max(processes, usage.processes - own.processes)
          await sleep(PAUSE_MS)
        }
      })()
      return {
        async [Symbol.asyncDispose]() {
          over = true
          await watching
        },
      }
    },
    // What ends between two answers is not seen, but something has run.
    most: () => ({ memoryMegabytes: memory / MEBIBYTE, processes: Math.max(1, processes) }),
  }
}
