import fs from 'node:fs'
import path from 'node:path'
import { parseDocument } from 'yaml'
import type { z } from 'zod'
import type { Healthcheck, ImageSource } from '../task.ts'
import { ComposeForm, LOGS, MAIN_IMAGE, NEVER } from './compose-form.ts'
import { ComposeReader } from './compose-reader.ts'
import { interpolateAll } from './interpolate.ts'

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
  const compose = new ComposeReader(folder, parsed.data, known, say).read()
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
