import { channel } from 'node:diagnostics_channel'
import type { Agent } from '../../sandbox/agent.ts'
import type { AgentOutcome } from '../../sandbox/agent-phase.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'

/** Where it is told that an agent has ended while its sandbox is still there; whoever wants to look must be waited for. */
export const AGENT_ENDED = channel('arete.agent-ended')

export interface AgentEnded {
  readonly sandbox: Sandbox
  readonly prepared: PreparedTask
  readonly agent: Agent
  readonly outcome: AgentOutcome
  readonly waitFor: (look: Promise<void>) => void
}

/** Waits for all who want to look; at once if there is nobody. */
export async function tellEnded(ended: Omit<AgentEnded, 'waitFor'>): Promise<void> {
  if (!AGENT_ENDED.hasSubscribers) return
  const looks: Promise<void>[] = []
  AGENT_ENDED.publish({ ...ended, waitFor: look => void looks.push(look) } satisfies AgentEnded)
  await Promise.all(looks)
}
