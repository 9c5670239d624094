import { createLogUpdate } from 'log-update'
import colors from 'picocolors'
import type { Unfit } from '../../../task-bank/history/choose.ts'
import type { MineEvent, MineResult, MineRow } from '../../mining/mine.ts'
import { shown } from '../places.ts'
import { duration, oneLine } from '../text.ts'

/** Shows mining while it goes on: on a terminal with what each job is doing, elsewhere a line per decided commit. */
export interface MineLive {
  readonly onEvent: (event: MineEvent) => void
  readonly stop: () => void
}

const REFRESH_MS = 200

export function openMineLive(stream: NodeJS.WriteStream, jobs: number): MineLive {
  const update = stream.isTTY ? createLogUpdate(stream) : undefined
  const running = new Map<string, { subject: string; step: string; since: number }>()
  const start = Date.now()
  let total = 0
  let done = 0
  let fresh = 0
  let kept = 0

  const left = (): string =>
    fresh === 0
      ? ''
      : `, about ${duration(((Date.now() - start) / 1000 / fresh) * (total - done))} left at most`
  const draw = (): void => {
    const lines = [...running].map(([id, { subject, step, since }]) =>
      oneLine(
        `  ${id} ${step.padEnd(9)} ${duration((Date.now() - since) / 1000).padStart(8)}  ${subject}`,
        (stream.columns ?? 80) - 1,
      ),
    )
    update?.([...lines, '', `  ${done}/${total} decided, ${kept} kept${left()}`].join('\n'))
  }
  const line = (text: string): void => {
    update?.clear()
    stream.write(`${text}\n`)
  }
  const timer = update === undefined ? undefined : setInterval(draw, REFRESH_MS)

  return {
    onEvent(event) {
      switch (event.kind) {
        case 'listed':
          total = event.candidates
          done = event.decided
          line(
            `${event.commits} commits, ${event.candidates} of them change source and tests${event.decided > 0 ? `, ${event.decided} decided before` : ''}; ${jobs} at a time`,
          )
          break
        case 'step': {
          const { commit } = event.row
          const id = commit.id.slice(0, 8)
          if (update === undefined && !running.has(id)) line(`trying ${id} ${oneLine(commit.message, 80)}`)
          running.set(id, {
            subject: commit.message.split('\n')[0]!,
            step: event.step,
            since: running.get(id)?.since ?? Date.now(),
          })
          break
        }
        case 'retry':
          line(`trying again: ${oneLine(event.message, 300)}`)
          break
        case 'decided':
          done += 1
          fresh += 1
          if (event.row.entry?.outcome.kind === 'kept') kept += 1
          running.delete(event.row.commit.id.slice(0, 8))
          line(
            `[${done}/${total}] ${renderRow(event.row, stream.columns ?? 160)}${update === undefined ? left() : ''}`,
          )
          break
      }
    },
    stop() {
      clearInterval(timer)
      update?.clear()
      update?.done()
    },
  }
}

/** One candidate in one line. */
function renderRow({ commit, subject, entry, failure }: MineRow, width: number): string {
  const id = commit.id.slice(0, 8)
  const time = duration(entry?.seconds ?? 0).padStart(10)
  const text = (word: string, detail: string): string =>
    `${id} ${word.padEnd(16)} ${time}  ${oneLine(subject, 50).padEnd(50)}  ${oneLine(detail, Math.max(20, width - 104))}`
  if (entry === undefined) return colors.red(`! ${text('failed', failure ?? '')}`)
  const { outcome } = entry
  if (outcome.kind === 'dropped') return `✘ ${text(outcome.reason, outcome.detail)}`
  const detail = `${outcome.difficulty}, ${outcome.failToPass} fail to pass, ${outcome.passToPass} pass to pass, ${outcome.level}, by ${outcome.statement}`
  return `${colors.green('✔')} ${text('kept', detail)}`
}

/** The table at the end. */
export function renderMine({ rows, unfit, tasks, commits, seconds }: MineResult, width: number): string {
  const spent = rows.filter(row => !row.isOld).reduce((sum, { entry }) => sum + (entry?.seconds ?? 0), 0)
  const kept = rows.filter(({ entry }) => entry?.outcome.kind === 'kept')
  const reasons = new Map<string, number>()
  for (const { entry } of rows) {
    const reason =
      entry === undefined ? 'failed' : entry.outcome.kind === 'kept' ? 'kept' : entry.outcome.reason
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  const count = ([reason, number]: readonly [string, number]): string =>
    `  ${String(number).padStart(6)}  ${reason}`
  return [
    '',
    ...rows.map(row => renderRow(row, width)),
    '',
    `${commits} commits`,
    ...Object.entries(unfit).map(([reason, number]) => count([UNFIT[reason as Unfit], number])),
    `${rows.length} candidates looked at`,
    ...[...reasons].sort(([, one], [, other]) => other - one).map(count),
    '',
    `${tasks.length} tasks; ${duration(seconds)}${spent > 0 ? `, ${duration(spent / Math.max(1, rows.filter(row => !row.isOld).length))} per candidate, ${kept.length === 0 ? 'none kept' : `${duration(spent / kept.length)} per kept one`}` : ''}`,
    ...tasks.map(task => `  ${shown(task)}`),
  ].join('\n')
}

const UNFIT: Readonly<Record<Unfit, string>> = {
  first: 'have no parent',
  merge: 'are merges (--first-parent takes them as one change)',
  revert: 'take another back',
  reverted: 'were taken back later',
  excluded: 'are excluded by the recipe',
  'no-tests': 'change no tests',
  'no-source': 'change tests only',
  'too-many-files': 'change too many files',
  'odd-files': 'have links, other repositories or odd names among their files',
}
