import type { VerifyOutcome } from '../../sandbox/verify-phase.ts'
import type { Task } from '../../task-bank/task.ts'
import type { Verdict } from './verdict.ts'

export type Rewards = Readonly<Record<string, number>>

interface Judged {
  readonly verdict: Verdict
  readonly verify: Pick<VerifyOutcome, 'ending' | 'report'> | undefined
}

/** The rewards of a round that was verified: those that its tests wrote, else 1 or 0 by its verdict. */
export function rewardsOf({ verdict, verify }: Judged): Rewards | undefined {
  if (verify === undefined) return undefined
  const { reward } = verify.report
  const rewards = verify.report.rewards ?? (reward === undefined ? undefined : { reward })
  const counts =
    verdict.reason === 'tests-passed' || verdict.reason === 'tests-failed' || verdict.reason === 'no-patch'
  if (rewards !== undefined && counts) return rewards
  return { reward: verdict.verdict === 'solved' ? 1 : 0 }
}

/** Why the steps after this one are not worked on, if a reward that is needed for them was missed. */
export function missedReward(name: string, rewards: Rewards | undefined, least: Rewards): string | undefined {
  for (const [key, wanted] of Object.entries(least)) {
    const got = rewards !== undefined && Object.hasOwn(rewards, key) ? rewards[key]! : undefined
    if (got === undefined || got < wanted)
      return `Step "${name}" has ${got === undefined ? `no reward "${key}"` : `the reward ${key} = ${got}`}, and ${wanted} is needed to go on`
  }
  return undefined
}

/**
 * Judges an attempt at a task with steps: solved if each step was worked on and verified, and the reward of the whole, the mean
 * over the steps or that of the last one, is 1 or more. In a mean a key that a step does not give counts 0.
 *
 * @param stopped - why not all steps were worked on, if that was not the agent's ending
 */
export function judgeSteps(
  task: Pick<Task, 'steps' | 'rewardOf'>,
  done: readonly (Judged & { readonly name: string })[],
  stopped: string | undefined,
): { verdict: Verdict; rewards: Rewards | undefined } {
  const given = done.map(rewardsOf).filter(one => one !== undefined)
  const last = done.at(-1)
  const rewards = task.rewardOf === 'final' ? last && rewardsOf(last) : meanOf(given)
  const reward = rewards === undefined ? undefined : (rewards.reward ?? Math.min(...Object.values(rewards)))
  const failed = done.find(one => one.verdict.verdict !== 'solved') ?? last
  const base: Verdict = failed?.verdict ?? EMPTY
  const evidence = done.flatMap(one => one.verdict.evidence)
  const tests = {
    expected: done.flatMap(one => one.verdict.tests.expected.map(id => `${one.name}: ${id}`)),
    passed: done.flatMap(one => one.verdict.tests.passed.map(id => `${one.name}: ${id}`)),
    failed: done.flatMap(one => one.verdict.tests.failed.map(id => `${one.name}: ${id}`)),
  }
  const common = { ...base, tests, evidence }
  const whole = stopped === undefined && given.length === task.steps.length
  if (whole && reward !== undefined && reward >= 1 && evidence.length === 0)
    return {
      rewards,
      verdict: {
        ...common,
        verdict: 'solved',
        reason: 'tests-passed',
        detail: `The reward of ${done.length} steps is ${reward}`,
        fault: undefined,
      },
    }
  const named = failed === undefined ? '' : `Step "${failed.name}": ${failed.verdict.detail}`
  const isOwn = base.verdict !== 'solved'
  return {
    rewards,
    verdict: {
      ...common,
      verdict: isOwn ? base.verdict : 'unsolved',
      reason: isOwn ? base.reason : 'tests-failed',
      detail:
        [isOwn ? named : '', stopped ?? ''].filter(Boolean).join('. ') ||
        `The reward of ${done.length} steps is ${reward}`,
      fault: 'agent',
    },
  }
}

function meanOf(rewards: readonly Rewards[]): Rewards | undefined {
  if (rewards.length === 0) return undefined
  const keys = [...new Set(rewards.flatMap(one => Object.keys(one)))]
  return Object.fromEntries(
    keys.map(key => [key, rewards.reduce((sum, one) => sum + (one[key] ?? 0), 0) / rewards.length]),
  )
}

const EMPTY: Verdict = {
  verdict: 'unsolved',
  reason: 'tests-failed',
  detail: 'No step was worked on',
  fault: 'agent',
  level: 'reward',
  tests: { expected: [], passed: [], failed: [] },
  evidence: [],
}
