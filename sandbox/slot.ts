import { randomBytes } from 'node:crypto'
import { joinFiles } from './archive.ts'
import { BASE_IMAGE } from './base.ts'
import { buildChore } from './chore.ts'
import type { Dial } from './dial.ts'
import type { Container, ContainerSpec, Engine, Image, Mount } from './engine.ts'
import { labelsOf } from './owner.ts'
import type { PreparedTask } from './prepare.ts'
import { type Files, Sandbox } from './sandbox.ts'
import { buildSpec, HOSTNAME } from './spec.ts'

/** What slots of one run have in common. */
export interface SlotOptions {
  readonly engine: Engine
  readonly runtimeVolume: string
  readonly run: string
  /** How hosts outside are reached for tasks that may; the usual way if undefined. */
  readonly dial?: Dial
}

/** Networks and volumes of services that a sandbox shall be among. */
export interface Neighbours {
  readonly network: ContainerSpec['network']
  readonly mounts: readonly Mount[]
}

const HOUR = 3600
const NONE = { kind: 'none' } as const
const ALONE: Neighbours = { network: NONE, mounts: [] }

/** What a sandbox is for. */
export type Purpose = 'agent' | 'verify'

/** What can be made before it is known when: not what comes from a frozen machine, or needs its services first. */
export function purposesAhead({ repository, verifierImage, task }: PreparedTask): Purpose[] {
  if (task.compose !== undefined || task.verifier.compose !== undefined || task.steps.length > 0) return []
  const isSingle = repository === undefined || verifierImage !== undefined || task.dialogue !== undefined
  return isSingle ? ['agent'] : ['agent', 'verify']
}

type Stock = Partial<Record<Purpose, Promise<Sandbox>>>

/** The network namespace of a slot's sandboxes for one purpose. */
interface Network {
  /** Sandboxes that were wanted so far. */
  wanted: number
  holder: Promise<Container> | undefined
  /** The holder once it is there. */
  ready: Container | undefined
}

/**
 * A place where one attempt after another is evaluated. It keeps sandboxes made ahead; each is handed out once. From the second
 * on they join a network namespace with nothing in it that the slot holds (half of a container's start is making one): one for
 * agents, one for tests, since a namespace remembers connections, and what tests have seen must not reach the next agent.
 */
export class Slot implements AsyncDisposable {
  readonly #options: SlotOptions
  readonly #networks: Readonly<Record<Purpose, Network>> = { agent: newNetwork(), verify: newNetwork() }
  readonly #warm = new Map<PreparedTask, Stock>()
  readonly #removals = new Set<Promise<unknown>>()

  constructor(options: SlotOptions) {
    this.#options = options
  }

  get engine(): Engine {
    return this.#options.engine
  }

  get run(): string {
    return this.#options.run
  }

  get runtimeVolume(): string {
    return this.#options.runtimeVolume
  }

  get dial(): Dial | undefined {
    return this.#options.dial
  }

  /** Settles once the namespaces that its sandboxes share are there. */
  async hold(): Promise<void> {
    await Promise.all(Object.values(this.#networks).map(network => this.#hold(network)))
  }

  /** Makes a sandbox for each of these purposes ahead of need, unless one is in stock. */
  warm(prepared: PreparedTask, purposes: readonly Purpose[]): void {
    const stock = this.#stock(prepared)
    for (const purpose of purposes) {
      if (stock[purpose] !== undefined) continue
      const sandbox = this.#open(prepared, purpose)
      // Who takes it sees the failure; until then it must not count as unhandled.
      sandbox.catch(() => {})
      stock[purpose] = sandbox
    }
  }

  /** Settles once everything in stock for a task is ready to be taken. */
  async warmed(prepared: PreparedTask): Promise<void> {
    await Promise.all(Object.values(this.#stock(prepared)))
  }

  /** A fresh sandbox with the task's repository in place; out of stock if there is one. */
  take(prepared: PreparedTask, purpose: Purpose = 'agent'): Promise<Sandbox> {
    const stock = this.#stock(prepared)
    const sandbox = stock[purpose] ?? this.#open(prepared, purpose)
    delete stock[purpose]
    return sandbox
  }

  /** A fresh sandbox among services. */
  takeAmong(prepared: PreparedTask, neighbours: Neighbours): Promise<Sandbox> {
    const { image, repository } = prepared
    return this.#openFrom({
      ...{ prepared, neighbours, image: image.id, imageEnv: image.env, hasTests: false },
      patchMode: repository !== undefined,
    })
  }

  /** A fresh sandbox with a volume of the agent's. */
  takeWith(prepared: PreparedTask, mount: Mount): Promise<Sandbox> {
    return this.takeAmong(prepared, { network: NONE, mounts: [mount] })
  }

  /** A fresh sandbox of the agent's frozen machine. */
  takeSnapshot(prepared: PreparedTask, image: string, neighbours: Neighbours = ALONE): Promise<Sandbox> {
    return this.#openFrom({
      prepared,
      neighbours,
      image,
      imageEnv: prepared.image.env,
      patchMode: false,
      hasTests: false,
    })
  }

  /** A fresh sandbox of a separate verifier's image. */
  takeVerifier(prepared: PreparedTask, { id, env }: Image, neighbours: Neighbours = ALONE): Promise<Sandbox> {
    return this.#openFrom({
      prepared,
      neighbours,
      image: id,
      imageEnv: env,
      patchMode: false,
      hasTests: true,
    })
  }

  /** Removes a used sandbox, and then the snapshot it was made from, without waiting for it. */
  discard(sandbox: Sandbox, snapshot?: string): void {
    const removal = sandbox[Symbol.asyncDispose]()
    this.#track(
      snapshot === undefined ? removal : removal.then(() => this.#options.engine.removeImage(snapshot)),
    )
  }

  /** Removes a frozen machine once every sandbox that is being removed now has gone. */
  forget(snapshot: string): void {
    this.#track(Promise.allSettled(this.#removals).then(() => this.#options.engine.removeImage(snapshot)))
  }

  /** Settles once all removals under way are done. */
  async swept(): Promise<void> {
    await Promise.allSettled(this.#removals)
  }

  /** Drops what is in stock for every task but the given ones. */
  keepOnly(tasks: ReadonlySet<PreparedTask>): void {
    for (const [prepared, stock] of this.#warm) {
      if (tasks.has(prepared)) continue
      this.#warm.delete(prepared)
      for (const sandbox of Object.values(stock)) this.#track(sandbox.then(one => one[Symbol.asyncDispose]()))
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.keepOnly(new Set())
    // Failures here leave labelled things behind, which the reaper takes; they must not hide the run's own result.
    await this.swept()
    await Promise.all(
      Object.values(this.#networks).map(({ holder }) => holder?.then(one => one.remove()).catch(() => {})),
    )
  }

  #stock(prepared: PreparedTask): Stock {
    const stock = this.#warm.get(prepared) ?? {}
    this.#warm.set(prepared, stock)
    return stock
  }

  #track(removal: Promise<unknown>): void {
    const settled = removal.catch(() => {}).finally(() => this.#removals.delete(settled))
    this.#removals.add(settled)
  }

  #open(prepared: PreparedTask, purpose: Purpose): Promise<Sandbox> {
    const { image, repository } = prepared
    return this.#openFrom({
      prepared,
      // With a namespace come the files that name hosts: whoever may write to its image gets its own of both.
      neighbours: { network: repository === undefined ? NONE : this.#network(purpose), mounts: [] },
      image: image.id,
      imageEnv: image.env,
      patchMode: repository !== undefined,
      hasTests: false,
    })
  }

  /** One of its own until that of the slot is there; a slot for a single attempt never makes one. */
  #network(purpose: Purpose): ContainerSpec['network'] {
    const network = this.#networks[purpose]
    network.wanted += 1
    if (network.ready !== undefined) return { kind: 'join', container: network.ready.id }
    if (network.wanted > 1) this.#hold(network).catch(() => {})
    return NONE
  }

  #hold(network: Network): Promise<Container> {
    const { engine, run } = this.#options
    network.holder ??= engine.open(holderSpec(run)).then(
      holder => {
        network.ready = holder
        return holder
      },
      error => {
        network.holder = undefined
        throw error
      },
    )
    return network.holder
  }

  async #openFrom(options: {
    prepared: PreparedTask
    neighbours: Neighbours
    image: string
    imageEnv: readonly string[]
    patchMode: boolean
    hasTests: boolean
  }): Promise<Sandbox> {
    const { prepared, neighbours, image, imageEnv, patchMode, hasTests } = options
    const { task, workdir, repository, agentUser } = prepared
    const seconds = task.agentSeconds + task.verifier.seconds + HOUR
    const sandbox = await Sandbox.open(
      this.#options.engine,
      buildSpec({
        image,
        imageEnv,
        runtimeVolume: this.#options.runtimeVolume,
        workspace: patchMode ? { kind: 'tmpfs', path: workdir } : { kind: 'image' },
        limits: hasTests ? task.verifier.limits : task.limits,
        user: agentUser,
        hasTests,
        network: neighbours.network,
        mounts: neighbours.mounts,
        labels: labelsOf({ run: this.#options.run, role: 'sandbox', seconds, now: Date.now() }),
      }),
    )
    try {
      const steps = [
        sandbox.put('/sandbox', linkTo(workdir), agentUser),
        sandbox.put('/logs', LOG_FOLDERS, agentUser),
      ]
      if (patchMode && repository !== undefined) {
        steps.push(sandbox.put(workdir, repository.tree, agentUser), sandbox.remember(workdir))
      }
      await Promise.all(steps)
      return sandbox
    } catch (error) {
      await sandbox[Symbol.asyncDispose]()
      throw error
    }
  }
}

function newNetwork(): Network {
  return { wanted: 0, holder: undefined, ready: undefined }
}

/** Where Harbor's tasks and agents expect to be able to write. */
const LOG_FOLDERS: Files = {
  entries: ['agent', 'artifacts', 'verifier'].map(name => ({
    path: name,
    kind: 'directory',
    mode: 0o777,
    size: 0,
  })),
  body: new Uint8Array(0),
}

/** Agents of older subnets look for the repository at `/sandbox/repo`. */
function linkTo(workdir: string): Files {
  return {
    entries: [{ path: 'repo', kind: 'symlink', mode: 0o777, size: 0, target: workdir }],
    body: joinFiles([]).body,
  }
}

function holderSpec(run: string): ContainerSpec {
  return buildChore({
    image: BASE_IMAGE,
    entrypoint: ['/bin/sleep', 'infinity'],
    labels: labelsOf({ run, role: 'network', seconds: 24 * HOUR, now: Date.now() }),
    hostname: HOSTNAME,
    memoryBytes: 16 * 2 ** 20,
    cpus: 0.1,
    pids: 8,
    fileBytes: 0,
  })
}

/** A name for something that lives no longer than one attempt. */
export function freshName(prefix: string): string {
  return `${prefix}:${randomBytes(8).toString('hex')}`
}
