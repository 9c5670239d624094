import fs from 'node:fs'
import net from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { PROXY_PORT } from '../../agent-runtime/outlet.ts'
import type { Callable } from '../../task-bank/affinetes.ts'
import { BASE_IMAGE } from '../base.ts'
import { dialPublic } from '../dial.ts'
import type { Engine, Image, Labels, ServiceContainer, ServiceSpec } from '../engine.ts'
import { SandboxError } from '../errors.ts'
import { Gate, type Visit } from '../gate.ts'
import { labelsOf, type Role } from '../owner.ts'
import { Sandbox } from '../sandbox.ts'
import { buildSpec, RUNTIME } from '../spec.ts'
import type { HostFacts } from './disposition.ts'
import { readMethods } from './methods.ts'
import { parseReply, type Reply } from './reply.ts'

/** Where an environment finds the model that it is to judge: an OpenAI-compatible server that this machine reaches by plain HTTP. */
export interface Endpoint {
  readonly url: string
  readonly model: string
  /** What stands in for a key; whoever serves the endpoint knows by it whose call this is. */
  readonly key: string
}

/** What an environment calls the model's host. No name of the public network ends like this. */
const MODEL_HOST = 'model.arete.internal'
const MEBIBYTE = 2 ** 20
const MOST_ANSWER_BYTES = 16 * MEBIBYTE
const MOST_METHODS_BYTES = MEBIBYTE
/** How long the rest of an ended container is waited for. */
const SETTLE_MILLISECONDS = 2000
/** 128 and the number of SIGKILL. */
const KILLED = 137
const LOOKS_AFTER_KILL = 8
const LOOK_MILLISECONDS = 250
const CALLER = { uid: 1000, gid: 1000 }
const ASK = fs.readFileSync(new URL('./ask.mjs', import.meta.url), 'utf8')

export interface OpenOptions {
  readonly engine: Engine
  readonly runtimeVolume: string
  readonly run: string
  readonly image: Image
  readonly declared: Callable
  /** Variables by name; only those that are declared are handed on. */
  readonly variables: Readonly<Record<string, string | undefined>>
  readonly endpoint: Endpoint | undefined
  readonly signal?: AbortSignal
}

/**
 * A running environment of affinetes, hardened as a service is. It has no network: it shares a loopback with a container of ours, which
 * asks it over HTTP, and through which the model and the declared hosts are reached, and nothing else.
 */
export class AffinetesEnvironment implements AsyncDisposable {
  readonly #options: OpenOptions
  readonly #beside: Sandbox
  readonly #container: ServiceContainer
  readonly #gate: Gate | undefined
  #isClosed = false

  private constructor(
    options: OpenOptions,
    beside: Sandbox,
    container: ServiceContainer,
    gate: Gate | undefined,
  ) {
    this.#options = options
    this.#beside = beside
    this.#container = container
    this.#gate = gate
  }

  /**
   * Starts it and waits until it says that it is healthy.
   *
   * @throws SandboxError `task-unusable` if it ends before, or is not healthy in the declared time; `cancelled`
   */
  static async open(options: OpenOptions): Promise<AffinetesEnvironment> {
    const { engine, declared, endpoint, signal } = options
    if (signal?.aborted) throw cancelled()
    const seconds = declared.start_seconds + declared.seconds + 120
    const labels = (role: Role): Labels => labelsOf({ run: options.run, role, seconds, now: Date.now() })
    const beside = await Sandbox.open(engine, besideSpec(options, labels('sandbox')))
    let container: ServiceContainer | undefined
    try {
      const gate = openGate(declared, endpoint)
      if (gate !== undefined) await beside.openOutlet(gate, { ports: [PROXY_PORT], names: true })
      container = await engine.openService(environmentSpec(options, beside.id, labels('service')))
      const opened = new AffinetesEnvironment(options, beside, container, gate)
      await opened.#untilHealthy()
      return opened
    } catch (error) {
      await container?.remove()
      await beside[Symbol.asyncDispose]()
      throw error
    }
  }

  /** Hosts that it wanted to reach, each once. */
  get visits(): readonly string[] {
    const shown = ({ host, port, allowed }: Visit): string =>
      `${host}${port === 0 ? '' : `:${port}`}${allowed ? '' : ' (refused)'}`
    return [...new Set((this.#gate?.visits ?? []).map(shown))]
  }

  /** Names of its methods; undefined if it does not answer in a form that we know. */
  async methods(): Promise<readonly string[] | undefined> {
    const reply = await this.#ask({ method: 'GET', path: '/methods', mostBytes: MOST_METHODS_BYTES }, 30)
    return reply.kind === 'answered' && reply.status === 200 ? readMethods(reply.body) : undefined
  }

  /** Calls a method once; nothing is ever repeated, for a call may be a whole run of an agent. */
  async call(method: string, parameters: Readonly<Record<string, unknown>>, seconds: number): Promise<Reply> {
    const body = JSON.stringify({ method, args: [], kwargs: { ...this.#model(), ...parameters } })
    return await this.#ask({ method: 'POST', path: '/call', body, mostBytes: MOST_ANSWER_BYTES }, seconds)
  }

  /**
   * What the engine says of its container now.
   *
   * @param isEnding - a connection broke: if its container is just ending, that is waited for
   */
  async look(isEnding: boolean): Promise<HostFacts> {
    try {
      if (isEnding) await within(this.#container.ended, SETTLE_MILLISECONDS)
      const { running, exitCode, outOfMemory } = await this.#container.state()
      // Whoever removes a container kills it first: only then is it gone.
      if (!running && exitCode === KILLED && !outOfMemory)
        for (let look = 0; look < LOOKS_AFTER_KILL; look++) {
          await sleep(LOOK_MILLISECONDS)
          await this.#container.state()
        }
      return running ? { container: 'running' } : { container: 'ended', exitCode, outOfMemory }
    } catch (error) {
      return { container: 'lost', reason: (error as Error).message.slice(0, 200) }
    }
  }

  /** The last of what it said. */
  said(): string {
    return this.#container.said()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    await Promise.all([this.#container.remove(), this.#beside[Symbol.asyncDispose]()])
  }

  async #untilHealthy(): Promise<void> {
    const { start_seconds: seconds } = this.#options.declared
    const healthy = this.#ask({ method: 'GET', path: '/health', mostBytes: 4096, isPatient: true }, seconds)
    const ended = this.#container.ended.then(() => 'ended' as const)
    const first = await Promise.race([healthy, ended])
    if (first === 'ended') {
      const host = await this.look(false)
      if (host.container === 'lost')
        throw new SandboxError('sandbox-lost', `Cannot start an environment: ${host.reason}`)
      const code = host.container === 'ended' ? host.exitCode : 0
      throw new SandboxError(
        'task-unusable',
        `The environment ended with exit code ${code} before it was healthy${this.#lastWords()}`,
      )
    }
    if (first.kind === 'answered') return
    if (first.kind === 'caller-lost')
      throw new SandboxError(
        'sandbox-lost',
        'Cannot ask an environment for its health: our container beside it was lost',
      )
    throw new SandboxError(
      'task-unusable',
      `The environment was not healthy within ${seconds} s${this.#lastWords()}`,
    )
  }

  #lastWords(): string {
    const said = this.said().trim().split('\n').slice(-5).join('\n').slice(0, 1000)
    return said === '' ? '' : `. It said:\n${said}`
  }

  #model(): Readonly<Record<string, string>> {
    const { endpoint } = this.#options
    if (endpoint === undefined) return {}
    const { pathname } = new URL(endpoint.url)
    return {
      model: endpoint.model,
      base_url: `http://${MODEL_HOST}${pathname.replace(/\/$/, '')}`,
      api_key: endpoint.key,
    }
  }

  async #ask(
    asked: { method: string; path: string; mostBytes: number; body?: string; isPatient?: boolean },
    seconds: number,
  ): Promise<Reply> {
    const { signal, declared } = this.#options
    const chunks: Buffer[] = []
    // Whoever cancels does not wait for the answer: without its containers it ends at once.
    const stop = (): void => void this[Symbol.asyncDispose]().catch(() => {})
    signal?.addEventListener('abort', stop, { once: true })
    try {
      if (signal?.aborted) throw cancelled()
      const ending = await this.#beside.run({
        argv: [`${RUNTIME}/bin/node`, '--input-type=module', '-e', ASK],
        cwd: '/',
        env: { PATH: '/usr/bin:/bin' },
        ...CALLER,
        stdin: Buffer.from(JSON.stringify({ ...asked, port: declared.port })),
        seconds,
        maxOutputBytes: asked.mostBytes + 4096,
        onOutput: (stream, chunk) => void (stream === 'stdout' && chunks.push(chunk)),
      })
      if (signal?.aborted) throw cancelled()
      if (this.#isClosed) throw new SandboxError('sandbox-lost', 'Cannot ask an environment that is closed')
      if (ending.kind === 'timed-out') return { kind: 'late' }
      return ending.kind === 'exited' && ending.code === 0
        ? parseReply(Buffer.concat(chunks))
        : { kind: 'caller-lost' }
    } finally {
      signal?.removeEventListener('abort', stop)
    }
  }
}

function openGate(declared: Callable, endpoint: Endpoint | undefined): Gate | undefined {
  const hosts = [...declared.network, ...(endpoint === undefined ? [] : [MODEL_HOST])]
  if (hosts.length === 0) return undefined
  const url = endpoint === undefined ? undefined : new URL(endpoint.url)
  if (url !== undefined && url.protocol !== 'http:')
    throw new SandboxError(
      'setup-failed',
      `Cannot use the endpoint ${url.origin}: only http:// of this machine or its network is handed on`,
    )
  return new Gate({ kind: 'allowlist', hosts }, async (host, port) =>
    host === MODEL_HOST && url !== undefined
      ? net.connect({
          host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
          port: Number(url.port || 80),
          allowHalfOpen: true,
        })
      : await dialPublic(host, port),
  )
}

/** Ours: a network of its own with nothing in it but a loopback, which the environment joins. */
function besideSpec({ runtimeVolume }: OpenOptions, labels: Labels) {
  return buildSpec({
    ...{ image: BASE_IMAGE, imageEnv: [], runtimeVolume, labels, mounts: [], hasTests: false },
    workspace: { kind: 'tmpfs', path: '/app' },
    limits: { cpus: 1, memoryMegabytes: 256, storageMegabytes: 16, pids: 32 },
    user: { ...CALLER, home: '/home/agent' },
    network: { kind: 'none' },
  })
}

function environmentSpec(
  { image, declared, variables }: OpenOptions,
  beside: string,
  labels: Labels,
): ServiceSpec {
  return {
    image: image.id,
    ...{ entrypoint: undefined, command: undefined, user: undefined, workdir: undefined },
    env: declared.env.map(name => `${name}=${variables[name] ?? ''}`),
    labels,
    memoryBytes: declared.memory_megabytes * MEBIBYTE,
    cpus: declared.cpus,
    pids: 512,
    fileBytes: 4 * 2 ** 30,
    openFiles: 4096,
    capabilities: ['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'SETUID', 'SETGID', 'KILL'],
    readOnlyRoot: false,
    tmpfs: { '/dev/shm': 'rw,nosuid,nodev,noexec,size=67108864,mode=1777' },
    mounts: [],
    network: { kind: 'join', container: beside },
  }
}

function cancelled(): SandboxError {
  return new SandboxError('cancelled', 'The call of an environment was cancelled')
}

async function within(promise: Promise<void>, milliseconds: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), milliseconds)
  })
  const first = await Promise.race([promise.then(() => true), late])
  clearTimeout(timer)
  return first
}
