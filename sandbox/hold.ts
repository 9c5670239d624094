import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import { BASE_IMAGE } from './base.ts'
import { cacheFolder } from './cache.ts'
import { sha256 } from './digest.ts'
import type { Engine, Mount } from './engine.ts'
import { SandboxError } from './errors.ts'
import { isAlive, labelsOf, processName, ROLE_LABEL, RUN_LABEL } from './owner.ts'
import { RUNTIME } from './spec.ts'

const WEEK = 7 * 24 * 3600

/**
 * Holds what a run needs until the result is disposed of: the base image and the runtime from now on, images and folders from
 * when they are made ready for it. What is held is not removed to make room, whoever wants to make it.
 */
export async function holding(
  { engine, runtimeVolume }: { engine: Engine; runtimeVolume: string },
  run: string,
): Promise<AsyncDisposable> {
  await hold(engine, BASE_IMAGE, run, [{ volume: runtimeVolume, target: RUNTIME, readOnly: true }])
  return { [Symbol.asyncDispose]: () => release(engine, run) }
}

/** Gives back all that is held for a run. */
export async function release(engine: Engine, run: string): Promise<void> {
  for (const one of listHolds()) if (one.run === run && one.owner === processName()) fs.rmSync(one.file)
  const ours = await engine.listLabelled(`${RUN_LABEL}=${run}`)
  const holds = ours.filter(({ labels }) => labels[ROLE_LABEL] === 'hold')
  await Promise.all(holds.map(({ id }) => engine.removeContainer(id)))
}

/**
 * Holds an image for a run by a container that is never started: every engine refuses to remove the image of one.
 *
 * @returns false if there is no such image
 */
export async function hold(
  engine: Engine,
  image: string,
  run: string,
  mounts: readonly Mount[] = [],
): Promise<boolean> {
  const labels = labelsOf({ run, role: 'hold', seconds: WEEK, now: Date.now() })
  try {
    await engine.openStopped({
      image,
      name: `arete-hold-${sha256(`${run} ${image}`).slice(0, 24)}`,
      labels,
      mounts,
    })
    return true
  } catch (error) {
    if (error instanceof SandboxError && error.code === 'name-taken') return true
    if (error instanceof SandboxError && error.code === 'image-missing') return false
    throw error
  }
}

/** What a file of the folder `holds` says; its name ends in that of the folder which is held. */
const FolderHold = z.object({ owner: z.string(), run: z.string() })
type FolderHold = z.infer<typeof FolderHold>

/** Holds a folder of the cache for a run, whether it is there or not; it lasts no longer than this process. */
export function holdFolder(folder: string, run: string): void {
  const content: FolderHold = { owner: processName(), run }
  const text = JSON.stringify(content)
  const file = path.join(holdsFolder(), `${sha256(text).slice(0, 24)}.${path.basename(folder)}`)
  fs.writeFileSync(`${file}.new`, text)
  fs.renameSync(`${file}.new`, file)
}

/** Names of the folders of the cache that live processes hold; what dead ones held is forgotten. */
export function heldFolders(): ReadonlySet<string> {
  const holds = listHolds()
  for (const { file, owner } of holds) if (!isAlive(owner)) fs.rmSync(file, { force: true })
  return new Set(holds.filter(({ owner }) => isAlive(owner)).map(({ folder }) => folder))
}

function listHolds(): (FolderHold & { file: string; folder: string })[] {
  return fs.readdirSync(holdsFolder()).flatMap(name => {
    const [, folder = '', rest] = name.split('.')
    if (rest !== undefined) return []
    const file = path.join(holdsFolder(), name)
    try {
      return [{ ...FolderHold.parse(JSON.parse(fs.readFileSync(file, 'utf8'))), file, folder }]
    } catch {
      // Given back meanwhile.
      return []
    }
  })
}

function holdsFolder(): string {
  const folder = path.join(cacheFolder(), 'holds')
  fs.mkdirSync(folder, { recursive: true })
  return folder
}
