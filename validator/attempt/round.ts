import { type AgentOutcome, runAgentPhase } from '../../sandbox/agent-phase.ts'
import {
  type Collected,
  collectMain,
  collectServices,
  joinCollected,
  joinTrees,
  runMainHooks,
  runServiceHooks,
} from '../../sandbox/collect.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import type { Visit } from '../../sandbox/gate.ts'
import { levelOf } from '../../sandbox/lift.ts'
import { startMachine } from '../../sandbox/machine.ts'
import { labelsOf } from '../../sandbox/owner.ts'
import type { Patch } from '../../sandbox/patch.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import { type Restored, restoreTools } from '../../sandbox/restore.ts'
import type { Files, Sandbox } from '../../sandbox/sandbox.ts'
import type { Services } from '../../sandbox/services.ts'
import { freshName, type Slot } from '../../sandbox/slot.ts'
import { joinChanges, type MachineChange } from '../../sandbox/tools.ts'
import { runVerifyPhase, type VerifyOutcome } from '../../sandbox/verify-phase.ts'
import type { Observer, OpenJob } from '../evaluate.ts'
import { judge, type Verdict } from '../scoring/verdict.ts'
import { tellEnded } from './agent-ended.ts'
import { openServices } from './neighbours.ts'

/** One agent phase and what was made of it. */
export interface Round {
  readonly verdict: Verdict
  readonly agent: AgentOutcome
  readonly verify: VerifyOutcome | undefined
  readonly artifacts: readonly Collected[]
  readonly restored: readonly string[]
  readonly visits: { readonly agent: readonly Visit[]; readonly verify: readonly Visit[] }
  /** The machine as the agent left it, if it is to be gone on with: an image, to be removed by whoever asked for it. */
  readonly machine: string | undefined
  /** What of that machine differs from the task's image. */
  readonly changes: readonly MachineChange[]
  readonly times: { readonly agent: Date; readonly verify: Date }
}

export interface RoundJob extends OpenJob {
  /** Where the agent is to work. */
  readonly first: Promise<Sandbox>
  readonly services: Services | undefined
  /** Nothing was worked on this machine before. */
  readonly isFirst: boolean
  readonly keepsMachine: boolean
  /** What of the machine differs from the task's image already. */
  readonly changes?: readonly MachineChange[]
  /** What is done on the machine before the agent works. */
  readonly prepare?: (sandbox: Sandbox) => Promise<void>
}

const DAY = 24 * 3600

/**
 * Lets an agent work in a sandbox, reads what it left, and has it judged in a second one.
 *
 * In snapshot mode the services that the agent had are part of what is judged: the tests find them as they are, in reach of a
 * machine that is new. In patch mode, and with a separate verifier, the tests have services of their own.
 */
export async function playRound(slot: Slot, job: RoundJob, observer: Observer): Promise<Round> {
  const { prepared, agent, run, first, services, models } = job
  const snapshotMode = prepared.repository === undefined
  const separate = prepared.verifierImage !== undefined
  // The second sandbox is made while the agent works; frozen machines and other images can only come later.
  const early = snapshotMode || separate || services !== undefined ? undefined : slot.take(prepared, 'verify')
  early?.catch(() => {})
  let second: Sandbox | undefined
  let frozen: string | undefined
  let machine: string | undefined
  let own: Services | undefined
  let changes: readonly MachineChange[] = job.changes ?? []
  let restored: Restored = { done: [], leftovers: [] }
  const dial = slot.dial === undefined ? {} : { dial: slot.dial }
  try {
    const sandbox = await first
    await services?.ready()
    const gate = await startMachine(sandbox, prepared, {
      ...{ phase: 'agent', isFirst: job.isFirst, models, ...dial },
    })
    await job.prepare?.(sandbox)
    observer.onPhase?.('agent')
    const agentTime = new Date()
    const outcome = await runAgentPhase({
      sandbox,
      prepared,
      agent,
      ...(observer.onEvent === undefined ? {} : { onEvent: observer.onEvent }),
    })
    observer.onPhase?.('patch')
    // Nobody is left who could read an answer.
    if (!job.keepsMachine) await models?.end()
    await tellEnded({ sandbox, prepared, agent, outcome })
    const finished = outcome.ending.kind === 'finished'
    const worth = finished && outcome.patch.kind !== 'invalid'
    if (finished && !sandbox.lost) await runMainHooks(sandbox, prepared)
    const collected = finished && !sandbox.lost ? await collectMain(sandbox, prepared) : undefined
    const labels = labelsOf({ run, role: 'snapshot', seconds: DAY, now: Date.now() })
    if (snapshotMode && worth && (job.keepsMachine || !separate))
      changes = joinChanges(changes, await sandbox.machineChanges())
    if (worth && job.keepsMachine) {
      machine = freshName('arete/snapshot')
      await sandbox.freeze(machine, labels)
    }
    if (snapshotMode && worth && !separate) {
      restored = await restoreTools(slot.engine, sandbox, prepared, { run, changes })
      frozen = freshName('arete/snapshot')
      await sandbox.freeze(frozen, labels)
    }
    // An agent that is root could have broken our resident: its container must be gone before the tests come, and before
    // services are asked for what they saw.
    if (prepared.agentUser.uid === 0 || services !== undefined) await sandbox[Symbol.asyncDispose]()
    else {
      sandbox.closeOutlet()
      slot.discard(sandbox)
    }
    if (services !== undefined && finished) await runServiceHooks(services, prepared)
    const artifacts = [
      ...(collected?.artifacts ?? []),
      ...(services === undefined || !finished ? [] : await collectServices(services, prepared)),
    ]

    let verify: VerifyOutcome | undefined
    let verifyVisits: readonly Visit[] = []
    const verifyTime = new Date()
    if (worth) {
      observer.onPhase?.('verify')
      const fresh = separate || !snapshotMode
      own = fresh ? await openServices(slot, prepared, run, 'verifier') : undefined
      const neighbours = fresh ? own : services
      const opened = await (early ?? openVerifier(slot, prepared, frozen, neighbours))
      if ('spoilt' in opened) verify = neverRan(opened.spoilt)
      else {
        second = opened
        await using _ = await observer.onVerifier?.(second)
        await own?.ready()
        const started = await startVerifier(second, prepared, dial)
        if ('spoilt' in started) verify = neverRan(started.spoilt)
        else {
          const brought = separate
            ? joinCollected(artifacts)
            : snapshotMode && collected !== undefined
              ? joinTrees(collected.logs, logsOf(collected.artifacts))
              : undefined
          verify = await runVerifyPhase({
            sandbox: second,
            prepared,
            patch: patchOf(outcome),
            leftovers: restored.leftovers,
            ...(brought === undefined ? {} : { artifacts: brought }),
          })
          verifyVisits = started.gate?.visits ?? []
        }
      }
    }
    const verdict = judge({
      runner: prepared.task.verifier.runner,
      level: levelOf(prepared.task, prepared.lift),
      agent: outcome.ending,
      patch: outcome.patch,
      verify,
    })
    const result: Round = {
      verdict,
      agent: outcome,
      verify,
      artifacts,
      restored: restored.done,
      visits: { agent: gate?.visits ?? [], verify: verifyVisits },
      machine,
      changes,
      times: { agent: agentTime, verify: verifyTime },
    }
    machine = undefined
    return result
  } finally {
    if (second !== undefined) {
      // Services go right after this, and cannot while somebody is in their networks.
      if (services !== undefined || own !== undefined) await second[Symbol.asyncDispose]()
      slot.discard(second, frozen)
    } else early?.then(sandbox => slot.discard(sandbox)).catch(() => {})
    // A snapshot that never got a sandbox waits for nobody.
    const left = first.then(async sandbox => {
      if (services !== undefined) await sandbox[Symbol.asyncDispose]()
      slot.discard(sandbox, second === undefined ? frozen : undefined)
    })
    await (services === undefined ? undefined : left.catch(() => {}))
    left.catch(() => {})
    await own?.[Symbol.asyncDispose]()
    if (machine !== undefined) slot.forget(machine)
  }
}

async function openVerifier(
  slot: Slot,
  prepared: PreparedTask,
  snapshot: string | undefined,
  services: Services | undefined,
): Promise<Sandbox | { spoilt: string }> {
  if (prepared.verifierImage !== undefined)
    return slot.takeVerifier(prepared, prepared.verifierImage, services)
  if (prepared.repository !== undefined && services !== undefined) return slot.takeAmong(prepared, services)
  if (snapshot === undefined)
    throw new SandboxError('sandbox-lost', "Cannot verify: there is no snapshot of the agent's machine")
  try {
    return await slot.takeSnapshot(prepared, snapshot, services)
  } catch (error) {
    if (!(error instanceof SandboxError)) throw error
    // Root can spoil its machine so that no engine starts it. If the engine starts the pristine one, this is what happened.
    slot.discard(await slot.take(prepared))
    return { spoilt: error.message }
  }
}

/** A machine that the agent left unhealthy is the agent's matter. */
async function startVerifier(
  sandbox: Sandbox,
  prepared: PreparedTask,
  dial: { dial?: NonNullable<Slot['dial']> },
): Promise<{ gate: Awaited<ReturnType<typeof startMachine>> } | { spoilt: string }> {
  try {
    return { gate: await startMachine(sandbox, prepared, { phase: 'verify', isFirst: false, ...dial }) }
  } catch (error) {
    const isAgents = prepared.repository === undefined && prepared.verifierImage === undefined
    if (!(error instanceof SandboxError) || !isAgents) throw error
    return { spoilt: error.message }
  }
}

function neverRan(message: string): VerifyOutcome {
  return {
    ending: { kind: 'ended-early', message: `the agent's machine does not start any more: ${message}` },
    report: { tests: [], observations: [], through: [], problems: [], reward: undefined },
    unmet: new Map(),
    log: Buffer.alloc(0),
    seconds: 0,
  }
}

/** The patch that an attempt left, if it left one. */
export function patchOf({ patch }: AgentOutcome): Patch | undefined {
  return patch.kind === 'patch' ? patch.patch : undefined
}

/** What of the artifacts does not lie on the frozen machine, since logs begin anew on each. */
function logsOf(artifacts: readonly Collected[]): Files {
  return joinCollected(artifacts.filter(({ artifact }) => artifact.source.startsWith('/logs/')))
}
