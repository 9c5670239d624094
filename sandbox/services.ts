import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Compose, Placed, Service } from '../task-bank/harbor/compose.ts'
import type { Engine, Image, Mount, NetworkSpec, ServiceContainer } from './engine.ts'
import { SandboxError } from './errors.ts'
import { argvOf, imageHealthcheck, waitForHealth } from './health.ts'
import { labelsOf } from './owner.ts'
import { serviceSpec } from './service-spec.ts'

export interface ServicesOptions {
  readonly engine: Engine
  readonly run: string
  readonly compose: Compose
  /** The image of each service. */
  readonly images: ReadonlyMap<string, Image>
  /** How long they may take until they are ready. */
  readonly startSeconds: number
  /** When whoever finds them may remove them. */
  readonly seconds: number
}

/**
 * The services of one phase of one attempt, on networks of their own that have no way out. The agent's machine is one more
 * container of these networks, known as `main`.
 */
export class Services implements AsyncDisposable {
  readonly #options: ServicesOptions
  /** Names on the engine begin with it; nobody else has it. */
  readonly #prefix = `arete-${randomBytes(8).toString('hex')}`
  readonly #networks: string[] = []
  readonly #volumes: string[] = []
  readonly #containers = new Map<string, Promise<ServiceContainer>>()

  private constructor(options: ServicesOptions) {
    this.#options = options
  }

  /** Makes networks and volumes, and starts the services; `ready` says when they can be used. */
  static async open(options: ServicesOptions): Promise<Services> {
    const services = new Services(options)
    try {
      await services.#make()
      return services
    } catch (error) {
      await services[Symbol.asyncDispose]()
      throw error
    }
  }

  /** The networks of the agent's machine. */
  get network(): NetworkSpec {
    return this.#networkOf(this.#options.compose.main)
  }

  /** The volumes of the agent's machine; folders of its logs that a service shares are among them. */
  get mounts(): Mount[] {
    const { main, services } = this.#options.compose
    const shared = services
      .flatMap(service => service.volumes)
      .filter(({ volume }) => volume.startsWith('logs-'))
      .map(({ volume }) => ({ volume, target: `/logs/${volume.slice(5)}`, readOnly: false }))
    const byTarget = new Map([...shared, ...main.volumes].map(one => [one.target, one]))
    return this.#mountsOf([...byTarget.values()])
  }

  /** Settles once each is started, and healthy if it says how that is seen. */
  async ready(): Promise<void> {
    const { compose, startSeconds } = this.#options
    const late = new AbortController()
    const timeout = sleep(startSeconds * 1000, undefined, { signal: late.signal }).then(() => {
      throw new SandboxError('service-failed', `The services did not come up within ${startSeconds} s`)
    })
    timeout.catch(() => {})
    try {
      await Promise.race([Promise.all(compose.services.map(service => this.#healthy(service))), timeout])
    } finally {
      late.abort()
    }
  }

  /** Runs a line in a service's shell. */
  async exec(
    name: string,
    line: string,
    options: { user: string | undefined; seconds: number },
  ): Promise<{ exitCode: number | undefined; said: string }> {
    const container = await this.#containers.get(name)
    if (container === undefined) return { exitCode: undefined, said: 'there is no such service' }
    return await container.exec({ argv: ['sh', '-c', line], ...options })
  }

  /** A file or folder of a service as a tar. */
  async readArchive(name: string, path: string) {
    return await (await this.#containers.get(name))?.readArchive(path)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { engine } = this.#options
    const opened = await Promise.allSettled(this.#containers.values())
    await Promise.all(opened.map(one => (one.status === 'fulfilled' ? one.value.remove() : undefined)))
    await Promise.all([
      ...this.#networks.map(name => engine.removeNetwork(name)),
      ...this.#volumes.map(name => engine.removeVolume(name)),
    ])
  }

  async #make(): Promise<void> {
    const { engine, run, compose, seconds } = this.#options
    const labels = labelsOf({ run, role: 'service', seconds, now: Date.now() })
    const placed = [compose.main, ...compose.services]
    const networks = new Set(placed.flatMap(one => Object.keys(one.networks)))
    const volumes = new Set(placed.flatMap(one => one.volumes.map(volume => volume.volume)))
    // Noted before they are made: what was made half is removed, too.
    for (const name of networks) this.#networks.push(`${this.#prefix}-${name}`)
    for (const name of volumes) this.#volumes.push(`${this.#prefix}-${name}`)
    await Promise.all([
      ...this.#networks.map(name => engine.createNetwork(name, labels)),
      ...this.#volumes.map(name => engine.createVolume(name, labels)),
    ])
    for (const service of compose.services) {
      const started = this.#start(service)
      started.catch(() => {})
      this.#containers.set(service.name, started)
    }
  }

  /** Services stand in an order in which each comes after those it waits for. */
  async #start(service: Service): Promise<ServiceContainer> {
    const { engine, compose, images, run, seconds } = this.#options
    for (const [name, condition] of Object.entries(service.dependsOn)) {
      const other = compose.services.find(one => one.name === name)
      if (other === undefined) continue
      const container = await this.#containers.get(name)!
      if (condition === 'service_healthy') await this.#healthy(other)
      if (condition === 'service_completed_successfully') {
        await container.ended
        const { exitCode } = await container.state()
        if (exitCode !== 0)
          throw new SandboxError(
            'service-failed',
            `The service "${name}" ended with exit code ${exitCode}, and "${service.name}" waits for its success${lastWords(container)}`,
          )
      }
    }
    return await engine.openService(
      serviceSpec(service, {
        image: images.get(service.name)!,
        network: this.#networkOf(service),
        mounts: this.#mountsOf(service.volumes),
        labels: labelsOf({ run, role: 'service', seconds, now: Date.now() }),
      }),
    )
  }

  async #healthy(service: Service): Promise<void> {
    const container = await this.#containers.get(service.name)!
    const check =
      service.healthcheck === 'image'
        ? imageHealthcheck(this.#options.images.get(service.name)!)
        : service.healthcheck === 'none'
          ? undefined
          : service.healthcheck
    if (check === undefined) return
    let isGone = false
    void container.ended.then(() => {
      isGone = true
    })
    const argv = argvOf(check, '/bin/sh')
    const health = await waitForHealth(check, async () => {
      if (isGone)
        throw new SandboxError(
          'service-failed',
          `The service "${service.name}" has ended${lastWords(container)}`,
        )
      const { exitCode } = await container.exec({ argv, user: undefined, seconds: check.timeoutSeconds })
      return exitCode === 0
    })
    if (health.kind === 'unhealthy')
      throw new SandboxError(
        'service-failed',
        `The service "${service.name}" is not healthy: its check failed ${health.failures} times${lastWords(container)}`,
      )
  }

  #networkOf(placed: Placed): NetworkSpec {
    const aliases = Object.fromEntries(
      Object.entries(placed.networks).map(([name, names]) => [`${this.#prefix}-${name}`, names]),
    )
    return Object.keys(aliases).length === 0 ? { kind: 'none' } : { kind: 'networks', aliases }
  }

  #mountsOf(volumes: Placed['volumes']): Mount[] {
    return volumes.map(one => ({ ...one, volume: `${this.#prefix}-${one.volume}` }))
  }
}

function lastWords(container: ServiceContainer): string {
  const said = container.said().trim().split('\n').slice(-5).join('\n')
  return said === '' ? '' : `. It said:\n${said}`
}
