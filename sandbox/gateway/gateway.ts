import http from 'node:http'
import type { AddressInfo, ListenOptions } from 'node:net'
import type { Duplex } from 'node:stream'
import { answerRequest } from './answer.ts'
import { type Catalog, openCatalog, type Source } from './catalog.ts'
import { type GatewayConfig, GatewayError, type ProviderConfig } from './config.ts'
import { HttpProvider } from './http-provider.ts'
import { Ledger, NO_CAPS, NOTHING } from './ledger.ts'
import type { Markers } from './markers.ts'
import { fromUsd, priceOf } from './money.ts'
import { type Policies, type Policy, policyFor } from './policy.ts'
import type { Retry } from './relay.ts'
import { readScript, ScriptProvider } from './script.ts'
import { Session, type SessionOptions } from './session.ts'
import type { Spending } from './spending.ts'
import { TokenCounter } from './tokens.ts'

/** What the agents of an environment are told about the models that they may ask. */
export interface Offer {
  readonly model: string
  readonly usd: number
}

export interface GatewayOptions {
  readonly catalog: Catalog
  readonly policies: Policies
  readonly markers?: Markers
  /** Where what is spent is kept; nowhere if absent. */
  readonly spending?: Spending
  readonly retry?: Retry
}

/** Requests of one connection at a time: clients of HTTP send one, and wait for its answer. */
const MOST_UNANSWERED = 4

/** The agents' only way to language models. It serves sessions, one for each attempt, over connections that others make. */
export class Gateway implements AsyncDisposable {
  readonly #options: GatewayOptions
  readonly #policies: Policies
  readonly #server: http.Server
  readonly #sessions = new WeakMap<Duplex, Session>()
  readonly #unanswered = new WeakMap<Duplex, number>()
  readonly #run: Ledger
  readonly #agents = new Map<string, Ledger>()
  readonly #counter = new TokenCounter()
  readonly #listening: http.Server[] = []

  constructor(options: GatewayOptions) {
    this.#options = options
    this.#policies = completed(options.policies, options.catalog)
    const { runUsd } = this.#policies.base
    this.#run = new Ledger(capOf(runUsd), undefined, options.spending?.before.run)
    this.#server = http.createServer({ keepAliveTimeout: 0 }, (request, response) =>
      this.#serve(request, response, this.#sessions.get(request.socket)),
    )
    this.#server.on('clientError', (_error, socket) => socket.destroy())
  }

  /** What holds in an environment, with the models that there are. */
  policy(environment: string): Policy {
    return policyFor(this.#policies, environment)
  }

  /** Undefined if the agents of an environment may ask nothing. */
  offer(environment: string): Offer | undefined {
    const { models, usd } = this.policy(environment)
    return models[0] === undefined ? undefined : { model: models[0], usd }
  }

  open(environment: string, options: SessionOptions): Session {
    const { catalog, markers = new Map(), spending } = this.#options
    const policy = this.policy(environment)
    const before = spending?.before.agents.get(options.agent) ?? NOTHING
    const ledger = this.#agents.get(options.agent) ?? new Ledger(capOf(policy.agentUsd), this.#run, before)
    this.#agents.set(options.agent, ledger)
    return new Session(options, { catalog, policy, markers, spending, ledger, counter: this.#counter })
  }

  /** Serves what comes over a connection. */
  accept(channel: Duplex, session: Session): void {
    channel.on('error', () => channel.destroy())
    if (session.signal.aborted) {
      channel.destroy()
      return
    }
    const end = (): void => void channel.destroy()
    session.signal.addEventListener('abort', end, { once: true })
    channel.on('close', () => session.signal.removeEventListener('abort', end))
    this.#sessions.set(channel, session)
    this.#server.emit('connection', channel)
  }

  /** Serves a session to whoever connects, at a socket's path or on a port of this machine. Settles with the port, 0 for a path. */
  async listen(session: Session, where: ListenOptions): Promise<number> {
    const server = http.createServer((request, response) => this.#serve(request, response, session))
    this.#listening.push(server)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(where, () => resolve())
    })
    return where.path === undefined ? (server.address() as AddressInfo).port : 0
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#listening) {
      server.closeAllConnections()
      server.close()
    }
    await this.#counter[Symbol.asyncDispose]()
  }

  #serve(request: http.IncomingMessage, response: http.ServerResponse, session: Session | undefined): void {
    if (session === undefined || session.signal.aborted) {
      response.destroy()
      return
    }
    if (!this.#isPatient(request.socket, response)) {
      request.socket.destroy()
      return
    }
    session
      .track(answerRequest(session, request, response, this.#options.retry))
      // Our own bug: the agent sees a connection that broke, and the attempt goes on.
      .catch(error => {
        console.error(error)
        response.destroy()
      })
  }

  /** Whether a connection has few answers to wait for: all of them are held until the first has been read. */
  #isPatient(socket: Duplex, response: http.ServerResponse): boolean {
    const unanswered = (this.#unanswered.get(socket) ?? 0) + 1
    this.#unanswered.set(socket, unanswered)
    response.on('close', () => this.#unanswered.set(socket, this.#unanswered.get(socket)! - 1))
    return unanswered <= MOST_UNANSWERED
  }
}

/** A gateway with everything that it needs, and their end. */
export interface OpenedGateway extends AsyncDisposable {
  readonly gateway: Gateway
  readonly catalog: Catalog
  readonly notes: readonly string[]
}

/** @throws GatewayError if there is no model that could be asked, or a script cannot be read */
export async function openGateway(
  config: GatewayConfig,
  options: Pick<GatewayOptions, 'markers' | 'spending' | 'retry'> & {
    readonly env: Readonly<Record<string, string | undefined>>
    readonly signal: AbortSignal
  },
): Promise<OpenedGateway> {
  const { env, signal, ...rest } = options
  const sources = config.providers.map(provider => sourceOf(provider, env))
  const catalog = await openCatalog(sources, config.prices, signal)
  if (catalog.chat.length === 0 && config.policies.base.models.length === 0) {
    const why = catalog.notes.length === 0 ? 'no provider lists any' : catalog.notes.join('; ')
    throw new GatewayError(`Cannot offer a model (${config.from}): ${why}`)
  }
  const gateway = new Gateway({ ...rest, catalog, policies: config.policies })
  return {
    gateway,
    catalog,
    notes: catalog.notes,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]()
      for (const { provider } of sources)
        if (provider instanceof HttpProvider) await provider[Symbol.asyncDispose]()
    },
  }
}

function sourceOf(config: ProviderConfig, env: Readonly<Record<string, string | undefined>>): Source {
  const { kind, name = kind, url, models: names, price, key } = config
  if (kind === 'script') {
    try {
      const script = readScript(config.file!)
      return { provider: new ScriptProvider(script), names, price: priceOf(script.price) }
    } catch (error) {
      throw new GatewayError(
        `Cannot use the script ${config.file}: ${(error as Error).message.slice(0, 300)}`,
      )
    }
  }
  const secret = key === undefined ? undefined : env[key]
  if (key !== undefined && !secret)
    throw new GatewayError(`Cannot ask ${name}: the variable ${key} is empty; put its key there`)
  return {
    provider: new HttpProvider({ name, kind, url, key: secret }),
    names,
    price: price === undefined ? undefined : priceOf(price),
  }
}

/** An operator who names no models allows all that there are. */
function completed({ base, environments }: Policies, { chat, embeddings }: Catalog): Policies {
  const whole = (policy: Policy): Policy => ({
    ...policy,
    models: policy.models.length === 0 ? [...chat] : policy.models,
    embeddings: policy.embeddings.length === 0 ? [...embeddings] : policy.embeddings,
  })
  return {
    base: whole(base),
    environments: Object.fromEntries(
      Object.entries(environments).map(([name, policy]) => [name, whole(policy)]),
    ),
  }
}

function capOf(usd: number | undefined) {
  return usd === undefined ? NO_CAPS : { ...NO_CAPS, usd: fromUsd(usd) }
}
