import type { Disposition } from '../../sandbox/affinetes/disposition.ts'

/** A call whose score is known, and what it came to. */
export interface Trial {
  readonly control: 'oracle' | 'nop'
  /** In [0, 1]. */
  readonly expected: number
  readonly disposition: Disposition
}

/** Share of calls that may fail by our own fault. */
const MOST_HARNESS = 0.02
/** Scores are numbers of other programs: what differs by less is the same. */
const SAME = 1e-9

export interface Qualification {
  readonly qualifies: boolean
  readonly reasons: readonly string[]
}

/**
 * Whether an environment may count: it knows the methods that are declared, its reference comes to the declared score and doing nothing
 * to its own, every time, and the two differ.
 *
 * @param methods - undefined if it did not tell any in a form that we know
 */
export function qualify(
  declared: { readonly wanted: readonly string[]; readonly methods: readonly string[] | undefined },
  trials: readonly Trial[],
): Qualification {
  const reasons = [...checkMethods(declared), ...checkControls(trials), ...checkHarness(trials)]
  return { qualifies: reasons.length === 0, reasons }
}

function checkMethods({ wanted, methods }: Parameters<typeof qualify>[0]): string[] {
  if (methods === undefined) return ['/methods does not answer in a form that is known']
  const missing = wanted.filter(name => !methods.includes(name))
  return missing.length === 0 ? [] : [`it has no method ${missing.join(', ')}`]
}

function checkControls(trials: readonly Trial[]): string[] {
  const expected = (control: Trial['control']): number | undefined =>
    trials.find(trial => trial.control === control)?.expected
  const [oracle, nop] = [expected('oracle'), expected('nop')]
  const missing = [
    ...(oracle === undefined
      ? ['controls.oracle is not declared: nothing shows that its tasks can be solved']
      : []),
    ...(nop === undefined
      ? ['controls.nop is not declared: nothing shows that doing nothing gives nothing']
      : []),
  ]
  const order =
    oracle !== undefined && nop !== undefined && oracle <= nop
      ? ['its reference is declared to score no more than doing nothing']
      : []
  return [
    ...missing,
    ...order,
    ...(['oracle', 'nop'] as const).flatMap(control => checkControl(control, trials)),
  ]
}

function checkControl(control: Trial['control'], trials: readonly Trial[]): string[] {
  const own = trials.filter(trial => trial.control === control && !isHarness(trial))
  const wrong = own.filter(
    ({ disposition, expected }) =>
      disposition.kind !== 'scored' || Math.abs(disposition.score - expected) > SAME,
  )
  if (wrong.length === 0) return []
  const seen = [...new Set(wrong.map(trial => sayOf(trial.disposition)))].join(', ')
  return [
    `${control}: ${wrong.length} of ${own.length} calls did not come to ${own[0]!.expected}, but to ${seen}`,
  ]
}

function checkHarness(trials: readonly Trial[]): string[] {
  const ours = trials.filter(isHarness)
  if (ours.length <= MOST_HARNESS * trials.length) return []
  return [
    `${ours.length} of ${trials.length} calls failed by our own fault (${sayOf(ours[0]!.disposition)}): check again`,
  ]
}

function isHarness({ disposition }: Trial): boolean {
  return disposition.kind === 'void' && disposition.fault === 'harness'
}

function sayOf(disposition: Disposition): string {
  return disposition.kind === 'scored' ? String(disposition.score) : disposition.code
}
