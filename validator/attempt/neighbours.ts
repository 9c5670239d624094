import type { PreparedTask } from '../../sandbox/prepare.ts'
import { Services } from '../../sandbox/services.ts'
import type { Slot } from '../../sandbox/slot.ts'

const HOUR = 3600

/** The services of a task beside the agent's machine, or beside a separate verifier's; none if its Compose file has none. */
export async function openServices(
  slot: Slot,
  { task, services, verifierServices }: PreparedTask,
  run: string,
  whose: 'agent' | 'verifier' = 'agent',
): Promise<Services | undefined> {
  const compose = whose === 'agent' ? task.compose : task.verifier.compose
  const isAlone = compose === undefined || compose.services.length + compose.main.volumes.length === 0
  if (isAlone) return undefined
  const work = Math.max(
    ...[task, ...task.steps.map(step => step.task)].map(one => one.agentSeconds + one.verifier.seconds),
  )
  return await Services.open({
    engine: slot.engine,
    run,
    compose,
    images: whose === 'agent' ? services : verifierServices,
    startSeconds: task.buildSeconds,
    seconds: work * Math.max(1, task.steps.length) + HOUR,
  })
}
