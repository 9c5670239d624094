import fs from 'node:fs'
import path from 'node:path'
import { type Manifest, parseSize } from '../manifest.ts'
import type { ImageSource, TaskLimits } from '../task.ts'
import { type Compose, readCompose } from './compose.ts'
import type { Reading } from './reading.ts'

type Environment = Manifest['environment']

/** What a task gets that names no limit of its own. */
const DEFAULTS = { cpus: 1, memoryMegabytes: 2048, storageMegabytes: 1024, pids: 512 }

export function limitsOf(environment: Environment, arete: Manifest['arete']): TaskLimits {
  return {
    cpus: environment.cpus ?? DEFAULTS.cpus,
    memoryMegabytes: environment.memory_mb ?? parseSize(environment.memory ?? '') ?? DEFAULTS.memoryMegabytes,
    storageMegabytes:
      environment.storage_mb ?? parseSize(environment.storage ?? '') ?? DEFAULTS.storageMegabytes,
    pids: arete.pids ?? DEFAULTS.pids,
  }
}

/** The Compose file of a build context, if there is one. */
export function composeOf(
  context: string,
  environment: Environment,
  variables: Readonly<Record<string, string>>,
  { env, reasons }: Reading,
): Compose | undefined {
  if (!fs.existsSync(path.join(context, 'docker-compose.yaml'))) return undefined
  const limits = limitsOf(environment, { ...NO_ARETE })
  const known = {
    ...env,
    ...variables,
    PREBUILT_IMAGE_NAME: environment.docker_image,
    CPUS: String(limits.cpus),
    MEMORY: `${limits.memoryMegabytes}M`,
  }
  return readCompose(context, known, reasons)
}

const NO_ARETE = { pids: undefined } as unknown as Manifest['arete']

/** A prebuilt image comes before a Dockerfile, and both before what the Compose file says, unless only that says anything. */
export function imageOf(
  context: string,
  reference: string | undefined,
  compose: Compose | undefined,
): ImageSource {
  if (compose?.main.image !== undefined) return compose.main.image
  return reference === undefined
    ? { kind: 'build', folder: path.resolve(context) }
    : { kind: 'reference', reference }
}

/** With a prebuilt image and nothing that says how to build one, the other files of the folder go to the working directory. */
export function uploadsOf(context: string, { docker_image: image }: Environment): string | undefined {
  const has = (name: string): boolean => fs.existsSync(path.join(context, name))
  if (image === undefined || has('Dockerfile') || has('docker-compose.yaml') || !has('.')) return undefined
  return fs.readdirSync(context).length > 0 ? path.resolve(context) : undefined
}
