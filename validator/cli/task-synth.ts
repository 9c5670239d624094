import fs from 'node:fs'
import { SandboxError } from '../../sandbox/errors.ts'
import { readRecipe, USUAL } from '../../task-bank/history/recipe.ts'
import { SourceError } from '../mining/source.ts'
import { GroundError } from '../planting/ground.ts'
import type { SynthPlan, SynthResult } from '../planting/plan.ts'
import { synth } from '../planting/synth.ts'
import { UsageError } from './errors.ts'
import { shown } from './places.ts'
import { ready } from './setup.ts'
import { openSynthLive, renderSynth } from './synth-live.ts'
import { asJson, plain } from './text.ts'

export interface SynthOptions {
  readonly out: string
  readonly name?: string
  readonly revision: string
  readonly environment: string
  readonly recipe?: string
  readonly seed: string
  readonly count: number
  readonly limit?: number
  readonly network?: true
  readonly rounds: number
  readonly jobs?: number
  readonly json?: true
}

/** `arete task synth`. Exit code 1 if fewer tasks came out of it than were asked for, 3 if our own machinery failed on a fault. */
export async function synthTasks(repository: string, options: SynthOptions): Promise<number> {
  if (!/^[a-z0-9][a-z0-9-]*$/.test(options.environment))
    throw new UsageError(
      `Cannot use the environment "${options.environment}": lower-case letters, digits and dashes are needed`,
    )
  if (options.name !== undefined && !/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,58}[A-Za-z0-9])?$/.test(options.name))
    throw new UsageError(`Cannot use the name "${options.name}": letters, digits, dashes and dots are needed`)
  const recipe = options.recipe === undefined ? USUAL : loadRecipe(options.recipe)
  const surroundings = await ready()
  const plan: SynthPlan = {
    repository,
    recipe,
    name: options.name,
    revision: options.revision,
    out: options.out,
    environment: options.environment,
    seed: options.seed,
    count: options.count,
    limit: options.limit,
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
  const live = openSynthLive(options.json ? process.stderr : process.stdout, plan)
  try {
    const result = await synth(surroundings, plan, live.onEvent, abort.signal)
    live.stop()
    if (options.json) console.log(asJson(toJson(result)))
    else console.log(renderSynth(result, process.stdout.columns ?? 120))
    if (result.rows.some(row => row.entry === undefined)) return 3
    return result.tasks.length >= plan.count ? 0 : 1
  } catch (error) {
    live.stop()
    if (error instanceof SourceError || error instanceof GroundError) throw new UsageError(error.message)
    if (!(error instanceof SandboxError) || error.code !== 'cancelled') throw error
    console.error(plain(`\n${error.message}. The same command goes on.`))
    // Connections to sandboxes that are gone would hold the process.
    process.exit(130)
  } finally {
    process.removeListener('SIGINT', stop)
    process.removeListener('SIGTERM', stop)
  }
}

function loadRecipe(file: string): SynthPlan['recipe'] {
  if (!fs.statSync(file, { throwIfNoEntry: false })?.isFile())
    throw new UsageError(`Cannot read ${file}: there is no such file`)
  const found = readRecipe(fs.readFileSync(file, 'utf8'))
  if ('recipe' in found) return found.recipe
  throw new UsageError(`Cannot use ${file}:\n${found.mistakes.map(mistake => `  ${mistake}`).join('\n')}`)
}

function toJson({ rows, tasks, ...result }: SynthResult): object {
  return {
    ...result,
    tasks: tasks.map(shown),
    tried: rows.map(({ fault, entry, isOld, failure }) => ({
      fault: entry?.fault ?? null,
      kind: fault.kind,
      ...fault.place,
      description: fault.description,
      outcome: entry?.outcome ?? { kind: 'failed', detail: failure },
      seconds: entry?.seconds ?? null,
      decidedBefore: isOld,
    })),
  }
}
