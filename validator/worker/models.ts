import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { type AttemptModels, openAttemptModels, TRUST } from '../../sandbox/gateway/attempt.ts'
import { openGateway } from '../../sandbox/gateway/gateway.ts'
import { openSpending } from '../../sandbox/gateway/spending.ts'
import type { Offered } from '../../sandbox/prepare.ts'
import { readGatewayConfig } from '../gateway-config.ts'
import type { Claim } from './claim.ts'

/** The language models that a worker offers to agents. */
export interface WorkerModels extends AsyncDisposable {
  readonly offer: (environment: string) => Offered | undefined
  /** Opens those of a claimed attempt; undefined if its environment has none. */
  readonly opener: (claim: Claim) => (() => Promise<AttemptModels>) | undefined
}

/**
 * Opens the models that the operator's settings name: nothing if they name none. Caps of an agent hold over all attempts of a
 * submission that this worker makes, also after it has been started again. Agents of Ridges find the host that they have written into
 * them.
 */
export async function openWorkerModels(
  env: Readonly<Record<string, string | undefined>>,
  options: { readonly data: string; readonly signal: AbortSignal; readonly say: (message: string) => void },
): Promise<WorkerModels | undefined> {
  const config = readGatewayConfig(env)
  if (config === undefined) return undefined
  const folder = path.join(options.data, 'models')
  const spending = openSpending(path.join(folder, 'spending.jsonl'))
  try {
    const opened = await openGateway(config, { env, signal: options.signal, spending })
    const { gateway } = opened
    for (const note of opened.notes) options.say(note)
    options.say(`offers language models (${config.from})`)
    const offer = (environment: string): Offered | undefined => {
      const offered = gateway.offer(environment)
      return offered && { ...offered, trust: TRUST }
    }
    return {
      offer,
      opener: ({ attempt, submission, task }) => {
        if (offer(task.environment) === undefined) return undefined
        return async () => {
          const name = `${attempt.id}-${randomBytes(4).toString('hex')}`
          const file = path.join(folder, `${name}.jsonl`)
          const models = await openAttemptModels(gateway, task.environment, {
            ...{ attempt: name, agent: submission.id, task: task.name, file, intercepts: true },
          })
          return { ...models, calls: () => readAndForget(models, file) }
        }
      },
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

/** What is kept goes to the store of blobs. */
function readAndForget(models: AttemptModels, file: string): ReturnType<AttemptModels['calls']> {
  const calls = models.calls()
  fs.rmSync(file, { force: true })
  return calls
}
