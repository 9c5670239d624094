import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { SandboxError } from '../../sandbox/errors.ts'
import { type AttemptModels, openAttemptModels, TRUST } from '../../sandbox/gateway/attempt.ts'
import { openCatalog } from '../../sandbox/gateway/catalog.ts'
import { namesAt } from '../../sandbox/gateway/config.ts'
import { Gateway, type OpenedGateway, openGateway } from '../../sandbox/gateway/gateway.ts'
import { HttpProvider } from '../../sandbox/gateway/http-provider.ts'
import { KnownMarkers, type Markers } from '../../sandbox/gateway/markers.ts'
import { type Policies, Policy } from '../../sandbox/gateway/policy.ts'
import { openKey, type Seal } from '../../sandbox/gateway/sealed-key.ts'
import { openSpending } from '../../sandbox/gateway/spending.ts'
import type { Offered } from '../../sandbox/prepare.ts'
import type { Task } from '../../task-bank/task.ts'
import { readGatewayConfig } from '../models/gateway-config.ts'
import { readSeal } from '../models/model-seal.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Claim } from './claim.ts'

/** The language models of one claimed attempt. */
export interface ClaimModels {
  readonly offer: Offered
  readonly open: () => Promise<AttemptModels>
}

/** The language models that a worker offers to agents. */
export interface WorkerModels extends AsyncDisposable {
  /** Those of a claimed attempt: by the miner's own key if it brought one, else the operator's; undefined if there are none. */
  readonly of: (claim: Claim) => Promise<ClaimModels | undefined>
  /** What is in a task's files is watched for from now on in what agents send that are at others. */
  readonly learn: (task: Pick<Task, 'name' | 'folder'>) => void
}

export interface WorkerModelsOptions {
  readonly data: string
  readonly blobs: Pick<Blobs, 'get'>
  readonly signal: AbortSignal
  readonly say: (message: string) => void
  /** Where providers are that miners' keys are for, if not at their usual addresses. */
  readonly urls?: Readonly<Record<string, string>>
}

/** What holds for miners' own keys where the operator's settings say nothing. */
const USUAL: Policies = { base: Policy.parse({}), environments: {} }
const NO_IDENTITY =
  'Cannot open the key of a miner: give this worker the ARETE_AGE_IDENTITY of its validator (models/identity in its data folder)'
/** Keys in use at the same time are few; what is left of others goes. */
const MOST_OWN = 32
/** No attempt takes so long. */
const LEFT_OVER_MILLISECONDS = 24 * 3_600_000

/**
 * Opens the models that the operator's settings name, and those of miners that bring a key. Caps of an agent hold over all attempts of
 * a submission that this worker makes, also after it has been started again. Agents of Ridges find the host that they have written into
 * them.
 */
export async function openWorkerModels(
  env: Readonly<Record<string, string | undefined>>,
  options: WorkerModelsOptions,
): Promise<WorkerModels> {
  const { data, blobs, signal, say } = options
  const config = readGatewayConfig(env)
  const seal = await readSeal(env, data)
  const folder = path.join(data, 'models')
  const spending = openSpending(path.join(folder, 'spending.jsonl'))
  const ownSpending = openSpending(path.join(folder, 'own-keys.jsonl'))
  removeLeftOvers(folder)
  const known = new KnownMarkers()
  const { markers } = known
  let opened: OpenedGateway | undefined
  try {
    opened = config && (await openGateway(config, { env, signal, spending, markers }))
  } catch (error) {
    spending[Symbol.dispose]()
    ownSpending[Symbol.dispose]()
    throw error
  }
  for (const note of opened?.notes ?? []) say(note)
  if (config !== undefined) say(`offers language models (${config.from})`)
  const policies = withoutRun(config?.policies ?? USUAL)
  const own = new Map<string, Promise<OwnGateway | undefined>>()
  const gatewayOf = async ({ submission }: Claim): Promise<Gateway | undefined> => {
    const { modelKey } = (submission.envelope as { message: { modelKey?: string } }).message
    if (modelKey === undefined) return opened?.gateway
    if (seal === undefined) throw new SandboxError('setup-failed', NO_IDENTITY)
    const openMine = async (): Promise<OwnGateway | undefined> => {
      const sealed = await blobs.get(modelKey)
      try {
        return await openOwn(sealed, seal, { policies, spending: ownSpending, markers, ...options })
      } catch (error) {
        say(`The key of ${submission.id} cannot be used: ${(error as Error).message}`)
        return undefined
      }
    }
    const mine = own.get(modelKey) ?? openMine()
    own.delete(modelKey)
    own.set(modelKey, mine)
    // Its provider, or the store, may answer the next time.
    const forget = (): void => {
      if (own.get(modelKey) === mine) own.delete(modelKey)
    }
    mine.then(found => found ?? forget(), forget)
    for (const [digest, old] of [...own].slice(0, -MOST_OWN)) {
      own.delete(digest)
      void close(old)
    }
    return (await mine)?.gateway
  }
  return {
    learn: task => known.learn(task),
    async of(claim) {
      const gateway = await gatewayOf(claim)
      const { attempt, submission, task } = claim
      const offered = gateway?.offer(task.environment)
      if (gateway === undefined || offered === undefined) return undefined
      return {
        offer: { ...offered, trust: TRUST },
        open: async () => {
          const name = `${attempt.id}-${randomBytes(4).toString('hex')}`
          const file = path.join(folder, `${name}.jsonl`)
          const models = await openAttemptModels(gateway, task.environment, {
            ...{ attempt: name, agent: submission.id, task: task.name, file, intercepts: true },
          })
          return { ...models, calls: () => readAndForget(models, file) }
        },
      }
    },
    async [Symbol.asyncDispose]() {
      for (const one of own.values()) await close(one)
      await opened?.[Symbol.asyncDispose]()
      spending[Symbol.dispose]()
      ownSpending[Symbol.dispose]()
    },
  }
}

/** What the operator pays at most for all has no bearing on who pays himself: nor may his bill, which could lie, count towards it. */
function withoutRun({ base, environments }: Policies): Policies {
  return { base: { ...base, runUsd: undefined }, environments }
}

/** Calls of attempts whose worker died: these attempts are made again. */
function removeLeftOvers(folder: string): void {
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name)
    const isOld = Date.now() - fs.statSync(file).mtimeMs > LEFT_OVER_MILLISECONDS
    if (/-[0-9a-f]{8}\.jsonl$/.test(name) && isOld) fs.rmSync(file, { force: true })
  }
}

async function close(opening: Promise<OwnGateway | undefined>): Promise<void> {
  const opened = await opening.catch(() => undefined)
  await opened?.[Symbol.asyncDispose]()
}

interface OwnGateway extends AsyncDisposable {
  readonly gateway: Gateway
}

/** A gateway on a miner's own key: to the provider that the key is for, and nowhere else. */
async function openOwn(
  sealed: Buffer,
  seal: Seal,
  options: WorkerModelsOptions & {
    readonly policies: Policies
    readonly spending: ReturnType<typeof openSpending>
    readonly markers: Markers
  },
): Promise<OwnGateway> {
  const { policies, spending, markers, signal, urls = {} } = options
  const key = await openKey(seal.identity, sealed)
  if ('mistake' in key) throw new Error(key.mistake)
  const { kind } = key
  const provider = new HttpProvider({ name: `${kind} of the miner`, kind, key: key.key, url: urls[kind] })
  try {
    const catalog = await openCatalog([{ provider, names: namesAt(kind), price: undefined }], {}, signal)
    if (catalog.chat.length === 0) throw new Error(catalog.notes.join('; ') || 'its provider lists no models')
    const gateway = new Gateway({ catalog, policies, spending, markers })
    return {
      gateway,
      async [Symbol.asyncDispose]() {
        await gateway[Symbol.asyncDispose]()
        await provider[Symbol.asyncDispose]()
      },
    }
  } catch (error) {
    await provider[Symbol.asyncDispose]()
    throw error
  }
}

/** What is kept goes to the store of blobs. */
function readAndForget(models: AttemptModels, file: string): ReturnType<AttemptModels['calls']> {
  try {
    return models.calls()
  } finally {
    fs.rmSync(file, { force: true })
  }
}
