import colors from 'picocolors'
import type { Trial } from './trial.ts'

/** What the whole suite must show. */
export const WANTED = { attacks: 80, fooling: 30 }

/** Whether all is as declared, and, of the whole suite, whether there is enough of it to mean something. */
export function isGood(trials: readonly Trial[], whole: boolean): boolean {
  const enough = trials.length >= WANTED.attacks && countFooling(trials) >= WANTED.fooling
  return trials.every(({ mistakes }) => mistakes.length === 0) && (enough || !whole)
}

export const HEADER = row('attack', 'naive says', 'Arête says', 'reason')

/** One line of the table, and one more for each mistake. */
export function renderTrial({ attack, fooled, ours, mistakes }: Trial): string {
  const naive = fooled.length > 0 ? `solved (${fooled.join(', ')})` : 'unsolved'
  const line = row(`${attack.group}/${attack.name}`, naive, ours.verdict, ours.reason)
  return [line, ...mistakes.map(mistake => colors.red(`    ${mistake}`))].join('\n')
}

/** The last line. */
export function renderSummary(trials: readonly Trial[]): string {
  const scored = trials.filter(({ ours }) => ours.verdict === 'solved').length
  const fooling = countFooling(trials)
  const wrong = trials.filter(({ mistakes }) => mistakes.length > 0).length
  return `${trials.length} attacks, ${scored} scored, ${fooling} fool a naive verifier, ${wrong} not as declared`
}

function countFooling(trials: readonly Trial[]): number {
  return trials.filter(({ fooled }) => fooled.length > 0).length
}

function row(attack: string, naive: string, verdict: string, reason: string): string {
  return `${attack.padEnd(38)} ${naive.padEnd(22)} ${verdict.padEnd(10)} ${reason}`
}
