import type { Manifest } from '../manifest.ts'
import type { Network } from '../task.ts'
import { narrow, type Permission } from './network.ts'

export type Env = Readonly<Record<string, string | undefined>>

/** What the parts of a loader share: the task's folder and manifest, the operator's side, and what they found wrong. */
export interface Reading {
  readonly folder: string
  readonly manifest: Manifest
  /** Where `${VAR}` is taken from. */
  readonly env: Env
  readonly permitted: Permission
  /** Takes what the author has to mend. */
  readonly reasons: string[]
  /** Takes every network that the task asks for. */
  readonly asked: Network[]
}

/** As much of a network as the operator permits. */
export function permit({ permitted, asked }: Reading, network: Network): Network {
  asked.push(network)
  return narrow(network, permitted)
}

/** A value that is exactly `${VAR}` or `${VAR:-default}` comes from outside; anything else is meant as it stands. */
export function resolveEnv(
  key: string,
  table: Readonly<Record<string, string>>,
  { env, reasons }: Pick<Reading, 'env' | 'reasons'>,
): Record<string, string> {
  return Object.fromEntries(
    Object.entries(table).map(([name, value]) => {
      const template = /^\$\{([A-Za-z_]\w*)(?::-(.*))?\}$/s.exec(value)
      if (template === null) return [name, value]
      const found = Object.hasOwn(env, template[1]!) ? env[template[1]!] : template[2]
      if (found === undefined)
        reasons.push(`task.toml: ${key}.${name}: set ${template[1]} in the environment`)
      return [name, found ?? '']
    }),
  )
}

/** Absent or written as a number, a user's name is a text for us. */
export function text(user: string | number | undefined): string | undefined {
  return user === undefined ? undefined : String(user)
}
