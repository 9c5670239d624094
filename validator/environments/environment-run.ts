import { createHash } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import pLimit from 'p-limit'
import { ensurePinned } from '../../sandbox/affinetes/pinned.ts'
import { sha256 } from '../../sandbox/digest.ts'
import type { Gateway } from '../../sandbox/gateway/gateway.ts'
import { toUsd } from '../../sandbox/gateway/money.ts'
import { holding } from '../../sandbox/hold.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import type { Affinetes } from '../../task-bank/affinetes.ts'
import { type Board, buildBoard } from '../scoring/board.ts'
import { type CallRecord, callEnvironment, scoredOf, taskCall } from './affinetes.ts'

export interface EnvironmentRunOptions {
  readonly id: string
  readonly run: string
  /** Whom the environment judges, by the names under which the gateway knows them. */
  readonly models: readonly string[]
  readonly gateway: Gateway
  /** How many of its tasks. */
  readonly count: number
  readonly jobs: number
  /** Each call as it ends goes to `calls.jsonl` there; what models were asked to a folder of its own. */
  readonly out: string
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly onCall: (call: ModelCall, done: number, total: number) => void
  readonly signal?: AbortSignal
}

/** What one model came to at one task of an environment. */
export interface ModelCall extends CallRecord {
  readonly model: string
  readonly task: number
  readonly requests: number
  readonly usd: number
}

export interface EnvironmentRun {
  readonly calls: readonly ModelCall[]
  readonly board: Board
}

/**
 * Lets models take part in an environment of affinetes, all on the same tasks, each task in a container of its own: what they are
 * asked passes our gateway, which counts it. Their scores are an environment of the board like any other.
 *
 * @throws SandboxError `image-missing`, `cancelled`
 */
export async function runEnvironment(
  surroundings: Pick<Surroundings, 'engine' | 'runtimeVolume'>,
  declared: Affinetes,
  options: EnvironmentRunOptions,
): Promise<EnvironmentRun> {
  const { engine, runtimeVolume } = surroundings
  const { id, run, models, jobs, out, variables, signal } = options
  await using _ = await holding(surroundings, run)
  const seconds = declared.start_seconds
  const image = await ensurePinned(engine, declared.image, { run, seconds, say: () => {} })
  const context = { engine, runtimeVolume, run, id, image, declared, variables, ...(signal && { signal }) }
  const chosen = chooseTasks(id, declared, options.count)
  const wanted = chosen.flatMap(task => models.map(model => ({ model, task })))
  const limit = pLimit(jobs)
  const file = path.join(out, 'calls.jsonl')
  const calls: ModelCall[] = []
  await Promise.all(
    wanted.map(one =>
      limit(async () => {
        signal?.throwIfAborted()
        const call = await callModel(context, options, one)
        fs.appendFileSync(file, `${JSON.stringify(call)}\n`)
        calls.push(call)
        options.onCall(call, calls.length, wanted.length)
      }),
    ),
  )
  return { calls, board: buildBoard(calls.map(call => scoredOf(call.model, call))) }
}

async function callModel(
  context: Parameters<typeof callEnvironment>[0],
  { gateway, id, out }: EnvironmentRunOptions,
  { model, task }: { readonly model: string; readonly task: number },
): Promise<ModelCall> {
  const name = `${folderName(model)}-${task}`
  const session = gateway.open(id, {
    ...{ attempt: name, agent: model, task: `${id}/${task}`, file: path.join(out, name, 'calls.jsonl') },
  })
  try {
    const port = await gateway.listen(session, { host: '127.0.0.1', port: 0 })
    const endpoint = { url: `http://127.0.0.1:${port}`, model, key: 'counted-here' }
    const record = await callEnvironment(context, taskCall(id, context.declared, task, endpoint))
    const { spent } = await session.end()
    return { ...record, model, task, requests: spent.requests, usd: toUsd(spent.usd) }
  } finally {
    session[Symbol.dispose]()
  }
}

/** For people to read; names that look alike in it have folders of their own. */
function folderName(model: string): string {
  return `${model.replace(/[^\w.-]+/g, '-').slice(0, 100)}-${sha256(model).slice(0, 8)}`
}

/** The first so many ids in the order of SHA-256 over environment and number, so that they are spread over all that there are. */
export function chooseTasks(
  id: string,
  { tasks: [first, end] }: Pick<Affinetes, 'tasks'>,
  count: number,
): number[] {
  const span = BigInt(end - first)
  const chosen = new Set<number>()
  for (let number = 0; chosen.size < Math.min(count, end - first); number++) {
    const hash = createHash('sha256').update(`${id}\0${number}`).digest('hex')
    chosen.add(first + Number(BigInt(`0x${hash}`) % span))
  }
  return [...chosen]
}
