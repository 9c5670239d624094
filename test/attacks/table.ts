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

/** What it amounts to: a line for each group, and a last one for all. */
export function renderSummary(trials: readonly Trial[]): string {
  const groups = [...new Set(trials.map(({ attack }) => attack.group))]
  const lines = groups.map(group => {
    const own = trials.filter(({ attack }) => attack.group === group)
    return `${group.padEnd(12)} ${sayCounts(own)}`
  })
  const wrong = trials.filter(({ mistakes }) => mistakes.length > 0).length
  const all = `${'all'.padEnd(12)} ${sayCounts(trials)}${wrong > 0 ? colors.red(`, ${wrong} not as declared`) : ''}`
  return ['', ...(groups.length > 1 ? lines : []), all].join('\n')
}

function sayCounts(trials: readonly Trial[]): string {
  const scored = trials.filter(({ ours }) => ours.verdict === 'solved').length
  const count = (number: number): string => String(number).padStart(3)
  return `${count(trials.length)} attacks, ${count(countFooling(trials))} fool a naive verifier, ${count(scored)} fool Arête`
}

function countFooling(trials: readonly Trial[]): number {
  return trials.filter(({ fooled }) => fooled.length > 0).length
}

function row(attack: string, naive: string, verdict: string, reason: string): string {
  return `${attack.padEnd(38)} ${naive.padEnd(22)} ${verdict.padEnd(10)} ${reason}`
}
