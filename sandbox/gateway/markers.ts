import fs from 'node:fs'
import path from 'node:path'
import type { Task } from '../../task-bank/task.ts'

/** Words by which benchmarks make their files known (`canary GUID …`), and our own tasks' digests. */
const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi
const CANARY_LINE = /canary/i
const MOST_FILE = 2 ** 20
const WORD = /[0-9a-f][0-9a-f-]{34}[0-9a-f]/gi

/** Which task a marker belongs to. */
export type Markers = ReadonlyMap<string, string>

/** A marker of something that this agent was never given, in what it sent. */
export interface Trip {
  readonly marker: string
  readonly task: string
}

/** The canaries in the files of tasks. One that stands in several tasks tells nothing about which, and counts for none. */
export function markersOf(tasks: readonly Task[]): Markers {
  const known = new KnownMarkers()
  for (const task of tasks) known.learn(task)
  return known.markers
}

/** Canaries of tasks as these come to be known, one after the other. */
export class KnownMarkers {
  readonly #owners = new Map<string, string>()
  readonly #shared = new Set<string>()
  readonly #tasks = new Set<string>()

  /** Grows with what is learnt. */
  get markers(): Markers {
    return this.#owners
  }

  learn(task: Pick<Task, 'name' | 'folder'>): void {
    if (this.#tasks.has(task.folder)) return
    this.#tasks.add(task.folder)
    for (const marker of canariesOf(task)) {
      if (this.#shared.has(marker)) continue
      const other = this.#owners.get(marker)
      if (other === undefined || other === task.name) this.#owners.set(marker, task.name)
      else {
        this.#owners.delete(marker)
        this.#shared.add(marker)
      }
    }
  }
}

function canariesOf({ folder }: Pick<Task, 'folder'>): Set<string> {
  const names = fs.existsSync(folder)
    ? fs.readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry => entry.isFile())
    : []
  const found = new Set<string>()
  for (const entry of names) {
    const file = path.join(entry.parentPath, entry.name)
    if (fs.statSync(file).size > MOST_FILE) continue
    for (const line of fs.readFileSync(file, 'utf8').split('\n'))
      if (CANARY_LINE.test(line)) for (const guid of line.match(GUID) ?? []) found.add(guid.toLowerCase())
  }
  return found
}

/** Markers of other tasks than `task` in a text: how one would notice that hidden data had got out. */
export function findTrips(markers: Markers, task: string, text: string): Trip[] {
  if (markers.size === 0) return []
  const words = new Set((text.match(WORD) ?? []).map(word => word.toLowerCase()))
  return [...words].flatMap(marker => {
    const owner = markers.get(marker)
    return owner === undefined || owner === task ? [] : [{ marker, task: owner }]
  })
}
