import type { Readable } from 'node:stream'
import type Docker from 'dockerode'
import { guard, messageOf, orUndefined } from './docker-failures.ts'
import type { BuildOptions, Engine, Image, ImageHealthcheck, Labels } from './engine.ts'

/** The part of the engine that makes, finds and removes images. */
export function imagesOf(
  docker: Docker,
): Pick<
  Engine,
  | 'findImage'
  | 'pullImage'
  | 'whyNotPulled'
  | 'importImage'
  | 'buildImage'
  | 'removeImage'
  | 'exportImages'
  | 'tagImage'
  | 'dropImage'
> {
  return {
    async findImage(reference) {
      const found = await orUndefined(docker.getImage(reference).inspect())
      return found === undefined ? undefined : imageOf(found)
    },
    pullImage: (reference, quietSeconds) => pullImage(docker, reference, quietSeconds),
    async whyNotPulled(reference, seconds) {
      const abortSignal = AbortSignal.timeout(seconds * 1000)
      try {
        await docker.getImage(reference).distribution({ abortSignal })
        return undefined
      } catch (error) {
        return abortSignal.aborted ? `no answer within ${seconds} s` : messageOf(error)
      }
    },
    importImage: (tar, options) => importImage(docker, tar, options),
    buildImage: (context, options) => buildImage(docker, context, options),
    exportImages: references => exportImages(docker, references),
    async removeImage(reference) {
      await orUndefined(docker.getImage(reference).remove({ force: true }))
    },
    async tagImage(reference, name) {
      const { repo, tag } = splitName(name)
      await guard('image-missing', `Cannot name the image ${reference} ${name}`, () =>
        docker.getImage(reference).tag({ repo, tag }),
      )
    },
    dropImage: name => drop(docker.getImage(name).remove()),
  }
}

async function importImage(
  docker: Docker,
  tar: Readable,
  { tag, labels, env }: { tag: string; labels: Labels; env: readonly string[] },
): Promise<void> {
  const changes = [
    ...env.map(pair => `ENV ${pair}`),
    ...Object.entries(labels).map(([key, value]) => `LABEL ${key}=${quoteValue(value)}`),
    'WORKDIR /',
    'CMD ["/bin/bash"]',
  ]
  await guard('build-failed', `Cannot import the image ${tag}`, async () => {
    const stream = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
      docker.modem.dial(
        {
          path: '/images/create?',
          method: 'POST',
          file: tar as unknown as NodeJS.ReadableStream,
          options: { fromSrc: '-', repo: tag, changes },
          isStream: true,
          statusCodes: { 200: true, 500: 'server error' },
        } as never,
        (error: unknown, answer: unknown) =>
          error ? reject(error as Error) : resolve(answer as NodeJS.ReadableStream),
      )
    })
    await follow(docker, stream)
  })
}

async function pullImage(docker: Docker, reference: string, quietSeconds: number): Promise<void> {
  await guard('image-missing', `Cannot pull ${reference}`, async () => {
    const abort = new AbortController()
    let timer = setTimeout(() => abort.abort(), quietSeconds * 1000)
    try {
      const stream = (await docker.pull(reference, {
        abortSignal: abort.signal,
      } as never)) as NodeJS.ReadableStream
      abort.signal.addEventListener('abort', () =>
        (stream as Readable).destroy(new Error(`silent for ${quietSeconds} s`)),
      )
      await follow(docker, stream, () => {
        clearTimeout(timer)
        timer = setTimeout(() => abort.abort(), quietSeconds * 1000)
      })
    } finally {
      clearTimeout(timer)
    }
  })
}

async function buildImage(docker: Docker, context: Readable, options: BuildOptions): Promise<void> {
  const lines: string[] = []
  await guard('build-failed', `Cannot build the image ${options.tag}`, async () => {
    const stream = await docker.buildImage(context, {
      t: options.tag,
      labels: { ...options.labels },
      rm: true,
      forcerm: true,
      ...(options.dockerfile === undefined ? {} : { dockerfile: options.dockerfile }),
      ...(options.args === undefined ? {} : { buildargs: { ...options.args } }),
      ...(options.target === undefined ? {} : { target: options.target }),
      ...(options.network === 'default' ? {} : { networkmode: options.network }),
      abortSignal: AbortSignal.timeout(options.timeoutSeconds * 1000),
    })
    try {
      await follow(docker, stream, event => {
        const text = (event as { stream?: unknown }).stream
        if (typeof text !== 'string') return
        for (const line of text.split('\n').filter(Boolean)) {
          lines.push(line)
          options.onLine?.(line)
        }
      })
    } catch (error) {
      throw new Error(`${messageOf(error)}\n${lines.slice(-20).join('\n')}`, { cause: error })
    }
  })
}

/** Reads an engine's stream of JSON events to its end and throws the error that it may carry. */
function follow(
  docker: Docker,
  stream: NodeJS.ReadableStream,
  onEvent: (event: unknown) => void = () => {},
): Promise<void> {
  return new Promise((resolve, reject) => {
    docker.modem.followProgress(
      stream,
      (error, events: unknown[]) => {
        const failed = events?.find(event => (event as { error?: unknown }).error) as
          | { error: string }
          | undefined
        if (error) reject(error)
        else if (failed !== undefined) reject(new Error(failed.error))
        else resolve()
      },
      onEvent,
    )
    stream.on('error', reject)
  })
}

async function exportImages(docker: Docker, references: readonly string[]): Promise<Readable> {
  return await guard(
    'image-missing',
    `Cannot export ${references.join(', ')}`,
    () =>
      new Promise<Readable>((resolve, reject) => {
        docker.modem.dial(
          {
            path: '/images/get?',
            method: 'GET',
            options: { names: [...references] },
            isStream: true,
            statusCodes: { 200: true, 404: 'no such image', 500: 'server error' },
          } as never,
          (error: unknown, answer: unknown) => (error ? reject(error as Error) : resolve(answer as Readable)),
        )
      }),
  )
}

function imageOf(found: Docker.ImageInspectInfo): Image {
  return {
    id: found.Id,
    digests: found.RepoDigests ?? [],
    env: found.Config.Env ?? [],
    workdir: found.Config.WorkingDir || '/',
    user: found.Config.User || 'root',
    entrypoint: [found.Config.Entrypoint ?? []].flat(),
    command: [found.Config.Cmd ?? []].flat(),
    healthcheck: healthcheckOf(found.Config),
    labels: found.Config.Labels ?? {},
    bytes: found.Size,
    layers: found.RootFS.Layers ?? [],
  }
}

/** Removes what nobody uses; what is not there is gone. */
export async function drop(removal: Promise<unknown>): Promise<'gone' | 'in use'> {
  try {
    await removal
    return 'gone'
  } catch (error) {
    switch ((error as { statusCode?: number }).statusCode) {
      case 404:
        return 'gone'
      case 409:
        return 'in use'
      default:
        throw error
    }
  }
}

/** A colon before the last slash is that of a registry's port. */
function splitName(name: string): { repo: string; tag: string } {
  const colon = name.indexOf(':', name.lastIndexOf('/') + 1)
  return colon < 0
    ? { repo: name, tag: 'latest' }
    : { repo: name.slice(0, colon), tag: name.slice(colon + 1) }
}

const NANOSECONDS = 1e9

function healthcheckOf(config: object): ImageHealthcheck | undefined {
  const { Healthcheck: found } = config as {
    Healthcheck?: {
      Test?: string[]
      Interval?: number
      Timeout?: number
      StartPeriod?: number
      Retries?: number
    }
  }
  if (found?.Test === undefined || found.Test.length === 0) return undefined
  // The engine keeps nanoseconds, and 0 for what nobody said.
  const seconds = (time: number | undefined, usual: number): number => (time ? time / NANOSECONDS : usual)
  return {
    test: found.Test,
    interval: seconds(found.Interval, 30),
    timeout: seconds(found.Timeout, 30),
    startPeriod: seconds(found.StartPeriod, 0),
    retries: found.Retries || 3,
  }
}

/** As a Dockerfile takes it: there a dollar sign would name a variable. */
export function quoteValue(value: string): string {
  return JSON.stringify(value).replaceAll('$', '\\$')
}
