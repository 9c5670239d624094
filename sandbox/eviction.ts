import fs from 'node:fs'
import path from 'node:path'
import { BASE_IMAGE } from './base.ts'
import { bytesOf, chooseEvictions, type Kept, parseBudget } from './budget.ts'
import { cacheFolder } from './cache.ts'
import { listFiles, sha256 } from './digest.ts'
import type { Engine, Inventory, StoredImage, StoredVolume } from './engine.ts'
import { SandboxError } from './errors.ts'
import { heldFolders } from './hold.ts'
import { OWNER_LABEL, ROLE_LABEL } from './owner.ts'
import { reap } from './reaper.ts'
import { runtimeVolume } from './runtime.ts'
import { openTemporary } from './temporary.ts'

/** Names that we give to images which we pulled: what somebody else pulled is not ours to remove. */
const PULLED = 'arete/pulled:'
const DAY = 24 * 3600 * 1000

/** What is kept for later runs, and how much it may be. */
export interface Stock {
  readonly items: readonly Stored[]
  readonly bytes: number
  readonly budget: number
}

export interface Stored extends Kept {
  /** @returns false if somebody needs it after all */
  readonly remove: () => Promise<boolean>
}

/** Looks at all that is kept: images that were built or pulled, volumes of the runtime, repositories and lifts of this cache folder. */
export async function takeStock(engine: Engine): Promise<Stock> {
  return await stockOf(engine, await takeInventory(engine))
}

/**
 * Removes what was unused the longest until the rest is within the budget. What a live run holds stays, whoever runs it
 * on this engine.
 *
 * @param all - whatever nobody holds goes, as if the budget were nothing
 * @returns what was removed
 */
export async function makeRoom(engine: Engine, { all = false } = {}): Promise<Stored[]> {
  // The containers of dead runs hold images too.
  await reap(engine, Date.now())
  const removed: Stored[] = []
  const refused = new Set<string>()
  for (;;) {
    const inventory = await takeInventory(engine)
    if (!all && surelyFits(inventory)) return removed
    const { items, budget } = await stockOf(engine, inventory)
    const known = items.map(item => ({ ...item, held: item.held || refused.has(item.id) }))
    const chosen = all ? known.filter(item => !item.held) : chooseEvictions(known, budget)
    if (chosen.length === 0) return removed
    for (const item of chosen) {
      if (await item.remove()) removed.push(item)
      else refused.add(item.id)
    }
  }
}

/** The name by which an image that we pulled is ours. */
export function pulledName(reference: string): string {
  return PULLED + sha256(reference).slice(0, 24)
}

function takeInventory(engine: Engine): Promise<Inventory> {
  return engine.takeInventory({ label: `${OWNER_LABEL}=kept`, prefix: PULLED })
}

async function stockOf(engine: Engine, inventory: Inventory): Promise<Stock> {
  const now = Date.now()
  const items = [
    ...(await inventory.images())
      .filter(image => isKept(image, now))
      .map(image => storedImage(engine, image)),
    ...inventory.volumes.map(volume => storedVolume(engine, volume)),
    ...storedFiles(),
  ]
  const bytes = bytesOf(items)
  return { items, bytes, budget: readBudget(bytes) }
}

/** One answer of the engine says more than enough, and nearly always that is little. */
function surelyFits({ layersBytes, volumes }: Inventory): boolean {
  const most = layersBytes + volumes.reduce((sum, { bytes }) => sum + bytes, 0) + bytesOf(storedFiles())
  return most <= readBudget(0)
}

function readBudget(used: number): number {
  const { bavail, bsize } = fs.statfsSync(cacheFolder())
  const text = process.env.ARETE_CACHE_BUDGET
  const budget = parseBudget(text, { free: bavail * bsize, used })
  if (budget !== undefined) return budget
  throw new SandboxError(
    'setup-failed',
    `Cannot use ARETE_CACHE_BUDGET=${text}: expected a size such as 20G or 512M, or none`,
  )
}

/** Of images without a name, an old one is what a newer base replaced; a fresh one may be part of a build. */
function isKept({ names, lastUsed }: StoredImage, now: number): boolean {
  return names.length > 0 || now - lastUsed > DAY
}

function storedImage(engine: Engine, { id, names, labels, lastUsed, layers, inUse }: StoredImage): Stored {
  const isOurs = (name: string): boolean => name.startsWith('arete/') || names.includes(pulledName(name))
  // Of a pulled one that is ours last: while it is there, the image is found.
  const drops = names.filter(isOurs).toSorted((one, other) => Number(isMark(one)) - Number(isMark(other)))
  return {
    kind: 'image',
    id: drops[0] ?? id,
    parts: layers,
    lastUsed,
    held: inUse || names.includes(BASE_IMAGE) || labels[ROLE_LABEL] === 'snapshot',
    remove: async () => {
      for (const name of drops.length > 0 ? drops : [id])
        if ((await engine.dropImage(name)) === 'in use') return false
      return true
    },
  }
}

function isMark(name: string): boolean {
  return name.startsWith(PULLED)
}

function storedVolume(engine: Engine, { name, bytes, created, inUse }: StoredVolume): Stored {
  return {
    kind: 'volume',
    id: name,
    parts: [{ id: name, bytes }],
    lastUsed: created,
    held: inUse || name === runtimeVolume(),
    remove: async () => (await engine.dropVolume(name)) === 'gone',
  }
}

/** Repositories, each a folder, and lifts, each a file; when one was used last is its time of change. */
function storedFiles(): Stored[] {
  const held = heldFolders()
  return (['repository', 'lift'] as const).flatMap(kind => {
    const folder = path.join(cacheFolder(), { repository: 'tasks', lift: 'lifts' }[kind])
    if (!fs.existsSync(folder)) return []
    return fs.readdirSync(folder).flatMap(name => {
      const file = path.join(folder, name)
      const stat = fs.statSync(file, { throwIfNoEntry: false })
      if (stat === undefined) return []
      const item = { id: file, parts: [{ id: file, bytes: sizeOf(file) }], lastUsed: stat.mtimeMs }
      return [{ kind, ...item, held: held.has(name), remove: async () => removeFile(file) }]
    })
  })
}

function sizeOf(file: string): number {
  return listFiles(file)
    .map(name => fs.statSync(path.join(file, name), { throwIfNoEntry: false })?.size ?? 0)
    .reduce((sum, bytes) => sum + bytes, 0)
}

/** Away in one step; whoever held it just before gets it back. */
function removeFile(file: string): boolean {
  using temporary = openTemporary()
  const away = path.join(temporary.path, 'away')
  try {
    fs.renameSync(file, away)
    if (!heldFolders().has(path.basename(file))) return true
    fs.renameSync(away, file)
    return false
  } catch {
    // Gone already, or made again meanwhile.
    return !fs.existsSync(file)
  }
}
