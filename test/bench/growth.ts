import fs from 'node:fs'
import path from 'node:path'
import v8 from 'node:v8'
import vm from 'node:vm'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import type { Bare } from './bare.ts'
import { buildLine, type Line } from './measure.ts'
import { timeAttempt } from './overhead.ts'

const MEGABYTE = 2 ** 20
const PARALLEL = 2

/** What many attempts leave behind in memory, on the engine and on disk: nothing, if all is well. */
export async function measureGrowth(
  surroundings: Surroundings,
  bare: Bare,
  plan: { prepared: PreparedTask; early: number; late: number; folder: string },
): Promise<Line[]> {
  const volumesBefore = await listVolumes(bare)
  const containersBefore = await countContainers(bare)
  let early: Size
  let late: Size
  {
    await using group = new Group(
      Array.from({ length: PARALLEL }, () => new Slot({ ...surroundings, run: bare.run })),
    )
    await group.attempt(plan.prepared, bare.run, plan.early)
    early = await sizeUp(bare, plan.folder)
    await group.attempt(plan.prepared, bare.run, plan.late - plan.early)
    late = await sizeUp(bare, plan.folder)
  }
  const containers = (await countContainers(bare)) - containersBefore
  const volumes = (await listVolumes(bare)).filter(name => !volumesBefore.includes(name))
  return [
    buildLine('memory.growth.heap', (late.heap - early.heap) / MEGABYTE, 'MB'),
    buildLine('memory.growth.rss', (late.rss - early.rss) / MEGABYTE, 'MB'),
    buildLine('memory.rss', late.rss / MEGABYTE, 'MB'),
    buildLine('containers.left', containers, 'count'),
    buildLine('volumes.left', volumes.length, 'count'),
    buildLine('disk.growth', (late.disk - early.disk) / MEGABYTE, 'MB'),
  ]
}

class Group implements AsyncDisposable {
  readonly #slots: readonly Slot[]

  constructor(slots: readonly Slot[]) {
    this.#slots = slots
  }

  async attempt(prepared: PreparedTask, run: string, count: number): Promise<void> {
    let left = count
    await Promise.all(
      this.#slots.map(async slot => {
        while (left > 0) {
          left -= 1
          await timeAttempt(slot, { prepared, agent: 'nop', run })
        }
        await slot.swept()
      }),
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#slots.map(slot => slot[Symbol.asyncDispose]()))
  }
}

interface Size {
  readonly heap: number
  readonly rss: number
  readonly disk: number
}

async function sizeUp({ docker }: Bare, folder: string): Promise<Size> {
  collectGarbage()
  const { heapUsed, rss } = process.memoryUsage()
  const usage = (await docker.df()) as {
    LayersSize: number
    Containers: { SizeRw?: number }[] | null
    Volumes: { UsageData?: { Size: number } }[] | null
  }
  const containers = (usage.Containers ?? []).reduce((sum, one) => sum + (one.SizeRw ?? 0), 0)
  const volumes = (usage.Volumes ?? []).reduce((sum, one) => sum + Math.max(0, one.UsageData?.Size ?? 0), 0)
  return { heap: heapUsed, rss, disk: usage.LayersSize + containers + volumes + folderBytes(folder) }
}

function collectGarbage(): void {
  v8.setFlagsFromString('--expose-gc')
  const collect = vm.runInNewContext('gc') as () => void
  collect()
  collect()
}

function folderBytes(folder: string): number {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .reduce((sum, entry) => sum + fs.statSync(path.join(entry.parentPath, entry.name)).size, 0)
}

async function listVolumes({ docker }: Bare): Promise<string[]> {
  return ((await docker.listVolumes()).Volumes ?? []).map(volume => volume.Name)
}

async function countContainers({ docker, run }: Bare): Promise<number> {
  const filters = { label: [`arete.run=${run}`] }
  return (await docker.listContainers({ all: true, filters })).length
}
