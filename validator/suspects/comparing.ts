import { setTimeout as sleep } from 'node:timers/promises'
import type { Fingerprint } from '../copies/fingerprint.ts'
import { MEASURED } from '../copies/measured.ts'
import type { Database } from '../store/database.ts'
import { listenEvents } from '../store/listen.ts'
import { loadCommon } from './common.ts'
import { takeFingerprints } from './fingerprinting.ts'
import { compareNext, type SuspectContext } from './suspect.ts'
import { comparePatchesNext } from './suspect-patches.ts'

/** What was missed is found after so long. */
const LOOK_AGAIN = 30_000
const FAILED_AGAIN = 5000

export interface ComparingOptions extends Pick<SuspectContext, 'blobs' | 'jobs'> {
  readonly database: Pick<Database, 'db' | 'url'>
  readonly bundledAgents: string
  /** Folders of what is common besides. */
  readonly folders: readonly string[]
  readonly onError: (error: unknown) => void
}

/**
 * Compares what is handed in with all that was before, one after the other, until it is disposed of; and once more, by what it did,
 * before its duel.
 */
export function startComparing(options: ComparingOptions): AsyncDisposable {
  const stop = new AbortController()
  const running = compareAll(options, stop.signal)
  return {
    async [Symbol.asyncDispose]() {
      stop.abort()
      await running
    },
  }
}

async function compareAll(options: ComparingOptions, signal: AbortSignal): Promise<void> {
  const { database, bundledAgents, folders, onError } = options
  let bell = new AbortController()
  void listenEvents(
    database,
    batch => batch.some(({ kind }) => kind === 'accepted' || kind === 'compare') && bell.abort(),
    signal,
  ).catch(onError)
  let loaded: Promise<readonly Fingerprint[]> | undefined
  const common = async (): Promise<readonly Fingerprint[]> => {
    loaded ??= loadCommon(bundledAgents, folders, signal)
    loaded.catch(() => {
      loaded = undefined
    })
    return await loaded
  }
  while (!signal.aborted) {
    bell = new AbortController()
    let pause = LOOK_AGAIN
    try {
      const context = { ...options, signal, common, quantiles: MEASURED, take: takeFingerprints }
      while ((await compareNext(context)) !== undefined);
      while ((await comparePatchesNext(context)) !== undefined);
    } catch (error) {
      if (!signal.aborted) onError(error)
      pause = FAILED_AGAIN
    }
    await sleep(pause, undefined, { signal: AbortSignal.any([signal, bell.signal]) }).catch(() => {})
  }
}
