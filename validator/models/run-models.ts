import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { agentName } from '../../sandbox/agent.ts'
import { digestFiles, sha256 } from '../../sandbox/digest.ts'
import { type AttemptModels, openAttemptModels, TRUST } from '../../sandbox/gateway/attempt.ts'
import { readCalls } from '../../sandbox/gateway/calls.ts'
import type { Catalog } from '../../sandbox/gateway/catalog.ts'
import { type GatewayConfig, GatewayError } from '../../sandbox/gateway/config.ts'
import { Gateway, openGateway } from '../../sandbox/gateway/gateway.ts'
import { markersOf } from '../../sandbox/gateway/markers.ts'
import { Price, toUsd } from '../../sandbox/gateway/money.ts'
import { Policy } from '../../sandbox/gateway/policy.ts'
import { Replay } from '../../sandbox/gateway/replay.ts'
import { openSpending, readSpending } from '../../sandbox/gateway/spending.ts'
import type { Offered } from '../../sandbox/prepare.ts'
import type { Task } from '../../task-bank/task.ts'
import { type AttemptRecord, folderOf, readRecord, type Wanted } from '../runs/record.ts'

/** The language models of a run. */
export interface RunModels extends AsyncDisposable {
  /** What agents are told of them in an environment; undefined if there are none. */
  readonly offer: (environment: string) => Offered | undefined
  /** Tells these models, money and answers from others: an attempt with others is another attempt. */
  readonly identity: (environment: string) => string
  readonly open: (wanted: Wanted) => Promise<AttemptModels>
  /** What a run says of them: enough to repeat it from its record. */
  readonly described: ModelsRecord
  /** What the run and each agent have spent in US dollars, also in attempts that were not finished; undefined if nothing is spent. */
  readonly totals: () =>
    | { readonly usd: number; readonly agents: Readonly<Record<string, number>> }
    | undefined
  readonly notes: readonly string[]
}

/** `models` in `run.json`. */
export const ModelsRecord = z.object({
  from: z.string(),
  /** What agents of each environment could use. */
  policies: z.record(z.string(), Policy),
  prices: z.record(z.string(), Price),
  intercepts: z.boolean(),
})
export type ModelsRecord = z.infer<typeof ModelsRecord>

/** Where the calls of an attempt are, in its folder. */
export const CALLS = 'agent/calls.jsonl'
const SPENDING = 'spending.jsonl'
/** Prices of so many models are noted; a provider may list hundreds. */
const MOST_PRICES = 1000

/** Opens models of providers for a run. @throws GatewayError */
export async function openRunModels(
  config: GatewayConfig,
  options: {
    readonly out: string
    readonly tasks: readonly Task[]
    readonly intercepts: boolean
    readonly env: Readonly<Record<string, string | undefined>>
    readonly signal: AbortSignal
  },
): Promise<RunModels> {
  const { out, tasks, intercepts, env, signal } = options
  const spending = openSpending(path.join(out, SPENDING))
  const markers = markersOf(tasks)
  try {
    const opened = await openGateway(config, { env, signal, markers, spending })
    const { gateway, catalog, notes } = opened
    const environments = [...new Set(tasks.map(task => task.environment))]
    const policies = Object.fromEntries(environments.map(name => [name, gateway.policy(name)]))
    const named = [...new Set(Object.values(policies).flatMap(one => [...one.models, ...one.embeddings]))]
    const prices = Object.fromEntries(
      named.slice(0, MOST_PRICES).flatMap(name => {
        const price = catalog.routes(name)[0]?.price
        return price === undefined ? [] : [[name, price]]
      }),
    )
    const described = { from: config.from, policies, prices, intercepts }
    return {
      ...buildRunModels(gateway, described, wanted => ({ file: path.join(out, folderOf(wanted), CALLS) })),
      notes,
      totals: () => totalsOf(path.join(out, SPENDING)),
      async [Symbol.asyncDispose]() {
        await opened[Symbol.asyncDispose]()
        spending[Symbol.dispose]()
      },
    }
  } catch (error) {
    spending[Symbol.dispose]()
    throw error
  }
}

/** A run that is recorded, as far as it can be repeated. */
export interface Recording {
  readonly folder: string
  readonly models: ModelsRecord
  readonly attempts: readonly AttemptRecord[]
}

/** @throws GatewayError if the folder holds no run with recorded calls */
export function readRecording(folder: string): Recording {
  const file = path.join(folder, 'run.json')
  if (!fs.existsSync(file)) throw new GatewayError(`Cannot replay ${folder}: it has no run.json`)
  const run = z
    .object({ models: ModelsRecord.nullish() })
    .safeParse(JSON.parse(fs.readFileSync(file, 'utf8')))
  const models = run.data?.models
  const attempts = fs
    .readdirSync(folder, { withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .flatMap(entry => readRecord(path.join(folder, entry.name)) ?? [])
    .filter(record => fs.existsSync(path.join(folder, record.folder, CALLS)))
  if (models === undefined || models === null || attempts.length === 0)
    throw new GatewayError(`Cannot replay ${folder}: no attempt in it asked a language model`)
  return { folder, models, attempts }
}

/** The models of a run whose answers come from the record of another one: free, and without a network. */
export function replayRunModels(recording: Recording, out: string): RunModels {
  const { models, attempts, folder } = recording
  const catalog: Catalog = {
    routes: name => {
      const price = models.prices[name]
      return price === undefined ? [] : [{ provider: NOBODY, model: name, price }]
    },
    ...{ chat: [], embeddings: [], notes: [] },
  }
  const [first] = Object.values(models.policies)
  const gateway = new Gateway({ catalog, policies: { base: first!, environments: models.policies } })
  const find = ({ task, agent, attempt }: Wanted): AttemptRecord | undefined =>
    attempts.find(one => one.task === task.name && one.agent === agentName(agent) && one.attempt === attempt)
  const identities = attempts.map(record => digestFiles([path.join(folder, record.folder, CALLS)]))
  return {
    ...buildRunModels(gateway, { ...models, from: `the record in ${folder}` }, wanted => {
      const record = find(wanted)
      const text =
        record === undefined ? '' : fs.readFileSync(path.join(folder, record.folder, CALLS), 'utf8')
      return { file: path.join(out, folderOf(wanted), CALLS), replay: new Replay(readCalls(text)) }
    }),
    identity: environment => sha256(JSON.stringify([environment, identities])),
    notes: [],
    totals: () => undefined,
    [Symbol.asyncDispose]: () => gateway[Symbol.asyncDispose](),
  }
}

function totalsOf(file: string): ReturnType<RunModels['totals']> {
  const { run, agents } = readSpending(file)
  return {
    usd: toUsd(run.usd),
    agents: Object.fromEntries([...agents].map(([name, totals]) => [name, toUsd(totals.usd)])),
  }
}

const NOBODY = {
  name: 'record',
  list: async () => [],
  ask: () => Promise.reject(new Error('A replayed run asks nobody')),
}

function buildRunModels(
  gateway: Gateway,
  described: ModelsRecord,
  placeOf: (wanted: Wanted) => { readonly file: string; readonly replay?: Replay },
): Omit<RunModels, 'notes' | 'totals' | typeof Symbol.asyncDispose> {
  const { intercepts } = described
  const offer = (environment: string): Offered | undefined => {
    const offered = gateway.offer(environment)
    return offered && { ...offered, ...(intercepts ? { trust: TRUST } : {}) }
  }
  return {
    offer,
    described,
    identity: environment => sha256(JSON.stringify([gateway.policy(environment), intercepts])),
    open: async wanted => {
      const { task, agent } = wanted
      return await openAttemptModels(gateway, task.environment, {
        attempt: `${folderOf(wanted)}-${randomBytes(4).toString('hex')}`,
        agent: agentName(agent),
        task: task.name,
        intercepts,
        ...placeOf(wanted),
      })
    },
  }
}
