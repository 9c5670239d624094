/** What is known of a candidate; `open` also if our own machinery failed. */
export type State = 'open' | 'kept' | 'dropped'

/** Whether no further candidate need be begun: so many are kept, and all that is not begun is older. */
export function isEnough(states: readonly State[], max: number | undefined): boolean {
  return max !== undefined && states.filter(state => state === 'kept').length >= max
}

/**
 * Which candidates, newest first, are the tasks that were asked for. As long as a newer one is open, those behind it wait, if not all
 * are wanted: so the same tasks come out however many are tried at once, and wherever a command was stopped.
 */
export function chooseKept(states: readonly State[], max: number | undefined): number[] {
  const chosen: number[] = []
  for (const [index, state] of states.entries()) {
    if (max !== undefined && (state === 'open' || chosen.length === max)) break
    if (state === 'kept') chosen.push(index)
  }
  return chosen
}
