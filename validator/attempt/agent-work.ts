import { type AgentOutcome, runAgentPhase } from '../../sandbox/agent-phase.ts'
import { startMachine } from '../../sandbox/machine.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import type { Slot } from '../../sandbox/slot.ts'
import type { Observer, OpenJob } from '../evaluate.ts'
import { tellEnded } from './agent-ended.ts'

/** Lets an agent work in a sandbox that nothing else is made of, reads its patch, and lets go of the sandbox. */
export async function workOnce(
  slot: Slot,
  { prepared, agent, models }: OpenJob,
  sandbox: Sandbox,
  observer: Observer,
): Promise<AgentOutcome> {
  try {
    await startMachine(sandbox, prepared, { phase: 'agent', isFirst: true, models })
    observer.onPhase?.('agent')
    const { onEvent } = observer
    const outcome = await runAgentPhase({
      sandbox,
      prepared,
      agent,
      ...(onEvent === undefined ? {} : { onEvent }),
    })
    observer.onPhase?.('patch')
    await tellEnded({ sandbox, prepared, agent, outcome })
    return outcome
  } finally {
    // An agent that is root could have broken our resident.
    if (prepared.agentUser.uid === 0) await sandbox[Symbol.asyncDispose]()
    else {
      sandbox.closeOutlet()
      slot.discard(sandbox)
    }
  }
}
