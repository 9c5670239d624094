import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Labels } from './engine.ts'

/** The label that says: this is ours. Its value names the process that made it. */
export const OWNER_LABEL = 'arete.owner'
export const RUN_LABEL = 'arete.run'
export const ROLE_LABEL = 'arete.role'
/** Unix time in seconds from when on the thing may be removed whoever made it; absent on what is kept. */
export const DEADLINE_LABEL = 'arete.deadline'

export type Role =
  | 'sandbox'
  | 'network'
  | 'neighbour'
  | 'preparation'
  | 'service'
  | 'network'
  | 'preparation'
  | 'hold'
  | 'lock'
  | 'snapshot'
  | 'base'
  | 'runtime'
  | 'task'

/** Labels of something that lives no longer than a run. */
export function labelsOf(options: { run: string; role: Role; seconds: number; now: number }): Labels {
  return {
    [OWNER_LABEL]: processName(),
    [RUN_LABEL]: options.run,
    [ROLE_LABEL]: options.role,
    [DEADLINE_LABEL]: String(Math.ceil(options.now / 1000 + options.seconds)),
  }
}

/** Labels of something that is kept for later runs: images and volumes named by their content. */
export function keptLabels(role: Role): Labels {
  return { [OWNER_LABEL]: 'kept', [ROLE_LABEL]: role }
}

/** Whether whoever made a thing with these labels has gone, so that it may be removed. */
export function isAbandoned(labels: Labels, now: number): boolean {
  const owner = labels[OWNER_LABEL]
  const deadline = Number(labels[DEADLINE_LABEL])
  if (owner === undefined || !Number.isFinite(deadline)) return false
  if (now / 1000 > deadline) return true
  return !isAlive(owner)
}

/** Whether the process of this name still runs; one of another machine counts as alive, for we cannot tell. */
export function isAlive(name: string): boolean {
  const [host, boot, pid, started] = name.split(' ')
  if (host !== hostname() || pid === undefined) return true
  return boot === bootId() && startOf(pid) === started
}

let name: string | undefined

/** A name of this process that no later one will have. */
export function processName(): string {
  name ??= [hostname(), bootId(), process.pid, startOf(String(process.pid))].join(' ')
  return name
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id').trim() || 'unknown'
}

/** Start time of a process in clock ticks, which tells it from a later one with the same number. */
function startOf(pid: string): string {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? 'gone'
}

function read(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}
