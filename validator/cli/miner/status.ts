import colors from 'picocolors'
import type { Standing } from '../../stages/standing.ts'
import { openClient } from '../../web/client.ts'
import { UsageError } from '../errors.ts'
import { asJson, plain } from '../text.ts'

export interface StatusOptions {
  readonly validator: string
  readonly hotkey?: string
  readonly json?: true
}

/** `arete status`: exit code 1 if the submission was refused, or did not pass. */
export async function status(
  id: string | undefined,
  { validator, hotkey, json }: StatusOptions,
): Promise<number> {
  const client = openClient(validator)
  if (id === undefined) {
    const list = await client.submissions(hotkey)
    if (json) console.log(asJson(list))
    else if (list.length === 0) console.log('Nothing was handed in yet')
    else
      for (const one of list)
        console.log(
          plain(
            `${one.id}  ${one.state.padEnd(9)} ${one.stage.padEnd(12)} ${one.received.slice(0, 16).replace('T', ' ')}  ${one.hotkey}`,
          ),
        )
    return 0
  }
  const standing = await client.standing(id)
  if (standing === undefined)
    throw new UsageError(`There is no submission ${plain(id)} at ${validator}: "arete status" lists them`)
  console.log(json ? asJson(standing) : renderStanding(standing))
  return exitOf(standing)
}

export function exitOf({ state }: Standing): number {
  return state === 'failed' || state === 'refused' || state === 'voided' || state === 'cancelled' ? 1 : 0
}

/** A submission for a person: where it stands, what was found out, what comes next. */
export function renderStanding(standing: Standing): string {
  const { id, agent, hotkey, state, stage, place, precedence, window, received } = standing
  const where = place === null ? '' : `, ${place === 1 ? 'first' : `number ${place}`} in the queue`
  const lines = [
    `Submission ${id}`,
    `Agent      ${agent.name} ${agent.version} (${agent.language})`,
    `Hotkey     ${hotkey}`,
    `Handed in  ${received.slice(0, 19).replace('T', ' ')} UTC, block ${precedence.block}, window ${window}`,
    `State      ${paint(state)}${state === 'queued' || state === 'working' ? ` in the stage ${stage}${where}` : ` after the stage ${stage}`}`,
  ]
  for (const one of standing.stages) {
    const { lowest, highest } = one.bounds
    const score =
      one.stage === 'smoke'
        ? ''
        : one.open === 0
          ? `, score ${lowest.toFixed(2)}`
          : `, score from ${lowest.toFixed(2)} to ${highest.toFixed(2)}`
    const left = [one.open > 0 ? `${one.open} open` : '', one.voided > 0 ? `${one.voided} void` : '']
      .filter(Boolean)
      .join(', ')
    lines.push(
      `${one.stage.padEnd(11)}${bar(one)} ${one.solved} of ${one.tasks} solved${left === '' ? '' : `, ${left}`}${score}`,
    )
  }
  for (const attempt of standing.attempts.filter(({ verdict }) => verdict !== null))
    lines.push(`  ${renderAttempt(attempt)}`)
  if (standing.origin !== null) lines.push(...renderOrigin(standing.origin))
  for (const { message } of standing.reasons) lines.push(`Why        ${message}`)
  lines.push(`Next       ${standing.next}`)
  return lines.map(plain).join('\n')
}

function renderOrigin({ submission, isOwn, reason }: NonNullable<Standing['origin']>): string[] {
  const whose = isOwn ? `its owner's earlier ${submission}` : submission
  return [`Copy of    looks like ${whose}: must be better by 3 points`, `           ${reason}`]
}

function renderAttempt({
  stage,
  place,
  task,
  environment,
  verdict,
  reason,
  seconds,
}: Standing['attempts'][number]): string {
  const time = seconds === null ? '' : `${seconds.toFixed(1)} s`
  return `${stage.padEnd(12)} ${String(place).padStart(3)}  ${(task ?? 'a task').padEnd(28)} ${environment.padEnd(18)} ${(verdict ?? '').padEnd(9)} ${time.padStart(8)}  ${reason ?? ''}`
}

function bar({ tasks, solved, judged, voided }: Standing['stages'][number]): string {
  const width = Math.min(tasks, 24)
  const scale = (count: number): number => Math.round((count / Math.max(1, tasks)) * width)
  const done = scale(solved)
  const tried = Math.max(0, scale(judged + voided) - done)
  return `${'█'.repeat(done)}${'▒'.repeat(tried)}${'░'.repeat(Math.max(0, width - done - tried))}`
}

function paint(state: Standing['state']): string {
  switch (state) {
    case 'passed':
      return colors.green(state)
    case 'failed':
    case 'refused':
      return colors.red(state)
    case 'voided':
    case 'cancelled':
      return colors.yellow(state)
    case 'queued':
    case 'working':
      return colors.cyan(state)
  }
}
