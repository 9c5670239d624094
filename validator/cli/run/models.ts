import colors from 'picocolors'
import { type GatewayConfig, GatewayError } from '../../../sandbox/gateway/config.ts'
import type { Policy } from '../../../sandbox/gateway/policy.ts'
import type { Task } from '../../../task-bank/task.ts'
import { readGatewayConfig } from '../../models/gateway-config.ts'
import { openRunModels, type Recording, type RunModels, replayRunModels } from '../../models/run-models.ts'
import { Spent } from '../../models/spent.ts'
import { money } from '../../pages/format.ts'
import type { RunPlan } from '../../runs/plan.ts'
import type { AttemptRecord } from '../../runs/record.ts'
import { counted, plain } from '../text.ts'

/** What `arete run` takes about language models. */
export interface ModelOptions {
  readonly gateway?: string | undefined
  readonly model?: string | undefined
  readonly usd?: number | undefined
  readonly anyModel?: true | undefined
  readonly intercept?: true | undefined
  readonly replay?: string | undefined
}

/**
 * The models that a run offers: those of a record, of a file, or of what the environment's variables say; undefined if there are
 * none, or no agent could ask.
 *
 * @throws GatewayError for what the person has to mend
 */
export async function chooseModels(
  options: ModelOptions,
  run: {
    readonly out: string
    readonly tasks: readonly Task[]
    readonly agents: RunPlan['agents']
    readonly recording: Recording | undefined
    readonly signal: AbortSignal
  },
): Promise<RunModels | undefined> {
  const { out, tasks, agents, recording, signal } = run
  if (recording !== undefined) return replayRunModels(recording, out)
  if (agents.every(({ agent }) => agent.kind !== 'program')) return undefined
  const found = readGatewayConfig(process.env, options.gateway)
  if (found === undefined && options.model === undefined && options.usd === undefined) return undefined
  const config = withChoices(found ?? nowhere(), {
    ...options,
    models: options.model === undefined ? [] : [options.model],
  })
  const models = await openRunModels(config, {
    ...{ out, tasks, env: process.env, signal },
    intercepts: options.intercept === true,
  })
  for (const note of models.notes) console.error(colors.dim(`note: ${plain(note)}`))
  const offer = models.offer(tasks[0]?.environment ?? '')
  if (offer !== undefined)
    console.error(
      colors.dim(
        `model: ${plain(offer.model)} (${plain(config.from)}), up to ${money(offer.usd)} for each attempt`,
      ),
    )
  return models
}

/** Where models are had, as a file or the variables say, with what the command line says besides. @throws GatewayError if nowhere */
export function chooseConfig(
  options: Pick<ModelOptions, 'gateway' | 'usd' | 'anyModel'> & { readonly models: readonly string[] },
): GatewayConfig {
  return withChoices(readGatewayConfig(process.env, options.gateway) ?? nowhere(), options)
}

function nowhere(): never {
  throw new GatewayError(
    'Cannot offer a model: set ARETE_MODEL_URL, OPENROUTER_API_KEY, CHUTES_API_KEY or TARGON_API_KEY, or name a file with --gateway',
  )
}

/** What is said on the command line holds in every environment. */
function withChoices(
  config: GatewayConfig,
  { models, usd, anyModel }: Pick<ModelOptions, 'usd' | 'anyModel'> & { readonly models: readonly string[] },
): GatewayConfig {
  const usual = process.env.ARETE_MODEL || undefined
  const wanted = models.length > 0 || usual === undefined ? models : [usual]
  const { base, environments } = config.policies
  const change = (policy: Policy): Policy => ({
    ...policy,
    ...(wanted.length === 0
      ? {}
      : { models: [...wanted, ...policy.models.filter(name => !wanted.includes(name))] }),
    ...(usd === undefined ? {} : { usd }),
    ...(anyModel ? { others: 'first' } : {}),
  })
  return {
    ...config,
    policies: {
      base: change(base),
      environments: Object.fromEntries(
        Object.entries(environments).map(([name, policy]) => [name, change(policy)]),
      ),
    },
  }
}

/** What attempts used of models, and where a replayed one went another way; nothing for those that asked nobody. */
export function saySpent(spent: Spent): string {
  const { requests, inputTokens, outputTokens, usd, refused, replayed } = spent
  const parts = [
    counted(requests, 'call'),
    counted(inputTokens + outputTokens, 'token'),
    money(usd),
    ...(refused > 0 ? [`${refused} refused`] : []),
  ]
  if (replayed === null) return parts.join(' · ')
  return [...parts, 'replayed'].join(' · ')
}

/** Where a replayed attempt asked something else than when it was recorded, in lines; none if it did not. */
export function sayDivergence({ replayed }: Spent): string[] {
  const divergence = replayed?.divergence
  if (divergence === null || divergence === undefined) {
    const left = replayed?.left ?? 0
    return left === 0 ? [] : [`Not all of the record was asked for: ${counted(left, 'call')} left`]
  }
  const { call, where, recorded, asked } = divergence
  return [
    `Differs from the record from call ${call} on, at ${plain(where)}`,
    `  recorded ${plain(JSON.stringify(recorded))}`,
    `  asked    ${plain(JSON.stringify(asked))}`,
  ]
}

/** All attempts of a run together; undefined if none asked a model. */
export function sumSpent(records: readonly Pick<AttemptRecord, 'spent'>[]): Spent | undefined {
  const all = records.flatMap(record => record.spent ?? [])
  if (all.length === 0) return undefined
  const sum = (of: (one: Spent) => number): number => all.reduce((total, one) => total + of(one), 0)
  return Spent.parse({
    usd: Math.round(1e6 * sum(one => one.usd)) / 1e6,
    inputTokens: sum(one => one.inputTokens),
    cachedTokens: sum(one => one.cachedTokens),
    outputTokens: sum(one => one.outputTokens),
    requests: sum(one => one.requests),
    refused: sum(one => one.refused),
    bytesOut: sum(one => one.bytesOut),
    replayed: all.find(one => one.replayed !== null)?.replayed ?? null,
  })
}
