import { stripVTControlCharacters } from 'node:util'
import { createLogUpdate } from 'log-update'
import colors from 'picocolors'
import { agentName } from '../../../sandbox/agent.ts'
import type { RunEvent } from '../../runs/plan.ts'
import type { AttemptRecord, Wanted } from '../../runs/record.ts'
import { duration, oneLine } from '../text.ts'

/** Shows a run while it goes on: a panel on a terminal, a line per event that matters elsewhere. */
export interface Live {
  readonly onEvent: (event: RunEvent) => void
  readonly stop: () => void
}

const REFRESH_MS = 100

export function openLive(stream: NodeJS.WriteStream): Live {
  return stream.isTTY ? openPanel(stream) : openLines(stream)
}

/** Widths of the columns in which attempts stand below each other. */
export interface Columns {
  readonly agent: number
  readonly task: number
}

export function columnsOf(records: readonly { agent: string; task: string }[]): Columns {
  return {
    agent: Math.max(5, ...records.map(record => shortAgent(record.agent).length)),
    task: Math.max(5, ...records.map(record => shortName(record.task).length)),
  }
}

/** One line of a finished attempt. */
export function renderAttempt(record: AttemptRecord, width: number, columns = columnsOf([record])): string {
  const { mark, word } = say(record)
  const colour = colourOf(record)
  const agent = shortAgent(record.agent).padEnd(columns.agent)
  const task = shortName(record.task).padEnd(columns.task)
  const time = record.verdict === null ? '' : duration(record.seconds.agent + record.seconds.verify)
  const room = width - columns.agent - columns.task - REASON - TIME - 10
  const detail = room < 8 ? '' : oneLine(detailOf(record), room)
  return `${colour(mark)} ${agent}  ${task}  ${colour(word.padEnd(REASON))} ${colors.dim(`${time.padStart(TIME)}  ${detail}`)}`.trimEnd()
}

const REASON = 19
const TIME = 8

/** Names are a miner's or a task author's. */
function shortAgent(agent: string): string {
  return oneLine(agent, 64)
}

function shortName(task: string): string {
  return oneLine(task.split('/').at(-1)!, 32)
}

/** Test counts where tests decided, else the reason in words. */
function detailOf({ reason, tests, detail, verdict }: AttemptRecord): string {
  const counted = verdict === 'solved' || reason === 'tests-failed' || reason === 'no-patch'
  return counted && tests.expected.length > 0
    ? `${tests.passed.length}/${tests.expected.length} tests`
    : detail
}

function openLines(stream: NodeJS.WriteStream): Live {
  let total = 0
  let done = 0
  let columns: Columns | undefined
  const line = (text: string): void => void stream.write(`${text}\n`)
  return {
    onEvent(event) {
      switch (event.kind) {
        case 'started':
          total = event.total
          done = event.resumed.length
          columns = columnsOf(event.wanted)
          line(sayStart(total, done))
          break
        case 'preparing':
          line(`preparing ${oneLine(event.task, 100)}`)
          break
        case 'finished':
          done += 1
          line(`[${done}/${total}] ${renderAttempt(event.record, 160, columns)}`)
          break
        case 'retry':
          line(`trying again: ${oneLine(event.message, 200)}`)
          break
        case 'phase':
          break
      }
    },
    stop: () => {},
  }
}

function openPanel(stream: NodeJS.WriteStream): Live {
  const update = createLogUpdate(stream)
  const running = new Map<Wanted, { phase: string; since: number }>()
  const finished: AttemptRecord[] = []
  const start = Date.now()
  let total = 0
  let resumed = 0
  let preparing = ''
  let columns: Columns | undefined

  const draw = (): void => {
    const width = stream.columns ?? 80
    const shown = [...running]
      .filter(([, { phase }]) => phase !== 'queue')
      .slice(0, Math.max(3, (stream.rows ?? 24) - 8))
    const lines = shown.map(([wanted, { phase, since }]) => {
      const { agent, task } = columns ?? columnsOf([])
      const name = `${shortAgent(agentName(wanted.agent)).padEnd(agent)}  ${shortName(wanted.task.name).padEnd(task)}`
      return oneLineKept(
        `  ${name}  ${colors.cyan(phase.padEnd(REASON))} ${colors.dim(duration((Date.now() - since) / 1000).padStart(TIME))}`,
        width,
      )
    })
    const rest = running.size - shown.length
    if (rest > 0) lines.push(colors.dim(`  and ${rest} waiting`))
    update(
      [
        ...lines,
        '',
        renderSummary(finished, resumed, total, start, width),
        preparing === '' ? '' : colors.dim(`  preparing ${oneLine(preparing, width - 14)}`),
      ].join('\n'),
    )
  }
  const timer = setInterval(draw, REFRESH_MS)

  return {
    onEvent(event) {
      switch (event.kind) {
        case 'started':
          total = event.total
          resumed = event.resumed.length
          columns = columnsOf(event.wanted)
          stream.write(`${sayStart(total, resumed)}\n\n`)
          break
        case 'preparing':
          preparing = event.task
          break
        case 'phase': {
          const before = running.get(event.wanted)
          if (event.phase !== 'image') preparing = ''
          running.set(event.wanted, {
            phase: event.phase,
            since: before?.phase === event.phase ? before.since : Date.now(),
          })
          break
        }
        case 'finished': {
          for (const wanted of running.keys()) if (matches(wanted, event.record)) running.delete(wanted)
          finished.push(event.record)
          update.clear()
          stream.write(`${renderAttempt(event.record, stream.columns ?? 80, columns)}\n`)
          draw()
          break
        }
        case 'retry':
          update.clear()
          stream.write(
            `${colors.yellow('trying again')} ${oneLine(event.message, (stream.columns ?? 80) - 14)}\n`,
          )
          break
      }
    },
    stop() {
      clearInterval(timer)
      update.clear()
      update.done()
    },
  }
}

function sayStart(total: number, resumed: number): string {
  return `${total} ${total === 1 ? 'attempt' : 'attempts'}${resumed > 0 ? `, ${resumed} of them complete from before` : ''}`
}

/** A coloured line that would wrap loses its colours and its end instead. */
function oneLineKept(line: string, width: number): string {
  const bare = stripVTControlCharacters(line)
  return bare.length <= width ? line : bare.slice(0, width)
}

function renderSummary(
  finished: readonly AttemptRecord[],
  resumed: number,
  total: number,
  start: number,
  width: number,
): string {
  const count = (test: (record: AttemptRecord) => boolean): number => finished.filter(test).length
  const done = finished.length + resumed
  const perAttempt = finished.length === 0 ? undefined : (Date.now() - start) / 1000 / finished.length
  const left = perAttempt === undefined ? '' : `about ${duration(perAttempt * (total - done))} left`
  const failed = count(record => record.verdict === null)
  const parts = [
    `${done}/${total}`,
    colors.green(`${count(record => record.verdict === 'solved')} solved`),
    `${count(record => record.verdict === 'unsolved' || record.verdict === 'invalid')} unsolved`,
    ...(failed > 0 ? [colors.red(`${failed} failed`)] : []),
    ...(resumed > 0 ? [colors.dim(`${resumed} from before`)] : []),
    colors.dim(left),
  ]
  const bar = Math.max(0, Math.min(24, width - 56))
  const full = total === 0 ? 0 : Math.round((done / total) * bar)
  const line = `  ${colors.green('━'.repeat(full))}${colors.dim('━'.repeat(bar - full))}  ${parts.join('  ')}`
  return oneLineKept(line, width)
}

function matches({ task, agent, attempt }: Wanted, record: AttemptRecord): boolean {
  return task.folder === record.taskFolder && agentName(agent) === record.agent && attempt === record.attempt
}

function say(record: AttemptRecord): { mark: string; word: string } {
  switch (record.verdict) {
    case 'solved':
      return { mark: '✔', word: 'solved' }
    case 'unsolved':
    case 'invalid':
      return { mark: '✘', word: oneLine(record.reason.replaceAll('-', ' '), REASON) }
    case null:
      return { mark: '!', word: `no verdict (${record.fault})` }
  }
}

function colourOf(record: AttemptRecord): (text: string) => string {
  switch (record.verdict) {
    case 'solved':
      return colors.green
    case 'unsolved':
    case 'invalid':
      return text => text
    case null:
      return colors.red
  }
}
