import { Worker } from 'node:worker_threads'
import { z } from 'zod'
import type { AgentFile } from '../copies/files.ts'
import { Fingerprint } from '../copies/fingerprint.ts'

const THREAD = new URL('fingerprint-thread.mjs', import.meta.url)
/** The work is bounded by itself, to about a minute; this is for what nobody thought of. */
const MOST_SECONDS = 600
const MOST_MEGABYTES = 2048

/** What came of agents: the fingerprint of each, or why there is none. */
export type Taken =
  | { readonly kind: 'prints'; readonly prints: readonly Fingerprint[] }
  | { readonly kind: 'unreadable'; readonly why: string }

/**
 * Takes fingerprints in a thread of its own: one may take a minute, and hostile sources may break the parser.
 *
 * @throws the signal's reason if it aborts
 */
export async function takeFingerprints(
  agents: readonly (readonly AgentFile[])[],
  { signal, seconds = MOST_SECONDS }: { readonly signal?: AbortSignal; readonly seconds?: number } = {},
): Promise<Taken> {
  signal?.throwIfAborted()
  const thread = new Worker(THREAD, {
    workerData: agents,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEGABYTES },
  })
  let timer: NodeJS.Timeout | undefined
  const ending = new AbortController()
  try {
    return await new Promise<Taken>((resolve, reject) => {
      const fail = (why: string): void => resolve({ kind: 'unreadable', why: why.slice(0, 200) })
      timer = setTimeout(() => fail(`not read within ${seconds} s`), seconds * 1000)
      signal?.addEventListener('abort', () => reject(signal.reason), { signal: ending.signal })
      thread.on('message', prints => resolve({ kind: 'prints', prints: z.array(Fingerprint).parse(prints) }))
      thread.on('error', error => fail(String(error?.message ?? error).split('\n')[0]!))
      thread.on('exit', () => fail('its reader ended'))
    })
  } finally {
    ending.abort()
    clearTimeout(timer)
    await thread.terminate()
  }
}
