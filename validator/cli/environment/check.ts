import { randomBytes } from 'node:crypto'
import colors from 'picocolors'
import { type QualifyResult, qualifyEnvironment } from '../../environments/qualify.ts'
import { untilInterrupted } from '../interrupt.ts'
import { ready } from '../machine/setup.ts'
import { asJson, counted, oneLine, plain } from '../text.ts'
import { findAffinetes } from './find-affinetes.ts'

export interface EnvironmentCheckOptions {
  readonly environments?: string | undefined
  readonly rounds: number
  readonly json?: true | undefined
}

/** `arete environment check`: exit code 1 if it may not count. */
export async function check(name: string, options: EnvironmentCheckOptions): Promise<number> {
  const declared = findAffinetes(name, options.environments)
  const surroundings = await ready()
  const result = await untilInterrupted(signal =>
    qualifyEnvironment(surroundings, declared, {
      ...{ id: name, rounds: options.rounds, variables: process.env, signal },
      run: randomBytes(6).toString('hex'),
      onProgress: showProgress(name),
    }),
  )
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[K')
  console.log(options.json ? asJson(result) : render(name, result))
  return result.qualifies ? 0 : 1
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
