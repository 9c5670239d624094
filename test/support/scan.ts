import { searchSandbox } from '../../sandbox/exposed.ts'
import { listGiven, listHidden } from '../../sandbox/hidden.ts'
import { Inspection } from '../../sandbox/inspection.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import { RUNTIME } from '../../sandbox/spec.ts'
import { AGENT_ENDED, type AgentEnded } from '../../validator/attempt/agent-ended.ts'

const inspections = new WeakMap<PreparedTask['task'], Inspection>()

/**
 * From now on each evaluation in this process fails if the sandbox of its agent has anything hidden in it when the agent has
 * ended. Our runtime is left out: it is the same in all, and `leaks.docker.test.ts` searches it.
 */
export function scanEvaluations(): void {
  AGENT_ENDED.subscribe(message => {
    const ended = message as AgentEnded
    ended.waitFor(scan(ended))
  })
}

async function scan({ sandbox, prepared, agent, outcome }: AgentEnded): Promise<void> {
  // A machine that root, or an agent without a usable patch, has left may be one in which nothing can be read.
  if (sandbox.lost || prepared.agentUser.uid === 0 || outcome.patch.kind === 'invalid') return
  const found = await searchSandbox(sandbox, prepared, inspectionOf(prepared), () => {}, [RUNTIME])
  const mayKnow = agent.kind === 'oracle' || outcome.patch.kind !== 'empty'
  const leaks = found.filter(({ file }) => !(mayKnow && file.startsWith('solution/')))
  if (leaks.length === 0) return
  const places = leaks.map(({ inside, file, firstLine }) => `${inside.join(' › ')} has ${file}:${firstLine}`)
  throw new Error(`Hidden lines can be read by an agent at "${prepared.task.name}": ${places.join('; ')}`)
}

function inspectionOf(prepared: PreparedTask): Inspection {
  const { task } = prepared
  const inspection = inspections.get(task) ?? new Inspection(listHidden(task), listGiven(prepared))
  inspections.set(task, inspection)
  return inspection
}
