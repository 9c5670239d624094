/** Of a harness fault: an attempt is tried again so often, if possible on another worker. */
export const MOST_RETRIES = 2
/** A submission with so many attempts of its own that no worker could finish is not judged at all. */
export const MOST_OWN_VOIDS = 3

/** What is to be done after our side failed at an attempt. */
export type Remedy =
  | { readonly kind: 'retry'; readonly avoid: readonly string[] }
  /** `task`: for everybody in the draw, not for this one alone. */
  | { readonly kind: 'void'; readonly whose: 'task' | 'attempt' }

export interface Failure {
  readonly fault: 'task' | 'harness'
  readonly worker: string
}

/**
 * What becomes of an attempt after a failure of our side, the newest last.
 *
 * @param others - of the same task in the same draw: clusters that were judged on it, and clusters for which it is void
 */
export function remedyOf(
  failures: readonly Failure[],
  others: { readonly judged: number; readonly voided: number },
): Remedy {
  const last = failures.at(-1)
  if (last?.fault === 'task') return { kind: 'void', whose: 'task' }
  const harness = failures.filter(({ fault }) => fault === 'harness')
  if (harness.length <= MOST_RETRIES)
    return { kind: 'retry', avoid: [...new Set(harness.map(({ worker }) => worker))] }
  // An agent that brings our workers down must not take the task from everybody else: it takes another cluster's word as well.
  return { kind: 'void', whose: others.judged === 0 && others.voided > 0 ? 'task' : 'attempt' }
}

/** What one environment's attempts have come to. */
export interface VoidCount {
  readonly environment: string
  readonly judged: number
  readonly voided: number
}

export interface Alarm {
  readonly environment: string
  /** Voided of all that ended. */
  readonly share: number
}

/** Environments of which more was voided than may be, as a share. */
export function findAlarms(counts: readonly VoidCount[], most: number): Alarm[] {
  return counts
    .map(({ environment, judged, voided }) => ({ environment, share: voided / Math.max(1, judged + voided) }))
    .filter(({ share }) => share > most)
}

/** Whether a window may be settled; with alarms a person has to look first. */
export function maySettle(
  counts: readonly VoidCount[],
  most: number,
): { readonly kind: 'yes' } | { readonly kind: 'no'; readonly alarms: readonly Alarm[] } {
  const alarms = findAlarms(counts, most)
  return alarms.length === 0 ? { kind: 'yes' } : { kind: 'no', alarms }
}
