import pLimit from 'p-limit'
import type { Disposition } from '../../sandbox/affinetes/disposition.ts'
import type { AgentOutcome } from '../../sandbox/agent-phase.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { levelOf } from '../../sandbox/lift.ts'
import { type PatchOutcome, patchFromTree } from '../../sandbox/patch.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Slot } from '../../sandbox/slot.ts'
import { patchRulesOf } from '../../sandbox/suite.ts'
import type { VerifyOutcome } from '../../sandbox/verify-phase.ts'
import { workOnce } from '../attempt/agent-work.ts'
import type { Evaluation, Observer, OpenJob } from '../evaluate.ts'
import { judge, type Verdict } from '../scoring/verdict.ts'
import { type Call, callEnvironment, controlCall, taskCall } from './affinetes.ts'
import { type Answer, openAnswering } from './answering.ts'
import { answerIn, answersIn, changesOf, renderQuestion } from './answers.ts'
import { verifyOutcomeOf } from './heard.ts'

/**
 * One attempt at a task whose environment asks: each question goes to the agent in a fresh sandbox, its answer is read out of the
 * patch that it leaves there, and in the end the environment says what they were worth. All answers together are the patch of the
 * attempt, so that anybody can let the environment hear them again.
 *
 * @throws SandboxError if the environment or our machinery failed
 */
export async function evaluateDialogue(slot: Slot, job: OpenJob, observer: Observer): Promise<Evaluation> {
  const { prepared, agent } = job
  const { call } = dialogueOf(prepared)
  const started = new Date()
  const clock = performance.now()
  const since = (): number => (performance.now() - clock) / 1000
  observer.onPhase?.('sandbox')
  const giveUp = new AbortController()
  await using desk = new Desk(slot, job, observer, () => giveUp.abort())
  const heard = await hear(slot, prepared, {
    giveUp: giveUp.signal,
    ...(agent.kind === 'oracle' ? { control: oracleCall(prepared) } : {}),
    answer: async ({ messages }) => {
      const instruction = renderQuestion(prepared.task.instruction, messages)
      const agentSeconds = Math.min(prepared.task.agentSeconds, Math.max(1, call.seconds - since()))
      return await desk.answer({ ...prepared, task: { ...prepared.task, instruction, agentSeconds } })
    },
  })
  observer.onPhase?.('verify')
  const outcome = await joinTurns(prepared, desk.turns)
  const verify = isUsable(outcome) ? outcomeOf(prepared, heard) : undefined
  const listening = Math.max(0, heard.seconds - outcome.seconds)
  return {
    ...{ verdict: verdictOf(prepared, outcome, verify), agent: outcome, verify, started },
    seconds: {
      ...{ agent: outcome.seconds, verify: listening },
      overhead: Math.max(0, since() - outcome.seconds - listening),
    },
    ...{ artifacts: [], restored: [], visits: { agent: [], verify: [] }, steps: [] },
    rewards: verify?.report.rewards,
  }
}

/** Lets the environment hear once more what an agent answered, and judges that anew. */
export async function hearAgain(
  slot: Slot,
  prepared: PreparedTask,
  evaluation: Evaluation,
): Promise<Evaluation> {
  const { agent } = evaluation
  const answers = agent.patch.kind === 'patch' ? answersIn(agent.patch.patch) : []
  const heard = await hear(slot, prepared, { answer: async () => answers.shift() ?? '' })
  const verify = outcomeOf(prepared, heard)
  return { ...evaluation, verify, verdict: verdictOf(prepared, agent, verify) }
}

/** Where an agent sits that is asked: one question after the other. */
class Desk implements AsyncDisposable {
  readonly turns: AgentOutcome[] = []
  readonly #slot: Slot
  readonly #job: OpenJob
  readonly #observer: Observer
  readonly #onFailure: () => void
  readonly #limit = pLimit(1)
  #sandbox: Promise<Sandbox> | undefined
  #isClosed = false

  /** @param onFailure - the agent failed, and is not asked any more */
  constructor(slot: Slot, job: OpenJob, observer: Observer, onFailure: () => void) {
    this.#slot = slot
    this.#job = job
    this.#observer = observer
    this.#onFailure = onFailure
  }

  /** @returns undefined if there is no answer: the agent failed, or was asked too often */
  async answer(prepared: PreparedTask): Promise<string | undefined> {
    return await this.#limit(async () => {
      const { turns } = dialogueOf(prepared)
      if (this.#isClosed || this.turns.length >= turns) return undefined
      // The first one may have been made ahead, under the task as it was prepared.
      const isFirst = this.turns.length === 0
      this.#sandbox = this.#slot.take(isFirst ? this.#job.prepared : prepared)
      const sandbox = await this.#sandbox
      const outcome = await workOnce(this.#slot, { ...this.#job, prepared }, sandbox, this.#observer)
      this.#sandbox = undefined
      if (this.#isClosed) return undefined
      this.turns.push(outcome)
      if (isUsable(outcome)) return outcome.patch.kind === 'patch' ? answerIn(outcome.patch.patch) : ''
      this.#isClosed = true
      this.#onFailure()
      return undefined
    })
  }

  /** Whoever is still thinking of an answer is stopped: nobody waits for it. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    const sandbox = await this.#sandbox?.catch(() => undefined)
    await sandbox?.[Symbol.asyncDispose]()
  }
}

/** What came of a call; no disposition if it was given up because of the agent. */
interface Heard {
  readonly disposition: Disposition | undefined
  readonly visits: readonly string[]
  readonly seconds: number
}

/**
 * Calls the environment, and answers what it asks.
 *
 * @param call - the task's own, or a control that asks nobody
 * @throws what `answer` threw
 */
async function hear(
  slot: Slot,
  prepared: PreparedTask,
  options: { readonly control?: Call | undefined; readonly giveUp?: AbortSignal; readonly answer: Answer },
): Promise<Heard> {
  const { call: declared, task, variables } = dialogueOf(prepared)
  const { environment: id } = prepared.task
  const stop = new AbortController()
  let failure: { readonly error: unknown } | undefined
  await using endpoint = await openAnswering(async question => {
    try {
      return await options.answer(question)
    } catch (error) {
      failure ??= { error }
      stop.abort()
      throw error
    }
  })
  const clock = performance.now()
  const seconds = (): number => (performance.now() - clock) / 1000
  const { engine, runtimeVolume, run } = slot
  const signal = AbortSignal.any([stop.signal, ...(options.giveUp === undefined ? [] : [options.giveUp])])
  const context = { engine, runtimeVolume, run, id, image: prepared.asker!, declared, variables, signal }
  try {
    const call = options.control ?? taskCall(id, declared, task, endpoint)
    const { disposition, visits } = await callEnvironment(context, call)
    if (failure !== undefined) throw failure.error
    return { disposition, visits, seconds: seconds() }
  } catch (error) {
    if (failure !== undefined) throw failure.error
    if (options.giveUp?.aborted !== true) throw error
    return { disposition: undefined, visits: [], seconds: seconds() }
  }
}

function outcomeOf(prepared: PreparedTask, { disposition, seconds }: Heard): VerifyOutcome | undefined {
  if (disposition === undefined) return undefined
  const { task, call } = dialogueOf(prepared)
  return verifyOutcomeOf(`${prepared.task.environment}/${task}`, disposition, { seconds, most: call.seconds })
}

function verdictOf(
  prepared: PreparedTask,
  { ending, patch }: AgentOutcome,
  verify: VerifyOutcome | undefined,
): Verdict {
  const { runner } = prepared.task.verifier
  return judge({ runner, level: levelOf(prepared.task, prepared.lift), agent: ending, patch, verify })
}

/** The turns as one outcome: how the last one ended, with what all of them said, and all answers as one patch. */
async function joinTurns(prepared: PreparedTask, turns: readonly AgentOutcome[]): Promise<AgentOutcome> {
  const last = turns.at(-1)
  const rest = { events: turns.flatMap(one => one.events), log: Buffer.concat(turns.map(one => one.log)) }
  const seconds = turns.reduce((sum, one) => sum + one.seconds, 0)
  const answers = turns.flatMap(({ patch }) => (patch.kind === 'patch' ? [answerIn(patch.patch)] : ['']))
  const patch = last?.patch.kind === 'invalid' ? last.patch : await patchOfAnswers(prepared, answers)
  return { ending: last?.ending ?? { kind: 'finished' }, exitCode: last?.exitCode, patch, seconds, ...rest }
}

async function patchOfAnswers(prepared: PreparedTask, answers: readonly string[]): Promise<PatchOutcome> {
  if (answers.every(answer => answer === '')) return { kind: 'empty' }
  return await patchFromTree(prepared.repository!, changesOf(answers), patchRulesOf(prepared))
}

function isUsable({ ending, patch }: AgentOutcome): boolean {
  return ending.kind === 'finished' && patch.kind !== 'invalid'
}

function oracleCall(prepared: PreparedTask): Call {
  const call = controlCall(dialogueOf(prepared).call, 'oracle')
  if (call !== undefined) return call
  throw new SandboxError(
    'task-unusable',
    `Cannot run the oracle on "${prepared.task.name}": its environment declares no control "oracle"`,
  )
}

function dialogueOf({ task }: PreparedTask): NonNullable<PreparedTask['task']['dialogue']> {
  if (task.dialogue !== undefined) return task.dialogue
  throw new SandboxError('task-unusable', `Cannot ask anybody about "${task.name}": it is no dialogue`)
}
