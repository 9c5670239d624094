import type { Budget } from './contract.ts'

/** What something cost: model calls, tokens as the provider counted them, US dollars. */
export interface Usage {
  readonly steps: number
  readonly inputTokens: number
  readonly outputTokens: number
  readonly usd: number
}

/** A budget that can be charged. Agents see it as the contract's `Budget`; the model client calls `add`. */
export interface MeteredBudget extends Budget {
  readonly add: (usage: Partial<Usage>) => void
  readonly spent: () => Usage
}

export interface BudgetOptions {
  /** Wall-clock seconds, counted from now on. */
  readonly seconds: number
  /** US dollars for inference. */
  readonly usd: number
  /** The clock, in milliseconds. Best a monotonic one, such as `performance.now`. */
  readonly now: () => number
}

/**
 * Starts counting. It advises the agent and enforces nothing: time is enforced from outside the
 * container, money by the gateway. Neither what is left of time nor of money ever goes below zero.
 */
export function openBudget({ seconds, usd, now }: BudgetOptions): MeteredBudget {
  const start = now()
  let total: Usage = { steps: 0, inputTokens: 0, outputTokens: 0, usd: 0 }

  return {
    secondsLeft: () => Math.max(0, seconds - (now() - start) / 1000),
    usdLeft: () => Math.max(0, usd - total.usd),
    stepsTaken: () => total.steps,
    spent: () => total,
    add({ steps = 0, inputTokens = 0, outputTokens = 0, usd = 0 }) {
      total = {
        steps: total.steps + steps,
        inputTokens: total.inputTokens + inputTokens,
        outputTokens: total.outputTokens + outputTokens,
        usd: total.usd + usd,
      }
    },
  }
}

/** Says what has run out, time before money; `undefined` while there is some of both. */
export function checkBudget(budget: Budget): 'time' | 'money' | undefined {
  if (budget.secondsLeft() <= 0) return 'time'
  return budget.usdLeft() <= 0 ? 'money' : undefined
}
