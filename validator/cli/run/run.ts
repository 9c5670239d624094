import { randomBytes } from 'node:crypto'
import path from 'node:path'
import colors from 'picocolors'
import { AgentError, agentName, loadAgent } from '../../../sandbox/agent.ts'
import { SandboxError } from '../../../sandbox/errors.ts'
import { findMissing, sayMissing } from '../../../sandbox/image.ts'
import type { Replacement } from '../../../task-bank/mapping.ts'
import type { Task } from '../../../task-bank/task.ts'
import { readRecording } from '../../models/run-models.ts'
import { type RunResult, runAll } from '../../run.ts'
import type { RunPlan } from '../../runs/plan.ts'
import type { AttemptRecord } from '../../runs/record.ts'
import { ready } from '../machine/setup.ts'
import { BUNDLED_TASKS, freshRunFolder, REPAIR_AGENT, shown, TEMPLATES } from '../places.ts'
import { openTasks, type TaskOptions } from '../task/tasks.ts'
import { asJson, counted, duration, oneLine, plain } from '../text.ts'
import { renderBoard } from './board.ts'
import { openLive } from './live.ts'
import { chooseModels, type ModelOptions, saySpent, sumSpent } from './models.ts'
import { predict, renderReport, report } from './predictions.ts'
import { renderDetails } from './view.ts'

export interface RunOptions extends TaskOptions, ModelOptions {
  readonly agent?: string[] | undefined
  /** File of patches that are judged instead of letting agents work. */
  readonly predictions?: string | undefined
  /** Names the reports for scripts of the SWE-bench family; the run's own id if absent. */
  readonly runId?: string | undefined
  /** Where these go; the run's folder if absent. */
  readonly reportDir?: string | undefined
  readonly logDir?: string | undefined
  readonly jobs?: number | undefined
  readonly attempts: number
  readonly out?: string | undefined
  readonly json?: true | undefined
}

/** `arete run`. Exit code 1 if a single attempt was asked for and is not solved, 3 if our own machinery failed. */
export async function run(folders: readonly string[], options: RunOptions): Promise<number> {
  const replaced: Replacement[] = []
  const recording = options.replay === undefined ? undefined : readRecording(options.replay)
  const recorded = recording?.attempts ?? []
  const named = folders.length > 0 ? folders : [...new Set(recorded.map(record => record.taskFolder))]
  const sources = named.length > 0 ? named : [BUNDLED_TASKS]
  const all = await openTasks(sources, options, one => replaced.push(one))
  const predicted = options.predictions === undefined ? undefined : await predict(all, options.predictions)
  const tasks = predicted?.tasks ?? all
  const agents = predicted?.agents ?? (await loadAgents(chooseAgents(options, recorded)))
  refuseTwins(agents.map(({ agent }) => agentName(agent)))
  const out = options.out ?? freshRunFolder(new Date())
  const abort = new AbortController()
  await using models = await chooseModels(options, { out, tasks, agents, recording, signal: abort.signal })
  const plan: RunPlan = {
    id: randomBytes(6).toString('hex'),
    tasks,
    agents,
    attempts: Math.max(options.attempts, ...recorded.map(record => record.attempt)),
    jobs: options.jobs,
    out,
    replaced,
    models,
  }

  for (const line of sayNotes(tasks)) console.error(colors.dim(line))
  const surroundings = await ready()
  const missing = await findMissing(surroundings.engine, tasks)
  if (missing.length > 0) {
    const lost = new Set(missing.flatMap(image => image.tasks))
    if (tasks.every(task => lost.has(task.name))) throw new SandboxError('image-missing', sayMissing(missing))
    console.error(plain(sayMissing(missing)))
  }
  const stop = (): void => {
    // Whoever asks twice does not want to wait; the next run removes what is left.
    if (abort.signal.aborted) process.exit(130)
    abort.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const live = openLive(options.json ? process.stderr : process.stdout)
  try {
    const result = await runAll(surroundings, plan, live.onEvent, abort.signal)
    live.stop()
    const reports = predicted && report(all, predicted.predictions, result, options)
    if (options.json) console.log(asJson({ ...toJson(result), ...(reports && { report: reports.report }) }))
    else console.log([renderResult(result, plan), ...(reports ? [renderReport(reports)] : [])].join('\n'))
    return exitCode(result)
  } catch (error) {
    live.stop()
    if (!(error instanceof SandboxError) || error.code !== 'cancelled') throw error
    console.error(plain(`\n${error.message}. To go on: ${goOn(folders, options, out)}`))
    // Connections to sandboxes that are gone would hold the process.
    process.exit(130)
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}

/** Who works: whom the command names, who is on the record that is replayed, or the three that need no model. */
function chooseAgents({ agent }: RunOptions, recorded: readonly AttemptRecord[]): string[] {
  const known = [...new Set(recorded.map(record => record.agentSource))]
  return agent ?? (known.length > 0 ? known : ['oracle', 'nop', REPAIR_AGENT])
}

async function loadAgents(sources: readonly string[]): Promise<RunPlan['agents']> {
  return await Promise.all(
    sources.map(async source => ({
      agent: await loadAgent(source, { installs: true }),
      source: isBuiltIn(source) ? source : path.resolve(source),
    })),
  )
}

/** Where tasks do not get what they ask for, each thing once. */
function sayNotes(tasks: readonly Task[]): string[] {
  const notes = [...new Set(tasks.flatMap(task => task.notes))]
  return notes.map(note => {
    const names = tasks.filter(task => task.notes.includes(note)).map(task => task.name)
    return `note: ${names.length === 1 ? plain(names[0]!) : `${names.length} tasks`}: ${plain(note)}`
  })
}

function isBuiltIn(source: string): boolean {
  return source === 'oracle' || source === 'nop'
}

/** Whoever has an agent of his own knows how to come to one. */
function isOurs(source: string): boolean {
  return isBuiltIn(source) || source.startsWith(TEMPLATES + path.sep)
}

function refuseTwins(names: readonly string[]): void {
  const twin = names.find((name, index) => names.indexOf(name) !== index)
  if (twin !== undefined)
    throw new AgentError(twin, ['two agents of one run have this name: change "name" in one agent.json'])
}

function renderResult(result: RunResult, plan: RunPlan): string {
  const width = process.stdout.columns ?? 100
  const { attempts, board, run } = result
  if (attempts.length === 1)
    return renderDetails(attempts[0]!, path.join(plan.out, attempts[0]!.folder), width)
  const seconds = (Date.parse(run.finished) - Date.parse(run.started)) / 1000
  const failures = attempts.filter(record => record.verdict === null)
  const uncertified = new Set(attempts.filter(record => !record.certified).map(record => record.task))
  const lines = [
    '',
    renderBoard(board, width),
    '',
    ...failures.map(
      record =>
        `${colors.red('no verdict')}  ${oneLine(record.agent, 64)}  ${oneLine(record.task, 64)}  ${oneLine(record.detail, width - 30)}`,
    ),
    ...(uncertified.size > 0
      ? [
          `${uncertified.size} ${uncertified.size === 1 ? 'task has' : 'tasks have'} no certificate and ${uncertified.size === 1 ? 'does' : 'do'} not count on the board: "npx arete task check <folder>" makes one`,
        ]
      : []),
    `${attempts.length} attempts in ${duration(seconds)}, overhead ${Math.round(1000 * median(attempts.map(record => record.seconds.overhead)))} ms each (median)`,
    '',
    ...saySpending(result),
    `Run        ${shown(plan.out)}`,
    `View       npx arete view ${shown(plan.out)}`,
    ...(plan.agents.every(({ source }) => isOurs(source))
      ? [
          'Your agent npx arete agent new my-agent && npx arete run --agent my-agent',
          'Your task  npx arete task new <git repository> <folder>',
        ]
      : []),
  ]
  return lines.join('\n')
}

/** A line per agent that asked models. */
function saySpending({ attempts }: RunResult): string[] {
  return [...new Set(attempts.map(record => record.agent))].flatMap(agent => {
    const own = attempts.filter(record => record.agent === agent)
    const spent = sumSpent(own)
    return spent === undefined
      ? []
      : [`Models     ${oneLine(agent, 64)}: ${saySpent(spent)} in ${counted(own.length, 'attempt')}`]
  })
}

function exitCode({ attempts }: RunResult): number {
  if (attempts.some(record => record.verdict === null)) return 3
  // A repetition that went another way is none.
  if (attempts.some(({ spent }) => spent?.replayed?.divergence != null)) return 1
  return attempts.length === 1 && attempts[0]!.verdict !== 'solved' ? 1 : 0
}

/** What scripts read: paths are relative to where the command ran. */
function toJson({ run, attempts, board }: RunResult): object {
  return {
    run,
    spent: sumSpent(attempts) ?? null,
    attempts: attempts.map(record => ({
      ...record,
      patch: record.patch === null ? null : path.join(run.folder, record.folder, record.patch),
    })),
    board: board.rows.map(row => ({ agent: row.agent, score: row.score, environments: row.cells })),
  }
}

function goOn(folders: readonly string[], options: RunOptions, out: string): string {
  const { agent = [], attempts, allowNetwork = 'allowlist', clone = [], ids = [], verifier } = options
  const quote = (word: string): string => (/^[\w./-]+$/.test(word) ? word : `'${word}'`)
  const flags = [
    ...agent.flatMap(source => ['--agent', quote(source)]),
    ...(allowNetwork === 'allowlist' ? [] : ['--allow-network', allowNetwork]),
    ...clone.flatMap(one => ['--clone', quote(one)]),
    ...(attempts > 1 ? ['--attempts', String(attempts)] : []),
    ...(['predictions', 'split', 'recipes'] as const).flatMap(name =>
      options[name] === undefined ? [] : [`--${name}`, quote(options[name])],
    ),
    ...(ids.length > 0 ? ['--ids', ...ids.map(quote)] : []),
    ...(verifier === 'task' ? ['--verifier', verifier] : []),
    ...(['gateway', 'model', 'usd', 'replay'] as const).flatMap(name =>
      options[name] === undefined ? [] : [`--${name}`, quote(String(options[name]))],
    ),
    ...(options.anyModel ? ['--any-model'] : []),
    ...(options.intercept ? ['--intercept'] : []),
    '--out',
    quote(shown(out)),
  ]
  return ['npx arete run', ...folders.map(quote), ...flags].join(' ')
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}
