import { MOST } from './limits.ts'

/** What is left to be done for one agent, in counts of work. */
export interface Budget {
  steps: number
  lostSteps: number
  nodes: number
}

export function openBudget(): Budget {
  return { steps: MOST.steps, lostSteps: MOST.lostSteps, nodes: MOST.nodes }
}
