import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { openGateway } from '../../../sandbox/gateway/gateway.ts'
import { openSpending } from '../../../sandbox/gateway/spending.ts'
import { type EnvironmentRun, type ModelCall, runEnvironment } from '../../environments/environment-run.ts'
import { money } from '../../pages/format.ts'
import { untilInterrupted } from '../interrupt.ts'
import { ready } from '../machine/setup.ts'
import { freshRunFolder, shown } from '../places.ts'
import { renderBoard } from '../run/board.ts'
import { chooseConfig } from '../run/models.ts'
import { asJson, counted, oneLine } from '../text.ts'
import { findAffinetes } from './find-affinetes.ts'

export interface EnvironmentRunCliOptions {
  readonly environments?: string | undefined
  readonly model: readonly string[]
  readonly tasks: number
  readonly jobs: number
  readonly out?: string | undefined
  readonly gateway?: string | undefined
  readonly usd?: number | undefined
  readonly json?: true | undefined
}

/** `arete environment run`: exit code 1 if no call came to a score. */
export async function run(name: string, options: EnvironmentRunCliOptions): Promise<number> {
  const declared = findAffinetes(name, options.environments)
  const config = chooseConfig({ ...options, models: options.model })
  const surroundings = await ready()
  const out = options.out ?? freshRunFolder(new Date())
  fs.mkdirSync(out, { recursive: true })
  const result = await untilInterrupted(async signal => {
    using spending = openSpending(path.join(out, 'spending.jsonl'))
    await using opened = await openGateway(config, { env: process.env, signal, spending })
    const { gateway } = opened
    const models = options.model.length > 0 ? options.model : [gateway.offer(name)!.model]
    return await runEnvironment(surroundings, declared, {
      ...{ id: name, models, gateway, count: options.tasks, jobs: options.jobs, out },
      ...{ run: randomBytes(6).toString('hex'), variables: process.env, signal },
      onCall: showCall,
    })
  })
  console.log(options.json ? asJson(result) : render(result, out))
  return result.calls.some(({ disposition }) => disposition.kind === 'scored') ? 0 : 1
}

function showCall(call: ModelCall, done: number, total: number): void {
  const { model, task, seconds } = call
  console.error(
    `[${done}/${total}] ${oneLine(model, 40)} task ${task}: ${outcomeOf(call)}  ${seconds.toFixed(1)} s`,
  )
}

function outcomeOf({ disposition }: ModelCall): string {
  switch (disposition.kind) {
    case 'scored':
      return disposition.score.toFixed(2)
    case 'failed':
      return `0.00 (${disposition.code})`
    case 'void':
      return `void (${disposition.code})`
  }
}

function render({ calls, board }: EnvironmentRun, out: string): string {
  const requests = calls.reduce((sum, call) => sum + call.requests, 0)
  const usd = calls.reduce((sum, call) => sum + call.usd, 0)
  return [
    '',
    renderBoard(board, process.stdout.columns ?? 100),
    '',
    `${counted(calls.length, 'task')}, ${counted(requests, 'call')} of models, ${money(usd)}`,
    `Calls      ${shown(path.join(out, 'calls.jsonl'))}`,
  ].join('\n')
}
