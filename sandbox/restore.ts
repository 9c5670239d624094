import path from 'node:path'
import type { Readable } from 'node:stream'
import tar from 'tar-stream'
import { packTar } from './archive.ts'
import type { Engine, StoppedContainer } from './engine.ts'
import { matchForeignPaths } from './glob.ts'
import { labelsOf } from './owner.ts'
import type { PreparedTask } from './prepare.ts'
import type { Sandbox } from './sandbox.ts'
import { listTestFolders } from './suite.ts'
import { type MachineChange, planRestoration, rivalsOf } from './tools.ts'

export interface Restored {
  /** What was changed back, for a person. */
  readonly done: readonly string[]
  /** Files without content that are to be removed before the tests run: a dead machine cannot do that. */
  readonly leftovers: readonly string[]
}

/**
 * Makes the tools of an agent's machine what they are in its image, once nothing runs there any more: the tests that are to
 * run on that machine must not run on what the agent made of them.
 *
 * @param changes - all that differs from the task's image, whenever it was done
 */
export async function restoreTools(
  engine: Engine,
  sandbox: Sandbox,
  { image, task, workdir }: PreparedTask,
  { run, changes }: { run: string; changes: readonly MachineChange[] },
): Promise<Restored> {
  const searchPath = (image.env.find(pair => pair.startsWith('PATH=')) ?? 'PATH=').slice(5).split(':')
  const isAllowed = matchForeignPaths(task.allowedPaths, 'u')
  const plan = planRestoration(changes, searchPath, one => isAllowed(one.slice(1)))
  const places = await blockedPlaces(sandbox, changes, listTestFolders(task, workdir))
  if (plan.restored.length + plan.strange.length + plan.rivals.length + places.length === 0)
    return { done: [], leftovers: [] }
  const labels = labelsOf({ run, role: 'preparation', seconds: 600, now: Date.now() })
  await using pristine = await engine.openStopped({ image: image.id, labels, mounts: [] })
  const done: string[] = []
  for (const { path: name, kind } of plan.restored) {
    if (kind === 'modified' && (await areFolders(pristine, sandbox, name))) continue
    const original = await pristine.readArchive(name)
    if (original === undefined) continue
    await sandbox.writeArchive(path.dirname(name), original)
    done.push(`${name} (restored)`)
  }
  const leftovers = [...plan.strange, ...places]
  for (const name of plan.rivals) if (await hasRival(pristine, name, searchPath)) leftovers.push(name)
  for (const name of leftovers) {
    await sandbox.writeArchive(path.dirname(name), packTar([{ name: path.basename(name), content: '' }]))
    done.push(`${name} (removed)`)
  }
  return { done, leftovers }
}

/** Folders for hidden tests of which an agent made something else: a link, through which they would lie elsewhere, or a file. */
async function blockedPlaces(
  sandbox: Sandbox,
  changes: readonly MachineChange[],
  folders: ReadonlySet<string>,
): Promise<string[]> {
  const blocked: string[] = []
  for (const { path: name, kind } of changes) {
    if (kind === 'deleted' || !folders.has(name)) continue
    if ((await kindOf(await sandbox.readArchive(name))) !== 'directory') blocked.push(name)
  }
  return blocked
}

async function areFolders(pristine: StoppedContainer, sandbox: Sandbox, name: string): Promise<boolean> {
  const kinds = [
    await kindOf(await pristine.readArchive(name)),
    await kindOf(await sandbox.readArchive(name)),
  ]
  return kinds.every(kind => kind === 'directory')
}

async function hasRival(
  pristine: StoppedContainer,
  name: string,
  searchPath: readonly string[],
): Promise<boolean> {
  for (const other of rivalsOf(name, searchPath))
    if ((await kindOf(await pristine.readArchive(other))) !== undefined) return true
  return false
}

/** What the first entry of an archive is; the rest is not read. */
async function kindOf(archive: Readable | undefined): Promise<string | undefined> {
  if (archive === undefined) return undefined
  const extract = tar.extract()
  const kind = new Promise<string | undefined>((resolve, reject) => {
    extract.on('entry', header => resolve(header.type ?? undefined))
    extract.on('finish', () => resolve(undefined))
    extract.on('error', reject)
    archive.on('error', reject)
  })
  archive.pipe(extract)
  try {
    return await kind
  } finally {
    archive.destroy()
    extract.destroy()
  }
}
