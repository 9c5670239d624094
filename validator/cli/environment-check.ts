import { randomBytes } from 'node:crypto'
import colors from 'picocolors'
import type { Affinetes } from '../../task-bank/affinetes.ts'
import { loadEnvironments } from '../pool-files.ts'
import { type QualifyResult, qualifyEnvironment } from '../qualify.ts'
import { UsageError } from './errors.ts'
import { ENVIRONMENTS } from './places.ts'
import { ready } from './setup.ts'
import { asJson, counted, oneLine, plain } from './text.ts'

export interface EnvironmentCheckOptions {
  readonly environments?: string | undefined
  readonly rounds: number
  readonly json?: true | undefined
}

/** `arete environment check`: exit code 1 if it may not count. */
export async function check(name: string, options: EnvironmentCheckOptions): Promise<number> {
  const declared = findAffinetes(name, options.environments)
  const absent = absentVariables(declared)
  if (absent.length > 0)
    throw new UsageError(
      `Cannot start "${name}": the variables ${absent.join(', ')} are declared for it, and not set here`,
    )
  const surroundings = await ready()
  const stop = new AbortController()
  const onSignal = (): void => stop.abort()
  process.once('SIGINT', onSignal)
  try {
    const result = await qualifyEnvironment(surroundings, declared, {
      ...{ id: name, rounds: options.rounds, variables: process.env, signal: stop.signal },
      run: randomBytes(6).toString('hex'),
      onProgress: showProgress(name),
    })
    if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
    console.log(options.json ? asJson(result) : render(name, result))
    return result.qualifies ? 0 : 1
  } finally {
    process.off('SIGINT', onSignal)
  }
}

/** Variables that are declared for an environment, and not there. */
export function absentVariables({ env }: Affinetes): string[] {
  return env.filter(variable => process.env[variable] === undefined)
}

/** The declaration of an environment that brings its own image. @throws UsageError if there is none of this name */
export function findAffinetes(name: string, file: string = ENVIRONMENTS): Affinetes {
  const { environments } = loadEnvironments(file)
  const found = environments[name]
  if (found?.protocol === 'affinetes') return found
  const known = Object.entries(environments).flatMap(([id, { protocol }]) =>
    protocol === 'affinetes' ? [id] : [],
  )
  const there = known.length === 0 ? 'none' : known.join(', ')
  throw new UsageError(
    found === undefined
      ? `Cannot use "${plain(name)}": it is not declared in ${plain(file)}; of affinetes there: ${there}`
      : `Cannot use "${plain(name)}": its tasks are folders; "arete task check" checks those`,
  )
}

function showProgress(name: string) {
  const { stderr } = process
  return ({ what, done, total }: { what: string; done: number; total: number }): void => {
    const line = `[${done + 1}/${total}] ${oneLine(name, 50)} ${what}`
    stderr.write(stderr.isTTY ? `\r\u001b[K${colors.dim(line)}` : `${line}\n`)
  }
}

function render(name: string, { qualifies, reasons, methods, trials }: QualifyResult): string {
  const mark = qualifies ? colors.green('✔') : colors.red('✘')
  const seconds = trials.map(trial => trial.seconds).toSorted((one, other) => one - other)
  const median = seconds[Math.floor(seconds.length / 2)]
  return [
    `${mark} ${colors.bold(oneLine(name, 60))}  ${qualifies ? 'may count' : 'may not count'}`,
    ...reasons.map(reason => `  ${colors.red('against')}   ${plain(reason)}`),
    `  methods   ${methods.length === 0 ? 'none' : oneLine(methods.join(', '), 100)}`,
    ...(['oracle', 'nop'] as const).flatMap(control => {
      const own = trials.filter(trial => trial.control === control)
      const right = own.filter(({ disposition: d, expected }) => d.kind === 'scored' && d.score === expected)
      return own.length === 0
        ? []
        : [`  ${control.padEnd(9)} ${right.length}/${own.length} came to ${own[0]!.expected}`]
    }),
    ...(median === undefined
      ? []
      : [`  took      ${median.toFixed(1)} s a call, ${counted(trials.length, 'call')}`]),
  ].join('\n')
}
