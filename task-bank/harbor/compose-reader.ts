import fs from 'node:fs'
import path from 'node:path'
import type { ImageSource } from '../task.ts'
import type { Compose, Main, NamedVolume, Placed, Service } from './compose.ts'
import { type ComposeForm, LOGS, MAIN, MAIN_IMAGE, type ServiceForm } from './compose-form.ts'
import { healthOf, parseEnvFile, shortVolume } from './compose-values.ts'
import { parseBytes, splitWords } from './durations.ts'
import { isInside } from './places.ts'

const DEFAULT_NETWORK = 'default'

/** Makes of the file's form what is to be carried out. */
export class ComposeReader {
  readonly #folder: string
  readonly #form: ComposeForm
  readonly #variables: Readonly<Record<string, string | undefined>>
  readonly #say: (key: string, what: string) => void

  constructor(
    folder: string,
    form: ComposeForm,
    variables: Readonly<Record<string, string | undefined>>,
    say: (key: string, what: string) => void,
  ) {
    this.#folder = folder
    this.#form = form
    this.#variables = variables
    this.#say = say
  }

  read(): Compose {
    const { services } = this.#form
    const others = Object.entries(services).filter(([name]) => name !== MAIN)
    const read = others.map(([name, form]) => this.#service(name, form ?? {}))
    return { main: this.#main(services[MAIN] ?? {}), services: this.#inOrder(read) }
  }

  #main(form: ServiceForm): Main {
    const image = form.image === MAIN_IMAGE ? undefined : this.#image(MAIN, form)
    for (const key of ['tmpfs', 'healthcheck', 'network_mode'] as const)
      if (form[key] !== undefined) this.#say(`services.main.${key}`, 'is not supported for main')
    return {
      ...this.#placed(MAIN, form),
      image: image === undefined || isOwnContext(image, this.#folder) ? undefined : image,
      entrypoint: this.#words(`services.main.entrypoint`, form.entrypoint),
      command: this.#words(`services.main.command`, form.command),
      env: this.#env(MAIN, form),
      user: form.user,
      workdir: form.working_dir,
    }
  }

  #service(name: string, form: ServiceForm): Service {
    const key = `services.${name}`
    const image = this.#image(name, form)
    if (form.image === undefined && form.build === undefined) this.#say(key, 'needs image or build')
    const limits = form.deploy?.resources?.limits
    const memory = form.mem_limit ?? limits?.memory
    const bytes = memory === undefined ? undefined : parseBytes(memory)
    if (memory !== undefined && bytes === undefined) this.#say(`${key}.mem_limit`, `"${memory}" is no size`)
    const cpus = form.cpus ?? limits?.cpus
    if (cpus !== undefined && !(Number(cpus) > 0)) this.#say(`${key}.cpus`, `"${cpus}" is no number of cpus`)
    return {
      name,
      ...this.#placed(name, form),
      image: image ?? { kind: 'reference', reference: '' },
      entrypoint: this.#words(`${key}.entrypoint`, form.entrypoint),
      command: this.#words(`${key}.command`, form.command),
      env: this.#env(name, form),
      user: form.user,
      workdir: form.working_dir,
      hostname: form.hostname,
      tmpfs: [...(form.tmpfs ?? []), ...this.#tmpfsVolumes(form)],
      healthcheck: healthOf(`${key}.healthcheck`, form.healthcheck, this.#say),
      cpus: cpus === undefined ? undefined : Number(cpus),
      memoryMegabytes: bytes === undefined ? undefined : Math.max(8, Math.ceil(bytes / 2 ** 20)),
      pids: form.pids_limit ?? limits?.pids,
    }
  }

  #placed(name: string, form: ServiceForm): Placed {
    const key = `services.${name}`
    const dependsOn = Object.fromEntries(
      Object.entries(form.depends_on ?? {}).map(([other, { condition }]) => [other, condition]),
    )
    for (const other of Object.keys(dependsOn))
      if (this.#form.services[other] === undefined && other !== MAIN)
        this.#say(`${key}.depends_on.${other}`, 'there is no such service')
    if (name !== MAIN && dependsOn[MAIN] !== undefined && dependsOn[MAIN] !== 'service_started')
      this.#say(`${key}.depends_on.main`, 'only service_started can be waited for')
    return { networks: this.#networks(name, form), volumes: this.#volumes(name, form), dependsOn }
  }

  #networks(name: string, form: ServiceForm): Record<string, string[]> {
    if (form.network_mode === 'none') return {}
    const asked = form.networks ?? [DEFAULT_NETWORK]
    const pairs = Array.isArray(asked)
      ? asked.map(one => [one, []] as const)
      : Object.entries(asked).map(([one, more]) => [one, more?.aliases ?? []] as const)
    for (const [one] of pairs)
      if (one !== DEFAULT_NETWORK && !Object.hasOwn(this.#form.networks ?? {}, one))
        this.#say(`services.${name}.networks.${one}`, 'is not declared under networks')
    return Object.fromEntries(pairs.map(([one, aliases]) => [one, [name, ...aliases]]))
  }

  #volumes(name: string, form: ServiceForm): NamedVolume[] {
    return (form.volumes ?? []).flatMap((one, index): NamedVolume[] => {
      const key = `services.${name}.volumes.${index}`
      const long = typeof one === 'string' ? shortVolume(one) : one
      if (long.type === 'tmpfs') return []
      if (!long.target.startsWith('/') || long.target.split('/').includes('..')) {
        this.#say(key, `"${long.target}" is no absolute path`)
        return []
      }
      const source = long.source ?? `anonymous-${name}-${index}`
      if (long.type === 'bind' || /^[./~\\]|[/\\]/.test(source)) {
        this.#say(key, `"${source}" is a folder of the host: that is always refused; name a volume instead`)
        return []
      }
      const isShared = Object.values(LOGS).some(folder => source === `logs-${folder}`)
      if (long.source !== undefined && !isShared && !Object.hasOwn(this.#form.volumes ?? {}, source))
        this.#say(key, `"${source}" is not declared under volumes`)
      return [{ volume: source, target: path.posix.normalize(long.target), readOnly: long.read_only }]
    })
  }

  #tmpfsVolumes(form: ServiceForm): string[] {
    return (form.volumes ?? []).flatMap(one =>
      typeof one !== 'string' && one.type === 'tmpfs' ? [one.target] : [],
    )
  }

  #image(name: string, { image, build }: ServiceForm): ImageSource | undefined {
    if (build === undefined) return image === undefined ? undefined : { kind: 'reference', reference: image }
    const context = path.resolve(this.#folder, build.context)
    const key = `services.${name}.build`
    if (!isInside(this.#folder, context)) {
      this.#say(`${key}.context`, `"${build.context}" is not a folder below the task's`)
      return undefined
    }
    const dockerfile = build.dockerfile === undefined ? undefined : path.posix.normalize(build.dockerfile)
    if (!isInside(this.#folder, path.join(context, dockerfile ?? 'Dockerfile'))) {
      this.#say(
        key,
        `there is no file ${path.posix.join(build.context, dockerfile ?? 'Dockerfile')} in the task`,
      )
      return undefined
    }
    return {
      kind: 'build',
      folder: context,
      ...(dockerfile === undefined ? {} : { dockerfile }),
      ...(build.args === undefined ? {} : { args: this.#pairs(build.args) }),
      ...(build.target === undefined ? {} : { target: build.target }),
    }
  }

  #env(name: string, form: ServiceForm): Record<string, string> {
    const files = [form.env_file ?? []]
      .flat()
      .map(one => (typeof one === 'string' ? { path: one, required: true } : one))
    const fromFiles = files.flatMap(({ path: file, required }) => {
      const real = path.resolve(this.#folder, file)
      if (isInside(this.#folder, real)) return parseEnvFile(fs.readFileSync(real, 'utf8'))
      if (required) this.#say(`services.${name}.env_file`, `there is no file ${file} in the task`)
      return []
    })
    return { ...Object.fromEntries(fromFiles), ...this.#pairs(form.environment ?? {}) }
  }

  /** A name without a value gets it from the operator's environment, if it is there. */
  #pairs(pairs: Readonly<Record<string, string | null>> | readonly string[]): Record<string, string> {
    const entries = Array.isArray(pairs)
      ? (pairs as readonly string[]).map(pair => {
          const at = pair.indexOf('=')
          return at === -1 ? ([pair, null] as const) : ([pair.slice(0, at), pair.slice(at + 1)] as const)
        })
      : Object.entries(pairs as Readonly<Record<string, string | null>>)
    return Object.fromEntries(
      entries.flatMap(([key, value]) => {
        const found = value ?? (Object.hasOwn(this.#variables, key) ? this.#variables[key] : undefined)
        return found === undefined ? [] : [[key, found] as const]
      }),
    )
  }

  #words(key: string, words: string | readonly string[] | null | undefined): string[] | undefined {
    if (words === undefined || words === null) return undefined
    if (typeof words !== 'string') return [...words]
    const split = splitWords(words)
    if (split === undefined) this.#say(key, 'a quote is not closed')
    return split
  }

  #inOrder(services: readonly Service[]): Service[] {
    const done: Service[] = []
    for (let left = services; left.length > 0; ) {
      const names = new Set(left.map(one => one.name))
      const ready = left.filter(one => Object.keys(one.dependsOn).every(other => !names.has(other)))
      if (ready.length === 0) {
        this.#say('services', `wait for each other in a circle: ${[...names].join(', ')}`)
        return done
      }
      done.push(...ready)
      left = left.filter(one => !ready.includes(one))
    }
    return done
  }
}

function isOwnContext(image: ImageSource, folder: string): boolean {
  return image.kind === 'build' && image.folder === path.resolve(folder) && Object.keys(image).length === 2
}
