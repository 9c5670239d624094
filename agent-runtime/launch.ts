import fs from 'node:fs'
import { pathToFileURL } from 'node:url'
import { type MeteredBudget, openBudget } from './budget.ts'
import type { Assignment, Context, Model, Shell, Solution, Solve } from './contract.ts'
import { openModel } from './model.ts'
import { openShell } from './shell.ts'
import type { AgentEvent } from './trajectory.ts'

/**
 * Starts a TypeScript or JavaScript agent: the bundled agent's path is the first argument, the assignment comes on
 * stdin, events go to file descriptor 3, and the exit code is 0 unless the agent threw.
 */
const RESULTS = 3
const LAST_SECONDS = 5

async function main(): Promise<number> {
  const assignment = JSON.parse(fs.readFileSync(0, 'utf8')) as Assignment
  const abort = new AbortController()
  const untilAbort = Math.max(1, assignment.limits.seconds - LAST_SECONDS) * 1000
  // Keeps the process alive: an agent may wait for nothing but this.
  setTimeout(() => abort.abort(new Error('The time of this attempt is nearly over')), untilAbort)
  try {
    const agent: unknown = await import(pathToFileURL(process.argv[2]!).href)
    const solution = await findSolve(agent)(openContext(assignment, abort.signal))
    const patch = textOf(solution)
    if (patch.trim() !== '') emit({ kind: 'returned', patch })
    return 0
  } catch (error) {
    emit({ kind: 'threw', message: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    console.error(error)
    return 1
  }
}

function findSolve(agent: unknown): Solve {
  const { solve, default: fallback } = agent as { solve?: unknown; default?: unknown }
  const nested = (fallback as { solve?: unknown } | undefined)?.solve
  for (const candidate of [solve, fallback, nested])
    if (typeof candidate === 'function') return candidate as Solve
  throw new Error('The agent exports neither a function "solve" nor a default function')
}

function openContext(assignment: Assignment, signal: AbortSignal): Context {
  const { workdir, problemStatement, limits, mcpServers = [], skillsFolder } = assignment
  const budget = openBudget({ seconds: limits.seconds, usd: limits.usd, now: Date.now })
  return {
    task: { problemStatement, workdir, mcpServers, skillsFolder },
    model: recordedModel(
      openModel({
        url: process.env.ARETE_GATEWAY_URL,
        token: process.env.ARETE_GATEWAY_TOKEN,
        model: process.env.ARETE_MODEL,
        budget,
        signal,
      }),
      budget,
    ),
    shell: recorded(openShell(workdir, signal)),
    budget,
    signal,
    log: (message, data) =>
      emit({ kind: 'log', at: now(), message, ...(data === undefined ? {} : { data }) }),
  }
}

function recorded(shell: Shell): Shell {
  return async (command, options) => {
    const start = performance.now()
    const result = await shell(command, options)
    emit({
      kind: 'shell',
      at: now(),
      command: command.slice(0, 4096),
      exitCode: result.exitCode,
      seconds: Math.round(performance.now() - start) / 1000,
      output: (result.stdout + result.stderr).slice(-4096),
    })
    return result
  }
}

function recordedModel(model: Model, budget: MeteredBudget): Model {
  const complete: Model['complete'] = async (messages, options) => {
    const before = budget.spent()
    const completion = await model.complete(messages, options)
    const after = budget.spent()
    emit({
      kind: 'model',
      at: now(),
      model: options?.model ?? process.env.ARETE_MODEL ?? 'unnamed',
      answer: [completion.content, ...completion.toolCalls.map(call => `${call.name}(${call.arguments})`)]
        .filter(text => text !== '')
        .join('\n'),
      promptTokens: after.inputTokens - before.inputTokens,
      completionTokens: after.outputTokens - before.outputTokens,
    })
    return completion
  }
  return {
    ...model,
    complete,
    chat: async (messages, options) => (await complete(messages, options)).content,
  }
}

function textOf(solution: Solution): string {
  if (typeof solution === 'string') return solution
  if (solution === undefined || solution === null) return ''
  if (typeof solution === 'object' && typeof solution.patch === 'string') return solution.patch
  throw new Error('The agent returned neither a diff, nor { patch }, nor nothing')
}

function emit(event: AgentEvent): void {
  fs.writeSync(RESULTS, `${JSON.stringify(event)}\n`)
}

function now(): string {
  return new Date().toISOString()
}

process.exit(await main())
