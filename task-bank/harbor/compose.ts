import fs from 'node:fs'
import path from 'node:path'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import type { Healthcheck, ImageSource } from '../task.ts'
import { ComposeForm, NEVER, type ServiceForm } from './compose-form.ts'
import { parseBytes, parseDuration, splitWords } from './durations.ts'
import { interpolateAll } from './interpolate.ts'
import { isInside } from './places.ts'

/** What a task's Compose file asks for, as far as it is carried out. */
export interface Compose {
  /** What differs on the agent's machine. */
  readonly main: Main
  /** The other services, each after those that it waits for. */
  readonly services: readonly Service[]
}

export type Condition = 'service_started' | 'service_healthy' | 'service_completed_successfully'

export interface Placed {
  /** Networks of the attempt by their names in the file, with the names it is known by there. */
  readonly networks: Readonly<Record<string, readonly string[]>>
  readonly volumes: readonly NamedVolume[]
  readonly dependsOn: Readonly<Record<string, Condition>>
}

/** Set values win over those of the image and of `task.toml`. */
export interface Main extends Placed {
  readonly image: ImageSource | undefined
  readonly entrypoint: readonly string[] | undefined
  readonly command: readonly string[] | undefined
  readonly env: Readonly<Record<string, string>>
  readonly user: string | undefined
  readonly workdir: string | undefined
}

export interface Service extends Placed {
  readonly name: string
  readonly image: ImageSource
  readonly entrypoint: readonly string[] | undefined
  readonly command: readonly string[] | undefined
  readonly env: Readonly<Record<string, string>>
  readonly user: string | undefined
  readonly workdir: string | undefined
  readonly hostname: string | undefined
  /** Mount point and options of file systems in memory. */
  readonly tmpfs: readonly string[]
  /** `image`: what the image itself says. */
  readonly healthcheck: Healthcheck | 'image' | 'none'
  readonly cpus: number | undefined
  readonly memoryMegabytes: number | undefined
  readonly pids: number | undefined
}

export interface NamedVolume {
  readonly volume: string
  readonly target: string
  readonly readOnly: boolean
}

export const MAIN = 'main'
const DEFAULT_NETWORK = 'default'
/** Stand for what Harbor names by variables: the folders of its logs, which services may share, and its own images. */
const LOGS = { VERIFIER: 'verifier', AGENT: 'agent', ARTIFACTS: 'artifacts' } as const
const MAIN_IMAGE = 'arete/main'

/**
 * Reads the Compose file of a task. Services get no way to the host: no binds, devices, privileges or networks of others.
 *
 * @param folder - the build context that holds the file
 * @param variables - what its texts may name beside the usual names
 * @param reasons - takes each mistake, and each key that is not supported
 */
export function readCompose(
  folder: string,
  variables: Readonly<Record<string, string | undefined>>,
  reasons: string[],
): Compose | undefined {
  const file = path.join(folder, 'docker-compose.yaml')
  const name = `${path.basename(folder)}/docker-compose.yaml`
  const say = (key: string, what: string): void =>
    void reasons.push(`${name}: ${key === '' ? '' : `${key}: `}${what}`)
  const raw = parseYaml(fs.readFileSync(file, 'utf8'), say)
  if (raw === undefined) return undefined
  const known = { ...variables, ...usualVariables() }
  const before = reasons.length
  const filled = interpolateAll(withoutExtensions(raw), known, say)
  if (reasons.length > before) return undefined
  const parsed = ComposeForm.safeParse(filled)
  if (!parsed.success) {
    for (const issue of parsed.error.issues) sayIssue(issue, say)
    return undefined
  }
  const compose = new Reader(folder, parsed.data, known, say).read()
  return reasons.length === before ? compose : undefined
}

function usualVariables(): Record<string, string> {
  const logs = Object.entries(LOGS).flatMap(([key, folder]) => {
    const names = key === 'ARTIFACTS' ? ['ARTIFACTS'] : [`${key}_LOGS`]
    return names.flatMap(one => [
      [`HOST_${one}_PATH`, `logs-${folder}`],
      [`ENV_${one}_PATH`, `/logs/${folder}`],
    ])
  })
  return {
    ...Object.fromEntries(logs),
    MAIN_IMAGE_NAME: MAIN_IMAGE,
    CONTEXT_DIR: '.',
    TEST_DIR: '/tests',
  }
}

function parseYaml(text: string, say: (key: string, what: string) => void): unknown {
  const document = parseDocument(text, { prettyErrors: true, maxAliasCount: 100, merge: true } as never)
  for (const error of document.errors) {
    const line = error.linePos?.[0].line
    say(line === undefined ? '' : `line ${line}`, error.message.split('\n')[0]!.replace(/ at line .*$/, ''))
  }
  if (document.errors.length > 0) return undefined
  try {
    return document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    say('', (error as Error).message)
    return undefined
  }
}

/** `x-…` may stand at the top and in services. */
function withoutExtensions(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  const strip = (one: object): Record<string, unknown> =>
    Object.fromEntries(Object.entries(one).filter(([key]) => !key.startsWith('x-')))
  const top = strip(value)
  if (typeof top.services !== 'object' || top.services === null) return top
  const services = Object.entries(top.services).map(([name, one]) => [
    name,
    typeof one === 'object' && one !== null && !Array.isArray(one) ? strip(one) : one,
  ])
  return { ...top, services: Object.fromEntries(services) }
}

function sayIssue(issue: z.core.$ZodIssue, say: (key: string, what: string) => void): void {
  const at = issue.path.join('.')
  if (issue.code === 'unrecognized_keys') {
    for (const key of issue.keys) {
      const why = NEVER[key]
      say(
        at === '' ? key : `${at}.${key}`,
        why === undefined ? 'is not supported' : `is always refused: ${why}`,
      )
    }
    return
  }
  const why = NEVER[String(issue.path.at(-1))]
  if (why !== undefined) {
    say(at, `is always refused: ${why}`)
    return
  }
  // Of a union, what fits best speaks.
  const inner = issue.code === 'invalid_union' ? issue.errors.toSorted((a, b) => a.length - b.length) : []
  const best = inner.findLast(errors =>
    errors.some(one => one.path.length > 0 || one.code === 'unrecognized_keys'),
  )
  if (best === undefined) {
    say(at, issue.message)
    return
  }
  for (const one of best) sayIssue({ ...one, path: [...issue.path, ...one.path] } as z.core.$ZodIssue, say)
}

/** Makes of the file's form what is to be carried out. */
class Reader {
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
      healthcheck: this.#health(`${key}.healthcheck`, form.healthcheck),
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

  #health(key: string, form: ServiceForm['healthcheck']): Service['healthcheck'] {
    if (form === undefined) return 'image'
    const test = typeof form.test === 'string' ? ['CMD-SHELL', form.test] : form.test
    if (form.disable || test?.[0] === 'NONE') return 'none'
    if (test === undefined || test.length < 2) {
      this.#say(`${key}.test`, 'expected ["CMD", …], ["CMD-SHELL", line] or a line')
      return 'none'
    }
    const seconds = (
      name: 'interval' | 'timeout' | 'start_period' | 'start_interval',
      usual: number,
    ): number => {
      const text = form[name]
      const value = text === undefined ? usual : parseDuration(text)
      if (value === undefined) this.#say(`${key}.${name}`, `"${text}" is no duration such as 1m30s`)
      return value ?? usual
    }
    if (test[0] !== 'CMD' && test[0] !== 'CMD-SHELL')
      this.#say(`${key}.test`, `starts with "${test[0]}"; expected CMD or CMD-SHELL`)
    return {
      test: test[0] === 'CMD' ? { kind: 'exec', argv: test.slice(1) } : { kind: 'sh', line: test[1]! },
      intervalSeconds: seconds('interval', 30),
      timeoutSeconds: seconds('timeout', 30),
      startSeconds: seconds('start_period', 0),
      startIntervalSeconds: seconds('start_interval', 5),
      retries: form.retries ?? 3,
    }
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

function shortVolume(text: string): {
  type: 'volume'
  source: string | undefined
  target: string
  read_only: boolean
} {
  const parts = text.split(':')
  if (parts.length === 1) return { type: 'volume', source: undefined, target: text, read_only: false }
  const options = (parts[2] ?? '').split(',')
  return { type: 'volume', source: parts[0]!, target: parts[1]!, read_only: options.includes('ro') }
}

function parseEnvFile(text: string): [string, string][] {
  return text.split(/\r?\n/).flatMap((line): [string, string][] => {
    const found = /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*=\s*(.*?)\s*$/.exec(line)
    if (found === null) return []
    const value = found[2]!
    const quoted = /^(["'])(.*)\1$/s.exec(value)
    return [[found[1]!, quoted === null ? value.replace(/\s+#.*$/, '') : quoted[2]!]]
  })
}
