import { setTimeout as sleep } from 'node:timers/promises'
import type Docker from 'dockerode'
import { z } from 'zod'
import { guard } from './docker-failures.ts'
import type { Inventory, Labels, StoredImage } from './engine.ts'

/** What we read of `GET /system/df`; an image without names or labels has null in their place. */
const Usage = z.object({
  LayersSize: z.number().default(0),
  Images: z
    .array(
      z.object({
        Id: z.string(),
        RepoTags: z.array(z.string()).nullish(),
        RepoDigests: z.array(z.string()).nullish(),
        Labels: z.record(z.string(), z.string()).nullish(),
        Containers: z.number().default(0),
        Created: z.number(),
      }),
    )
    .nullish(),
  Volumes: z
    .array(
      z.object({
        Name: z.string(),
        CreatedAt: z.string().default(''),
        Labels: z.record(z.string(), z.string()).nullish(),
        UsageData: z.object({ RefCount: z.number(), Size: z.number() }).nullish(),
      }),
    )
    .nullish(),
})
type Usage = z.infer<typeof Usage>

const COUNT_TRIES = 60
const COUNT_PAUSE = 500

/** The engine counts for one at a time, and refuses whoever asks meanwhile. */
async function usageOf(docker: Docker): Promise<unknown> {
  for (let number = 1; ; number++) {
    try {
      return await docker.df()
    } catch (error) {
      if (number === COUNT_TRIES || !(error as Error).message.includes('already running')) throw error
      await sleep(COUNT_PAUSE)
    }
  }
}

/** Everything on the engine that carries a label or has a name that begins so, with what it takes. */
export async function takeInventory(
  docker: Docker,
  { label, prefix }: { label: string; prefix: string },
): Promise<Inventory> {
  return await guard('engine-failed', 'Cannot find out what takes room on the engine', async () => {
    const { LayersSize, Images, Volumes } = Usage.parse(await usageOf(docker))
    const [key, value] = label.split('=') as [string, string | undefined]
    const isLabelled = (labels: Labels | null | undefined): boolean =>
      labels?.[key] !== undefined && (value === undefined || labels[key] === value)
    const images = (Images ?? []).filter(
      image => isLabelled(image.Labels) || image.RepoTags?.some(tag => tag.startsWith(prefix)),
    )
    return {
      layersBytes: LayersSize,
      images: () => guard('engine-failed', 'Cannot look at an image', () => lookAt(docker, images)),
      volumes: (Volumes ?? [])
        .filter(volume => isLabelled(volume.Labels))
        .map(volume => ({
          name: volume.Name,
          labels: volume.Labels ?? {},
          bytes: Math.max(0, volume.UsageData?.Size ?? 0),
          created: Date.parse(volume.CreatedAt) || 0,
          inUse: (volume.UsageData?.RefCount ?? 0) > 0,
        })),
    }
  })
}

/** An image that goes while we look is not there. */
async function lookAt(docker: Docker, images: NonNullable<Usage['Images']>): Promise<StoredImage[]> {
  const looked = images.map(async (image): Promise<StoredImage[]> => {
    try {
      const one = docker.getImage(image.Id)
      const [found, history] = await Promise.all([one.inspect(), one.history()])
      const tagged = Date.parse(
        String((found as { Metadata?: { LastTagTime?: unknown } }).Metadata?.LastTagTime),
      )
      return [
        {
          id: image.Id,
          names: [...(image.RepoTags ?? []), ...(image.RepoDigests ?? [])].filter(
            name => !name.includes('<none>'),
          ),
          labels: image.Labels ?? {},
          lastUsed: Math.max(image.Created * 1000, tagged || 0),
          layers: sizeLayers(found.RootFS.Layers ?? [], history as HistoryEntry[]),
          inUse: image.Containers > 0,
        },
      ]
    } catch (error) {
      if ((error as { statusCode?: number }).statusCode === 404) return []
      throw error
    }
  })
  return (await Promise.all(looked)).flat()
}

interface HistoryEntry {
  readonly Size: number
  readonly CreatedBy: string
}

/** Instructions that only change the configuration. */
const METADATA = new Set(
  'ARG CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL MAINTAINER ONBUILD SHELL STOPSIGNAL USER VOLUME'.split(
    ' ',
  ),
)

/** The old builder writes this before them. */
const NO_COMMAND = '#(nop)'

function isMetadata(step: string): boolean {
  const at = step.indexOf(NO_COMMAND)
  const instruction = step.slice(at < 0 ? 0 : at + NO_COMMAND.length).trimStart()
  return METADATA.has(/^\w*/.exec(instruction)![0])
}

/**
 * How much each layer adds. The engine tells this by step of the history, the newest first, and does not say which steps
 * made no layer: those of nothing but configuration, and empty ones if there are more steps than layers.
 *
 * @param layers - digests, the lowest first
 * @returns parts named by the layer and all below it, for only whole chains are shared
 */
export function sizeLayers(
  layers: readonly string[],
  history: readonly HistoryEntry[],
): { id: string; bytes: number }[] {
  const steps = history.toReversed().filter(step => step.Size > 0 || !isMetadata(step.CreatedBy))
  let spare = steps.length - layers.length
  const made = steps.filter(step => step.Size > 0 || spare-- <= 0)
  return layers.map((_, index) => ({
    id: layers.slice(0, index + 1).join(' '),
    bytes: made[index]?.Size ?? 0,
  }))
}
