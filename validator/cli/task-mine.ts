import fs from 'node:fs'
import { SandboxError } from '../../sandbox/errors.ts'
import { readDiscussions } from '../../task-bank/history/discussions.ts'
import { readRecipe, USUAL } from '../../task-bank/history/recipe.ts'
import { type MinePlan, mine } from '../mining/mine.ts'
import { SourceError } from '../mining/source.ts'
import { UsageError } from './errors.ts'
import { openMineLive, renderMine } from './mine-live.ts'
import { shown } from './places.ts'
import { ready } from './setup.ts'
import { asJson, plain } from './text.ts'

export interface MineOptions {
  readonly out: string
  readonly name?: string
  readonly revision: string
  readonly environment: string
  readonly recipe?: string
  readonly issues?: string
  readonly since?: string
  readonly limit?: number
  readonly max?: number
  readonly firstParent?: true
  readonly network?: true
  readonly rounds: number
  readonly jobs?: number
  readonly json?: true
}

/** `arete task mine`. Exit code 1 if no task came out of it, 3 if our own machinery failed on a candidate. */
export async function mineTasks(repository: string, options: MineOptions): Promise<number> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(options.environment))
    throw new UsageError(
      `Cannot use the environment "${options.environment}": lower-case letters, digits and dashes are needed`,
    )
  if (options.name !== undefined && !/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,58}[A-Za-z0-9])?$/.test(options.name))
    throw new UsageError(`Cannot use the name "${options.name}": letters, digits, dashes and dots are needed`)
  const recipe = options.recipe === undefined ? USUAL : load(options.recipe, readRecipe).recipe
  const discussions =
    options.issues === undefined ? new Map() : load(options.issues, readDiscussions).discussions
  const surroundings = await ready()
  const plan: MinePlan = {
    repository,
    name: options.name,
    revision: options.revision,
    out: options.out,
    environment: options.environment,
    recipe,
    discussions,
    since: options.since,
    limit: options.limit,
    max: options.max,
    firstParent: options.firstParent === true,
    network: options.network === true,
    rounds: options.rounds,
    jobs: options.jobs ?? Math.max(1, Math.floor(surroundings.about.cpus / 2)),
  }
  const abort = new AbortController()
  const stop = (): void => {
    // Whoever asks twice does not want to wait; the next command removes what is left.
    if (abort.signal.aborted) process.exit(130)
    abort.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  const live = openMineLive(options.json ? process.stderr : process.stdout, plan.jobs)
  try {
    const result = await mine(surroundings, plan, live.onEvent, abort.signal)
    live.stop()
    if (options.json) console.log(asJson(toJson(result)))
    else console.log(renderMine(result, process.stdout.columns ?? 120))
    if (result.rows.some(row => row.entry === undefined)) return 3
    return result.tasks.length > 0 ? 0 : 1
  } catch (error) {
    live.stop()
    if (error instanceof SourceError) throw new UsageError(error.message)
    if (!(error instanceof SandboxError) || error.code !== 'cancelled') throw error
    console.error(plain(`\n${error.message}. The same command goes on.`))
    // Connections to sandboxes that are gone would hold the process.
    process.exit(130)
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}

const MAX_FILE_BYTES = 2 ** 28

/** Reads a file of the operator's; its mistakes are one message. */
function load<Read extends object>(
  file: string,
  read: (text: string) => Read | { mistakes: string[] },
): Exclude<Read, { mistakes: string[] }> {
  const stat = fs.statSync(file, { throwIfNoEntry: false })
  if (!stat?.isFile() || stat.size > MAX_FILE_BYTES)
    throw new UsageError(
      `Cannot read ${file}: ${stat === undefined ? 'there is no such file' : 'it is no file, or over 256 MiB'}`,
    )
  const found = read(fs.readFileSync(file, 'utf8'))
  if ('mistakes' in found)
    throw new UsageError(
      `Cannot use ${file}:\n${(found.mistakes as string[])
        .slice(0, 20)
        .map(mistake => `  ${mistake}`)
        .join('\n')}`,
    )
  return found as Exclude<Read, { mistakes: string[] }>
}

function toJson({ rows, tasks, ...result }: Awaited<ReturnType<typeof mine>>): object {
  return {
    ...result,
    tasks: tasks.map(shown),
    candidates: rows.map(({ commit, subject, entry, isOld, failure }) => ({
      commit: commit.id,
      date: new Date(commit.time * 1000).toISOString().slice(0, 10),
      subject,
      outcome: entry?.outcome ?? { kind: 'failed', detail: failure },
      seconds: entry?.seconds ?? null,
      decidedBefore: isOld,
    })),
  }
}
