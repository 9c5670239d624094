import fs from 'node:fs'
import path from 'node:path'
import colors from 'picocolors'
import { z } from 'zod'
import { type AttemptRecord, readRecord } from '../../runs/record.ts'
import { buildBoard } from '../../scoring/board.ts'
import { UsageError } from '../errors.ts'
import { newestRun, shown } from '../places.ts'
import { asJson, duration, oneLine, plain } from '../text.ts'
import { renderBoard } from './board.ts'
import { columnsOf, renderAttempt } from './live.ts'
import { sayDivergence, saySpent } from './models.ts'

const MAX_DIFF_LINES = 200

/** What the level of a verdict says. */
const TRUST: Readonly<Record<NonNullable<AttemptRecord['level']>, string>> = {
  observed: 'what the tests saw was compared outside of the sandbox',
  reported: "the tests' own processes say so, and got the canaries right",
  reward: "a number that the task's own script wrote",
}

/** `arete view`: a run as a board and its attempts, or one attempt in full. */
export async function view(folder: string | undefined, options: { json?: true }): Promise<number> {
  const target = folder ?? newestRun()
  const width = process.stdout.columns ?? 100
  const single = readRecord(target)
  if (single !== undefined) {
    console.log(options.json ? asJson(single) : renderDetails(single, target, width, true))
    return 0
  }
  if (!fs.existsSync(path.join(target, 'run.json')))
    throw new UsageError(`Cannot view ${target}: it has neither a run.json nor a verdict.json`)
  const records = readRecords(target)
  const board = buildBoard(
    records
      .filter(record => record.certified)
      .map(record => ({ ...record, verdict: record.verdict ?? undefined })),
  )
  if (options.json) console.log(asJson({ attempts: records, board: board.rows }))
  else {
    const columns = columnsOf(records)
    for (const record of records) console.log(renderAttempt(record, width, columns))
    console.log(`\n${renderBoard(board, width)}\n`)
    const unsolved =
      records.find(record => record.verdict === 'unsolved' && record.patch !== null) ?? records[0]
    if (unsolved !== undefined)
      console.log(`One attempt: npx arete view ${shown(path.join(target, unsolved.folder))}`)
  }
  return 0
}

/** Everything about one attempt: expected tests against actual, the diff, and what can be done next. */
export function renderDetails(record: AttemptRecord, folder: string, width: number, steps = false): string {
  const { seconds } = record
  const passed = new Set(record.tests.passed)
  const sorted = [...record.tests.failed, ...record.tests.passed]
  const tests = sorted.map(
    id => `  ${passed.has(id) ? colors.green('✔') : colors.red('✘')} ${oneLine(id, width - 4)}`,
  )
  const diff = record.patch === null ? [] : renderDiff(path.join(folder, record.patch))
  return [
    '',
    renderAttempt(record, width),
    '',
    ...(record.verdict === 'solved' ? [] : [plain(record.detail), '']),
    ...(record.firstLook === null
      ? []
      : [
          colors.dim(
            `Looked at twice: on the busy machine it was ${oneLine(record.firstLook.reason, width)}`,
          ),
          '',
        ]),
    ...(tests.length > 0
      ? [
          `Tests: ${record.tests.passed.length} of ${record.tests.expected.length} expected passed`,
          ...tests,
          '',
        ]
      : []),
    ...(record.evidence.length > 0
      ? [
          record.reason === 'tampering' ? 'Evidence that results were made up' : 'Evidence',
          ...record.evidence.map(one => `  ${oneLine(one, width - 2)}`),
          '',
        ]
      : []),
    ...(diff.length > 0 ? ['Patch', ...diff, ''] : []),
    ...(record.dropped.length > 0
      ? [`Left as it was, since a patch may not touch it: ${plain(record.dropped.join(', '))}`, '']
      : []),
    ...(steps ? renderSteps(folder, width) : []),
    colors.dim(
      `agent ${duration(seconds.agent)} · tests ${duration(seconds.verify)} · overhead ${Math.round(1000 * seconds.overhead)} ms`,
    ),
    ...(record.spent === null
      ? []
      : [colors.dim(`models ${saySpent(record.spent)}`), ...sayDivergence(record.spent)]),
    ...(record.level === null ? [] : [colors.dim(`verdict ${record.level}: ${TRUST[record.level]}`)]),
    '',
    `Folder       ${shown(folder)}`,
    `Steps        npx arete view ${shown(folder)}`,
    ...(wereTestsRun(record)
      ? [`Look around  npx arete shell ${shown(folder)}`, `Judge again  npx arete verify ${shown(folder)}`]
      : []),
    `Work again   npx arete run ${shown(record.taskFolder)} --agent ${record.agentSource === record.agent ? plain(record.agent) : shown(record.agentSource)}`,
  ].join('\n')
}

function wereTestsRun({ verdict, reason }: AttemptRecord): boolean {
  return verdict !== null && reason !== 'invalid-patch' && !reason.startsWith('agent-')
}

/** Records of a run, ordered as people compare them. */
function readRecords(folder: string): AttemptRecord[] {
  return fs
    .readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(entry => readRecord(path.join(folder, entry.name)) ?? [])
    .sort(
      (one, other) =>
        compare(one.environment, other.environment) ||
        compare(one.task, other.task) ||
        compare(one.agent, other.agent),
    )
}

function renderDiff(file: string): string[] {
  if (!fs.existsSync(file)) return []
  const lines = plain(fs.readFileSync(file, 'utf8')).trimEnd().split('\n')
  const shownLines = lines.slice(0, MAX_DIFF_LINES).map(line => {
    if (/^(\+\+\+|---|diff|index)/.test(line)) return colors.dim(line)
    if (line.startsWith('+')) return colors.green(line)
    if (line.startsWith('-')) return colors.red(line)
    return line.startsWith('@@') ? colors.cyan(line) : line
  })
  const rest = lines.length - shownLines.length
  return rest > 0 ? [...shownLines, colors.dim(`… ${rest} more lines in ${shown(file)}`)] : shownLines
}

const Trajectory = z.looseObject({
  steps: z.array(
    z.looseObject({
      step_id: z.number(),
      source: z.string(),
      message: z.string().default(''),
      tool_calls: z
        .array(
          z.looseObject({
            function_name: z.string().default('tool'),
            arguments: z.looseObject({ command: z.string().optional().catch(undefined) }),
          }),
        )
        .default([]),
      extra: z.looseObject({ exit_code: z.number().optional() }).optional(),
    }),
  ),
})

function renderSteps(folder: string, width: number): string[] {
  const file = path.join(folder, 'agent/trajectory.json')
  if (!fs.existsSync(file)) return []
  const parsed = Trajectory.safeParse(parseJson(fs.readFileSync(file, 'utf8')))
  if (!parsed.success) return []
  const steps = parsed.data.steps.filter(step => step.source === 'agent')
  if (steps.length === 0) return []
  const lines = steps.map(step => {
    const text = [step.message, ...step.tool_calls.map(sayCall)].filter(part => part !== '').join('  ')
    const code = step.extra?.exit_code
    const room = width - 16
    return `  ${String(step.step_id).padStart(4)}  ${oneLine(text, room)}${code === undefined || code === 0 ? '' : colors.dim(` exit ${code}`)}`
  })
  return ['Steps', ...lines, '']
}

function sayCall(call: { function_name: string; arguments: { command?: string | undefined } }): string {
  const { command } = call.arguments
  return command === undefined ? `${call.function_name} ${JSON.stringify(call.arguments)}` : `$ ${command}`
}

/** @returns undefined for what is no JSON: somebody else may have written it */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
