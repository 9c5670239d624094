import path from 'node:path'
import pLimit from 'p-limit'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { runAll } from '../../validator/run.ts'
import { attemptPlain, type Bare, PlainTask, testCommand } from './bare.ts'
import { buildLine, type Line } from './measure.ts'

/** Attempts per minute of whole runs, against what the engine alone gives with four attempts in flight. */
export async function measureThroughput(
  surroundings: Surroundings,
  bare: Bare,
  plan: {
    prepared: readonly PreparedTask[]
    /** Jobs at the same time → attempts per task. */
    points: readonly (readonly [jobs: number, attempts: number])[]
    folder: string
    say: (line: string) => void
  },
): Promise<Line[]> {
  await using images = await SolvedImages.make(bare, plan.prepared)
  const engine = await runEngine(
    bare,
    plan.prepared,
    images,
    plan.points.find(([jobs]) => jobs === 4)?.[1] ?? 1,
  )
  const lines: Line[] = [buildLine('throughput.engine-4', engine, 'attempts/min')]
  let failures = 0
  for (const [jobs, attempts] of plan.points) {
    plan.say(`throughput with ${jobs} jobs`)
    const start = performance.now()
    const { attempts: records } = await runAll(
      surroundings,
      {
        id: bare.run,
        tasks: plan.prepared.map(({ task }) => task),
        agents: [{ agent: { kind: 'oracle' }, source: 'oracle' }],
        attempts,
        jobs,
        out: path.join(plan.folder, `jobs-${jobs}`),
      },
      () => {},
      new AbortController().signal,
    )
    const minutes = (performance.now() - start) / 60_000
    const failed = records.filter(record => record.verdict !== 'solved')
    for (const record of failed) plan.say(`not solved: ${record.task}: ${record.reason}: ${record.detail}`)
    failures += failed.length
    lines.push(buildLine(`throughput.jobs-${jobs}`, records.length / minutes, 'attempts/min', engine))
  }
  return [...lines, buildLine('throughput.unsolved', failures, 'count')]
}

async function runEngine(
  bare: Bare,
  prepared: readonly PreparedTask[],
  images: SolvedImages,
  attempts: number,
): Promise<number> {
  const limit = pLimit(4)
  const jobs = Array.from({ length: attempts }, () => prepared).flat()
  const start = performance.now()
  await Promise.all(jobs.map(job => limit(() => attemptPlain(bare, images.of(job), testCommand(job)))))
  return jobs.length / ((performance.now() - start) / 60_000)
}

/** Images that already hold solution and hidden tests, so that nothing but the engine and the tests is timed. */
class SolvedImages implements AsyncDisposable {
  readonly #bare: Bare
  readonly #tags = new Map<PreparedTask, string>()

  private constructor(bare: Bare) {
    this.#bare = bare
  }

  static async make(bare: Bare, prepared: readonly PreparedTask[]): Promise<SolvedImages> {
    const images = new SolvedImages(bare)
    for (const [index, one] of prepared.entries()) {
      await using plain = await PlainTask.open(bare, one)
      const tag = `arete/${bare.run}:${index}`
      await plain.commit(tag)
      images.#tags.set(one, tag)
    }
    return images
  }

  of(prepared: PreparedTask): string {
    return this.#tags.get(prepared)!
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tag of this.#tags.values()) await this.#bare.docker.getImage(tag).remove({ force: true })
  }
}
