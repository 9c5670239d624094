import type { Program } from '../../sandbox/agent.ts'
import { loadPacked } from '../intake/load-packed.ts'
import type { Reason } from '../intake/reason.ts'
import type { Blobs } from '../store/blobs.ts'

/** Loads agents by the digest of their packed bytes; the few used last are kept. */
export type Agents = (digest: string) => Promise<Program | { readonly reasons: readonly Reason[] }>

const MOST = 8

export function openAgents(blobs: Blobs): Agents {
  const loaded = new Map<string, ReturnType<Agents>>()
  return digest => {
    const agent = loaded.get(digest) ?? blobs.get(digest).then(loadPacked)
    loaded.delete(digest)
    loaded.set(digest, agent)
    agent.catch(() => loaded.delete(digest))
    for (const old of [...loaded.keys()].slice(0, -MOST)) loaded.delete(old)
    return agent
  }
}
