import path from 'node:path'
import pLimit, { type LimitFunction } from 'p-limit'
import type { Engine } from '../../sandbox/engine.ts'
import { release } from '../../sandbox/hold.ts'
import { ensureImage } from '../../sandbox/image.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { SUMS, writeTask } from '../support/task.ts'
import { buildLine, interleave, type Line } from './measure.ts'

const IMAGES = 6
const SHARING = 5
const SECONDS = 300
const COMMIT =
  'git init -q && git add . && git -c user.name=t -c user.email=t@example.invalid commit -qm first'

type Name = 'sequence' | 'parallel' | 'again' | 'shared' | 'built'

/**
 * What images of tasks cost that the engine has never seen: made one after the other; as many at a time as the engine has
 * processors, as a run does it; found again by another run; and one that several tasks share.
 */
export async function measureImages(
  { engine, about }: Surroundings,
  plan: { folder: string; run: string; rounds: number },
): Promise<Line[]> {
  let mark = 0
  const write = (): string => {
    mark += 1
    return writeEnvironment(path.join(plan.folder, `image-${mark}`), `${plan.run}-${mark}`)
  }
  const several = (): string[] => Array.from({ length: IMAGES }, write)
  const measure = async (folders: readonly string[], limit: LimitFunction, kept: Kept) =>
    await timeOf(() => Promise.all(folders.map(folder => limit(() => kept.make(folder)))))
  const usual = pLimit(Math.max(1, about.cpus))

  const found = await interleave<Name>(plan.rounds, [
    async () => {
      await using kept = new Kept(engine, plan.run)
      return { sequence: await measure(several(), pLimit(1), kept) }
    },
    async () => {
      await using kept = new Kept(engine, plan.run)
      const folders = several()
      const parallel = await measure(folders, usual, kept)
      await using later = new Kept(engine, `${plan.run}-again`)
      const again = await measure(folders, usual, later)
      if (later.built > 0) throw new Error(`${later.built} images were built although they were there`)
      return { parallel, again }
    },
    async () => {
      await using kept = new Kept(engine, plan.run)
      mark += 1
      const folders = Array.from({ length: SHARING }, (_, task) =>
        writeEnvironment(path.join(plan.folder, `shared-${mark}-${task}`), `${plan.run}-${mark}`),
      )
      return { shared: await measure(folders, usual, kept), built: kept.built }
    },
  ])
  return [
    buildLine(`images.${IMAGES}.sequence`, found.sequence, 'ms'),
    buildLine(`images.${IMAGES}.parallel`, found.parallel, 'ms', found.sequence),
    buildLine(`images.${IMAGES}.again`, found.again, 'ms', found.parallel),
    buildLine(`images.shared-${SHARING}`, found.shared, 'ms', (SHARING * found.sequence) / IMAGES),
    buildLine(`images.shared-${SHARING}.built`, found.built, 'count'),
  ]
}

/** A recipe with a step of its own; no layer of it is like one of another mark. */
function writeEnvironment(folder: string, mark: string): string {
  const repository = { 'sums.py': SUMS, 'mark.txt': mark }
  writeTask(folder, { repository, dockerfile: [`RUN python3 -m compileall -q . && ${COMMIT}`] }, mark)
  return path.join(folder, 'environment')
}

/** Images of one run, which go with it. */
class Kept implements AsyncDisposable {
  readonly #engine: Engine
  readonly #run: string
  readonly #images = new Set<string>()
  built = 0

  constructor(engine: Engine, run: string) {
    this.#run = run
    const buildImage: Engine['buildImage'] = async (context, options) => {
      this.built += 1
      await engine.buildImage(context, options)
    }
    this.#engine = new Proxy(engine, {
      get: (target, key) => (key === 'buildImage' ? buildImage : Reflect.get(target, key, target)),
    })
  }

  async make(folder: string): Promise<void> {
    const options = { run: this.#run, seconds: SECONDS, say: () => {} }
    const image = await ensureImage(this.#engine, { kind: 'build', folder }, options)
    this.#images.add(image.id)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await release(this.#engine, this.#run)
    for (const id of this.#images) await this.#engine.removeImage(id)
  }
}

async function timeOf(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await work()
  return performance.now() - start
}
