import type { Manifest } from '../manifest.ts'
import type { Network } from '../task.ts'

/** How much of a network the operator lets tasks have; what asks for more gets none. */
export type Permission = 'none' | 'allowlist' | 'public'
export const PERMISSIONS = ['none', 'allowlist', 'public'] as const satisfies readonly Permission[]

type Environment = Manifest['environment']
type Phase = Pick<Manifest['agent'], 'network_mode' | 'allowed_hosts'>

/** What a phase may reach: its own words count, else those of its step's task, else those of the environment. */
export function networkOf(phases: readonly Phase[], environment: Environment): Network {
  const phase = phases.find(one => one.network_mode !== undefined)
  if (phase !== undefined) return policyOf(phase.network_mode!, phase.allowed_hosts)
  return policyOf(
    environment.network_mode ?? (environment.allow_internet === false ? 'no-network' : 'public'),
    environment.allowed_hosts,
  )
}

function policyOf(mode: NonNullable<Phase['network_mode']>, hosts: readonly string[] | undefined): Network {
  switch (mode) {
    case 'no-network':
      return { kind: 'none' }
    case 'public':
      return { kind: 'public' }
    case 'allowlist':
      // An empty list allows nothing.
      return (hosts ?? []).length === 0 ? { kind: 'none' } : { kind: 'allowlist', hosts: hosts! }
  }
}

/** What is left of a network where the operator permits only so much. */
export function narrow(network: Network, permitted: Permission): Network {
  switch (network.kind) {
    case 'none':
      return network
    case 'allowlist':
      return permitted === 'none' ? { kind: 'none' } : network
    case 'public':
      return permitted === 'public' ? network : { kind: 'none' }
  }
}

/** What a person shall know of networks that are narrower than what the task asks for. */
export function networkNotes(asked: readonly Network[], permitted: Permission): string[] {
  const lost = new Set(asked.filter(one => narrow(one, permitted).kind !== one.kind).map(one => one.kind))
  return [
    ...(lost.has('public') ? ['asks for a public network and runs without any'] : []),
    ...(lost.has('allowlist') ? ['asks for a list of hosts and runs without any network'] : []),
  ]
}
