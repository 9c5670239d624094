import { createLogUpdate } from 'log-update'
import colors from 'picocolors'
import type { SynthEvent, SynthPlan, SynthResult, SynthRow } from '../../planting/plan.ts'
import { shown } from '../places.ts'
import { duration, oneLine } from '../text.ts'

/** Shows planting while it goes on: on a terminal with what is being checked, elsewhere a line per decided fault. */
export interface SynthLive {
  readonly onEvent: (event: SynthEvent) => void
  readonly stop: () => void
}

const REFRESH_MS = 200

export function openSynthLive(
  stream: NodeJS.WriteStream,
  plan: Pick<SynthPlan, 'count' | 'rounds'>,
): SynthLive {
  const update = stream.isTTY ? createLogUpdate(stream) : undefined
  const checking = new Map<string, { round: number; what: string }>()
  const start = Date.now()
  let step = ''
  let tried = 0
  let kept = 0

  const left = (): string =>
    kept === 0
      ? ''
      : `, about ${duration(((Date.now() - start) / 1000 / kept) * Math.max(0, plan.count - kept))} left`
  const summary = (): string => `${tried} tried, ${kept} of ${plan.count} kept${left()}`
  const draw = (): void => {
    const width = (stream.columns ?? 80) - 1
    const lines = [...checking.values()].map(({ round, what }) =>
      oneLine(`  round ${round} of ${plan.rounds}  ${what}`, width),
    )
    const now = step === '' ? summary() : `${step} (${duration((Date.now() - start) / 1000)})`
    update?.([...lines, '', `  ${now}`].join('\n'))
  }
  const line = (text: string): void => {
    update?.clear()
    stream.write(`${text}\n`)
  }
  const timer = update === undefined ? undefined : setInterval(draw, REFRESH_MS)

  return {
    onEvent(event) {
      switch (event.kind) {
        case 'step':
          step = event.step
          if (update === undefined) line(step)
          break
        case 'planted':
          step = ''
          line(`${event.faults} faults in ${event.sources} files`)
          break
        case 'opened':
          step = ''
          line(
            `${event.tests} tests in ${event.files} files pass each time, together in ${duration(event.seconds)}`,
          )
          break
        case 'checking':
          checking.set(event.fault.description, { round: event.round, what: event.fault.description })
          break
        case 'retry':
          line(`trying again: ${oneLine(event.message, 300)}`)
          break
        case 'decided':
          tried += 1
          if (event.row.entry?.outcome.kind === 'kept') kept += 1
          checking.delete(event.row.fault.description)
          line(
            `${renderRow(event.row, stream.columns ?? 160)}${update === undefined ? `  [${summary()}]` : ''}`,
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

/** One fault in one line. */
function renderRow({ fault, entry, failure }: SynthRow, width: number): string {
  const place = oneLine(`${fault.place.file}:${fault.place.line}`, 36)
  const text = (word: string, detail: string): string =>
    `${word.padEnd(12)} ${fault.kind.padEnd(9)} ${duration(entry?.seconds ?? 0).padStart(8)}  ${place.padEnd(36)}  ${oneLine(detail, Math.max(20, width - 76))}`
  if (entry === undefined) return colors.red(`! ${text('failed', failure ?? '')}`)
  const { outcome } = entry
  if (outcome.kind === 'dropped') return `✘ ${text(outcome.reason, outcome.detail)}`
  const detail = `${outcome.difficulty}, ${outcome.failToPass} fail to pass, ${outcome.passToPass} pass to pass, ${outcome.level}: ${fault.description}`
  return `${colors.green('✔')} ${text('kept', detail)}`
}

/** The table at the end. */
export function renderSynth({ rows, tasks, faults, seconds }: SynthResult, width: number): string {
  const fresh = rows.filter(row => !row.isOld)
  const kept = rows.filter(({ entry }) => entry?.outcome.kind === 'kept')
  const spent = fresh.reduce((sum, { entry }) => sum + (entry?.seconds ?? 0), 0)
  const reasons = new Map<string, number>()
  for (const { entry } of rows) {
    const reason =
      entry === undefined ? 'failed' : entry.outcome.kind === 'kept' ? 'kept' : entry.outcome.reason
    reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  }
  return [
    '',
    ...rows.map(row => renderRow(row, width)),
    '',
    `${faults} faults, ${rows.length} of them tried`,
    ...[...reasons]
      .sort(([, one], [, other]) => other - one)
      .map(([reason, count]) => `  ${String(count).padStart(6)}  ${reason}`),
    '',
    `${tasks.length} tasks; ${duration(seconds)}${fresh.length === 0 ? '' : `, ${duration(spent / fresh.length)} per fault, ${kept.length === 0 ? 'none kept' : `${duration(spent / kept.length)} per kept one`}`}`,
    ...tasks.map(task => `  ${shown(task)}`),
  ].join('\n')
}
