import { readPeaks } from '../../sandbox/peaks.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { judgeLimits, measureBudget, type Usage } from '../../task-bank/checks/budget.ts'
import type { CheckContext, Rule } from './rule.ts'
import { tryPatch } from './trial.ts'
import { rejectChanging } from './verdicts.ts'

const RUNS = 3
const MEBIBYTE = 2 ** 20

/** What the hidden tests need with the reference in place, as the kernel counts it; and whether the task's limits fit it. */
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
      const most = watched.most()
      if (most !== undefined) usages.push({ seconds, ...most })
    }
    rejectChanging(context)
    if (usages.length === 0) {
      context.warn('what the tests need is not known: the kernel does not say it in a sandbox here')
      return { budget: null }
    }
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
 * What the kernel counted in a sandbox until the tests had ended. What our resident needs comes on top of what a task may use,
 * and is not counted: it is what is used before, without the repository.
 */
function openWatch({ prepared }: CheckContext) {
  const tree = prepared.repository?.tree.body.length ?? 0
  let most: Omit<Usage, 'seconds'> | undefined
  return {
    start: async (sandbox: Sandbox): Promise<AsyncDisposable> => {
      const before = await readPeaks(sandbox)
      return {
        async [Symbol.asyncDispose]() {
          const after = await readPeaks(sandbox)
          if (before === undefined || after === undefined) return
          const own = Math.max(0, before.now.memoryBytes - tree)
          most = {
            memoryMegabytes: Math.max(0, after.memoryBytes - own) / MEBIBYTE,
            processes: Math.max(1, after.processes - before.now.processes),
          }
        },
      }
    },
    most: () => most,
  }
}
