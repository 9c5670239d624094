import fs from 'node:fs'
import path from 'node:path'
import type { Manifest } from '../manifest.ts'
import type { Runner, Verifier } from '../task.ts'
import type { Compose } from './compose.ts'
import { healthcheckOf } from './entries.ts'
import { composeOf, imageOf, limitsOf } from './machine.ts'
import { networkOf } from './network.ts'
import { permit, type Reading, resolveEnv, text } from './reading.ts'

type Table = Manifest['steps'][number]['verifier']

/**
 * How a task, or a step of it, is verified. What a step does not say its task says; a verifier is separate if that is said, or if
 * an environment is given for it.
 *
 * @param tables - that of the step, if it is one, and that of the task
 * @param tests - folder of the step's tests, if it is one, and that of the task's
 */
export function verifierOf(
  reading: Reading,
  options: {
    tables: readonly [Table, ...Table[]]
    tests: readonly [string, ...string[]]
    keys: readonly string[]
    runner: Runner
    compose: Compose | undefined
  },
): Verifier {
  const { tables, tests, keys } = options
  const { manifest } = reading
  const own = tables.find(table => table.environment !== undefined)?.environment
  const environment = own ?? manifest.environment
  const separate = isSeparate(tables)
  const context = tests.find(folder => fs.existsSync(folder)) ?? tests[0]
  const env = Object.assign(
    {},
    ...tables.map((table, index) => resolveEnv(`${keys[index]}.env`, table.env, reading)).reverse(),
  ) as Record<string, string>
  const common = {
    runner: options.runner,
    seconds: tables.find(table => table.timeout_sec !== undefined)?.timeout_sec ?? DEFAULT_SECONDS,
    user: text(tables.find(table => table.user !== undefined)?.user),
    env,
    limits: limitsOf(separate ? environment : manifest.environment, manifest.arete),
    network: permit(reading, networkOf(tables, separate ? environment : manifest.environment)),
  }
  if (!separate)
    return {
      ...common,
      image: undefined,
      workdir: undefined,
      machineEnv: {},
      healthcheck: undefined,
      compose: options.compose,
    }
  const machineEnv =
    own === undefined
      ? resolveEnv('environment.env', environment.env, { ...reading, reasons: [] })
      : resolveEnv(`${keys[0]}.environment.env`, environment.env, reading)
  const compose = composeOf(context, environment, machineEnv, reading)
  const hasDockerfile = fs.existsSync(path.join(context, 'Dockerfile'))
  const reference = own?.docker_image ?? (hasDockerfile ? undefined : environment.docker_image)
  if (reference === undefined && !hasDockerfile && compose?.main.image === undefined)
    reading.reasons.push(
      `${path.relative(reading.folder, context)}/Dockerfile: missing, and task.toml has no ${keys[0]}.environment.docker_image`,
    )
  return {
    ...common,
    image: imageOf(context, reference, compose),
    workdir: environment.workdir,
    machineEnv: { ...compose?.main.env, ...machineEnv },
    healthcheck: healthcheckOf(environment.healthcheck),
    compose,
  }
}

const DEFAULT_SECONDS = 600

/** The first table that says anything about it decides. */
export function isSeparate(tables: readonly Table[]): boolean {
  for (const { environment_mode: mode, environment } of tables) {
    if (mode !== undefined) return mode === 'separate'
    if (environment !== undefined) return true
  }
  return false
}
