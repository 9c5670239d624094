import { openClient } from '../../web/client.ts'
import { UsageError } from '../errors.ts'
import { asJson, plain } from '../text.ts'
import { exitOf, renderStanding } from './status.ts'

/** `arete watch`: a line for each thing that happens, then how it stands. Ends when the submission is decided. */
export async function watch(
  id: string,
  { validator, json }: { readonly validator: string; readonly json?: true },
): Promise<number> {
  const client = openClient(validator)
  if ((await client.standing(id)) === undefined)
    throw new UsageError(`There is no submission ${plain(id)} at ${validator}: "arete status" lists them`)
  const end = new AbortController()
  const onInterrupt = (): void => end.abort()
  process.once('SIGINT', onInterrupt)
  try {
    for await (const { kind, data } of client.follow(id, end.signal)) {
      const line = describe(kind, data)
      if (json && line !== undefined) console.log(JSON.stringify({ kind, ...(data as object) }))
      else if (line !== undefined) console.log(plain(line))
      if (isLast(kind, data)) end.abort()
    }
  } finally {
    process.off('SIGINT', onInterrupt)
  }
  const standing = (await client.standing(id))!
  const isOpen = standing.state === 'queued' || standing.state === 'working'
  if (isOpen) {
    console.error(`Stopped watching; it goes on: npx arete watch ${id}`)
    return 130
  }
  console.log(json ? asJson(standing) : `\n${renderStanding(standing)}`)
  return exitOf(standing)
}

type Body = Readonly<Record<string, unknown>> & { readonly at?: string }

function describe(kind: string, data: unknown): string | undefined {
  const body = (data ?? {}) as Body
  const time = String(body.at ?? '').slice(11, 19)
  switch (kind) {
    case 'accepted':
      return `${time}  handed in: ${String(body.agent)}`
    case 'stage':
      return `${time}  ${String(body.state)}: ${String(body.stage)}${reasonsOf(body)}`
    case 'attempt':
      return body.verdict === undefined || body.verdict === null
        ? undefined
        : `${time}  ${String(body.verdict)}: ${String(body.stage)} ${String(body.place)}, ${String(body.environment)} (${String(body.reason)})`
    case 'skipped':
      return `${time}  ${Array.isArray(body.attempts) ? body.attempts.length : 'some'} tasks are not needed any more`
    case 'voided':
      return `${time}  a task is void by our own failure: ${String(body.reason ?? '')}`
    default:
      return undefined
  }
}

function reasonsOf({ reasons }: Body): string {
  if (!Array.isArray(reasons) || reasons.length === 0) return ''
  return ` (${reasons.map(one => String((one as { message?: unknown }).message)).join('; ')})`
}

function isLast(kind: string, data: unknown): boolean {
  const { state } = (data ?? {}) as { state?: string }
  return kind === 'stage' && state !== undefined && state !== 'queued' && state !== 'working'
}
