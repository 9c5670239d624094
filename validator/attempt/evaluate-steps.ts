import type { AgentOutcome } from '../../sandbox/agent-phase.ts'
import { readFolder } from '../../sandbox/archive.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { checkHealth, placeOf, runLine } from '../../sandbox/machine.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Slot } from '../../sandbox/slot.ts'
import type { Step } from '../../task-bank/task.ts'
import type { Evaluation, Observer, OpenJob, StepEvaluation } from '../evaluate.ts'
import { judgeSteps, missedReward, rewardsOf } from '../scoring/steps.ts'
import { openServices } from './neighbours.ts'
import { playRound } from './round.ts'

/**
 * One attempt at a task with steps. The machine is handed on from step to step, switched off in between: files stay, processes
 * do not. Each step is verified on a copy of the machine as the step left it, so what tests do reaches no agent.
 */
export async function evaluateSteps(slot: Slot, job: OpenJob, observer: Observer): Promise<Evaluation> {
  const { prepared, run } = job
  const { task } = prepared
  const started = new Date()
  const clock = performance.now()
  const done: StepEvaluation[] = []
  const machines: string[] = []
  let stopped: string | undefined
  await using services = await openServices(slot, prepared, run)
  try {
    for (const [index, step] of task.steps.entries()) {
      const own = prepared.steps[index]!
      const machine = machines.at(-1)
      const first =
        machine !== undefined
          ? slot.takeSnapshot(own, machine, services)
          : services === undefined
            ? slot.take(own)
            : slot.takeAmong(own, services)
      let round: Awaited<ReturnType<typeof playRound>>
      try {
        round = await playRound(
          slot,
          {
            ...{ prepared: own, agent: job.agent, run, first, services, models: job.models },
            isFirst: index === 0,
            changes: done.at(-1)?.changes ?? [],
            keepsMachine: index + 1 < task.steps.length,
            prepare: sandbox => prepareStep(sandbox, own, step),
          },
          observer,
        )
      } catch (error) {
        // What an earlier step left may be why a later one cannot begin.
        if (!(error instanceof StepError) || index === 0) throw error
        stopped = error.message
        break
      }
      done.push({ name: step.name, ...round })
      if (round.machine !== undefined) machines.push(round.machine)
      if (round.verify === undefined) break
      stopped = missedReward(step.name, rewardsOf(round), step.least)
      if (stopped !== undefined) break
    }
  } finally {
    for (const machine of machines.reverse()) slot.forget(machine)
  }
  const total = (performance.now() - clock) / 1000
  const { verdict, rewards } = judgeSteps(task, done, stopped)
  const sum = (of: (one: StepEvaluation) => number): number => done.reduce((all, one) => all + of(one), 0)
  const seconds = { agent: sum(one => one.agent.seconds), verify: sum(one => one.verify?.seconds ?? 0) }
  return {
    verdict,
    agent: joinOutcomes(
      done.map(one => one.agent),
      seconds.agent,
    ),
    verify: done.at(-1)!.verify,
    started,
    seconds: { ...seconds, overhead: Math.max(0, total - seconds.agent - seconds.verify) },
    artifacts: [],
    restored: done.flatMap(one => one.restored),
    visits: {
      agent: done.flatMap(one => one.visits.agent),
      verify: done.flatMap(one => one.visits.verify),
    },
    rewards,
    steps: done,
  }
}

/** A step's machine could not be made ready by what the task brings. */
class StepError extends SandboxError {}

async function prepareStep(sandbox: Sandbox, prepared: PreparedTask, step: Step): Promise<void> {
  const place = placeOf(prepared, prepared.agentUser)
  if (step.workdirFolder !== undefined) {
    const files = readFolder(step.workdirFolder)
    await sandbox.put(prepared.workdir, files, prepared.agentUser)
    if (files.entries.some(entry => entry.path === 'setup.sh')) {
      const argv = ['/bin/bash', `${prepared.workdir.replace(/\/$/, '')}/setup.sh`]
      const { ok, how } = await runLine(sandbox, argv, { ...place, seconds: prepared.task.agentSeconds })
      if (!ok)
        throw new StepError(
          'task-unusable',
          `Cannot begin step "${step.name}": its setup.sh ended with ${how}`,
        )
    }
  }
  if (step.healthcheck === undefined) return
  try {
    await checkHealth(sandbox, step.healthcheck, placeOf(prepared, prepared.imageUser))
  } catch (error) {
    if (!(error instanceof SandboxError) || error.code !== 'service-failed') throw error
    throw new StepError(error.code, `Cannot begin step "${step.name}": ${error.message}`, { cause: error })
  }
}

/** The last one's ending, with what all of them said. */
function joinOutcomes(outcomes: readonly AgentOutcome[], seconds: number): AgentOutcome {
  const last = outcomes.at(-1)!
  return {
    ...last,
    events: outcomes.flatMap(one => one.events),
    log: Buffer.concat(outcomes.map(one => one.log)),
    seconds,
  }
}
