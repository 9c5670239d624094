import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { RunPage } from '../pages/run.ts'
import { type AttemptRecord, readRecord } from '../runs/record.ts'
import { buildBoard } from '../scoring/board.ts'

const Run = z.looseObject({
  started: z.string().nullable().catch(null),
  finished: z.string().nullable().catch(null),
  tasks: z.array(z.looseObject({ name: z.string(), environment: z.string() })).catch([]),
  agents: z.array(z.looseObject({ name: z.string() })).catch([]),
  attempts: z.int().catch(1),
})
type Run = z.infer<typeof Run>

/** The run in a folder as its page shows it; undefined if there is none. */
export function readRunFolder(folder: string): RunPage | undefined {
  const run = readRun(folder)
  if (run === undefined) return undefined
  const folders = fs
    .readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory() && isAttemptFolder(entry.name))
    .map(({ name }) => ({ name, record: readRecord(path.join(folder, name)) }))
  const records = folders.flatMap(({ record }) => record ?? [])
  const board = buildBoard(
    records
      .filter(({ certified }) => certified)
      .map(record => ({ ...record, verdict: record.verdict ?? undefined })),
  )
  const attempts = folders.map(({ name, record }) =>
    record === undefined ? workingRow(run, name) : rowOf(name, record),
  )
  attempts.sort(
    (one, other) =>
      STATES.indexOf(one.state) - STATES.indexOf(other.state) ||
      compare(one.environment, other.environment) ||
      compare(one.task, other.task) ||
      compare(one.agent, other.agent),
  )
  const wanted = run.tasks.length * run.agents.length * run.attempts
  return {
    name: path.basename(path.resolve(folder)),
    ...{ started: run.started, finished: run.finished, wanted: wanted === 0 ? null : wanted },
    environments: [...board.environments],
    board: board.rows.map(({ agent, score, cells }) => ({
      ...{ agent, score },
      cells: Object.fromEntries(
        Object.entries(cells).map(([name, { attempts: judged, ...cell }]) => [name, { judged, ...cell }]),
      ),
    })),
    attempts,
  }
}

const STATES = ['working', 'judged', 'failed']

/** As `folderOf` names them: nothing that leads out of the run. */
export function isAttemptFolder(name: string): boolean {
  return /^[\w.-]{1,80}__[0-9a-f]{7}$/.test(name) && !name.startsWith('.')
}

function readRun(folder: string): Run | undefined {
  try {
    return Run.parse(JSON.parse(fs.readFileSync(path.join(folder, 'run.json'), 'utf8')))
  } catch {
    return undefined
  }
}

type Row = RunPage['attempts'][number]

function rowOf(folder: string, record: AttemptRecord): Row {
  const { task, environment, agent, verdict, reason, tests, seconds, started } = record
  return {
    ...{ folder, task, environment, agent, verdict, reason, started },
    state: verdict === null ? 'failed' : 'judged',
    passed: tests.passed.length,
    expected: tests.expected.length,
    seconds: seconds.agent + seconds.verify + seconds.overhead,
  }
}

/** Of an attempt without a verdict only its folder tells anything. */
function workingRow({ tasks, agents }: Run, folder: string): Row {
  const short = folder.slice(0, folder.lastIndexOf('__'))
  const task = tasks.find(
    ({ name }) =>
      name
        .split('/')
        .at(-1)!
        .replace(/[^\w.-]/g, '_')
        .slice(0, 32) === short,
  )
  return {
    ...{ folder, task: task?.name ?? short, environment: task?.environment ?? '' },
    agent: agents.length === 1 ? agents[0]!.name : '',
    ...{ state: 'working' as const, verdict: null, reason: '', passed: 0, expected: 0 },
    ...{ seconds: null, started: null },
  }
}

function compare(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0
}
