import { z } from 'zod'
import type { AttemptState } from './attempt.ts'

/** What a job needs of the machine that does it. */
export const Needs = z.strictObject({
  /** Whole ones. */
  cpus: z.int().min(1),
  /** In steps of 256. */
  memoryMegabytes: z.int().min(1),
  /** The worker must have all of them. */
  labels: z.array(z.string().regex(/^[a-z0-9-]+$/)),
  /** Kind of container runtime, such as `runsc`; any if absent. */
  engine: z
    .string()
    .regex(/^[a-z0-9-]+$/)
    .optional(),
})
export type Needs = z.infer<typeof Needs>

/** `agent` and `verify` can be done on two machines; `whole` must be done on one. */
export const WORK_KINDS = ['agent', 'verify', 'whole'] as const
export type WorkKind = (typeof WORK_KINDS)[number]

export type WorkerPhase = 'agent' | 'verify'

/** What a worker has to offer. */
export interface Offer {
  readonly cpus: number
  readonly memoryMegabytes: number
  readonly labels: readonly string[]
  readonly engine: string
  readonly phases: readonly WorkerPhase[]
}

const MEMORY_STEP = 256

/** Needs in the form in which they name a queue. */
export function normaliseNeeds(needs: Needs): Needs {
  return {
    cpus: Math.max(1, Math.ceil(needs.cpus - 1e-9)),
    memoryMegabytes: Math.max(1, Math.ceil(needs.memoryMegabytes / MEMORY_STEP)) * MEMORY_STEP,
    labels: [...new Set(needs.labels)].sort(),
    ...(needs.engine === undefined ? {} : { engine: needs.engine }),
  }
}

/** The queue of jobs with the same needs, such as `agent.2.4096.gpu.docker`. */
export function queueOf(kind: WorkKind, needs: Needs): string {
  const { cpus, memoryMegabytes, labels, engine } = normaliseNeeds(needs)
  return [kind, cpus, memoryMegabytes, labels.join('/') || 'any', engine ?? 'any'].join('.')
}

/** What the name of a queue says; undefined if it is one of another kind. */
export function parseQueue(name: string): { readonly kind: WorkKind; readonly needs: Needs } | undefined {
  const [kind, cpus, memory, labels, engine] = name.split('.')
  const parsed = Needs.safeParse({
    cpus: Number(cpus),
    memoryMegabytes: Number(memory),
    labels: labels === undefined || labels === 'any' ? [] : labels.split('/'),
    ...(engine === undefined || engine === 'any' ? {} : { engine }),
  })
  const known = WORK_KINDS.find(one => one === kind)
  return known === undefined || !parsed.success || queueOf(known, parsed.data) !== name
    ? undefined
    : { kind: known, needs: parsed.data }
}

/** Whether a worker can do jobs of a kind with these needs. */
export function fits(offer: Offer, kind: WorkKind, needs: Needs): boolean {
  const phases: readonly WorkerPhase[] = kind === 'whole' ? ['agent', 'verify'] : [kind]
  return (
    phases.every(phase => offer.phases.includes(phase)) &&
    needs.cpus <= offer.cpus &&
    needs.memoryMegabytes <= offer.memoryMegabytes &&
    needs.labels.every(label => offer.labels.includes(label)) &&
    (needs.engine === undefined || needs.engine === offer.engine)
  )
}

/** Queues in which something waits that nobody can do. */
export function findStranded<Waiting extends { readonly queue: string }>(
  waiting: readonly Waiting[],
  offers: readonly Offer[],
): Waiting[] {
  return waiting.filter(({ queue }) => {
    const parsed = parseQueue(queue)
    return parsed !== undefined && !offers.some(offer => fits(offer, parsed.kind, parsed.needs))
  })
}

/** The kind of queue in which the job of an attempt waits, or came from; undefined if none can be there. */
export function queueKindOf(state: AttemptState, splits: boolean): WorkKind | undefined {
  switch (state) {
    case 'planned':
    case 'working':
      return splits ? 'agent' : 'whole'
    case 'patched':
    case 'verifying':
      return 'verify'
    case 'judged':
    case 'voided':
    case 'skipped':
      return undefined
  }
}
