import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { type Evaluation, evaluate } from '../../validator/evaluate.ts'
import { type Bare, PlainTask, timeOverlapped, timePipeline } from './bare.ts'
import { buildLine, interleave, type Line } from './measure.ts'

interface Timed {
  /** Milliseconds of the whole evaluation. */
  readonly wall: number
  /** Without the agent's own time and the test command's. */
  readonly overhead: number
}

/** What an evaluation costs beyond the agent's work and the tests, against the engine's own calls. */
export async function measureOverhead(
  surroundings: Surroundings,
  bare: Bare,
  tasks: { small: PreparedTask; large: PreparedTask; rounds: number },
): Promise<Line[]> {
  const { small, large } = tasks
  const options = { ...surroundings, run: bare.run }
  await using slot = new Slot(options)
  await slot.hold()
  await using plain = await PlainTask.open(bare, small)

  const time = async (prepared: PreparedTask, agent: 'nop' | 'oracle', warm: boolean): Promise<Timed> => {
    if (warm) slot.warm(prepared, ['agent', 'verify'])
    await slot.warmed(prepared)
    await slot.swept()
    return await timeAttempt(slot, { prepared, agent, run: bare.run })
  }
  const found = await interleave(tasks.rounds, [
    async () => ({ pipeline: await timePipeline(bare) }),
    async () => ({ overlapped: await timeOverlapped(bare) }),
    async () => ({ nop: (await time(small, 'nop', true)).overhead }),
    async () => {
      const test = await plain.time()
      const { wall, overhead } = await time(small, 'oracle', true)
      return { oracle: overhead, bare: wall - test, test }
    },
    async () => ({ cold: (await time(small, 'oracle', false)).overhead }),
    async () => {
      await slot.swept()
      await using fresh = new Slot(options)
      const { overhead } = await timeAttempt(fresh, { prepared: small, agent: 'oracle', run: bare.run })
      return { everything: overhead }
    },
    async () => ({ large: (await time(large, 'oracle', true)).overhead }),
    async () => ({ prepare: await timePrepare(surroundings, small) }),
  ])
  const floor = found.pipeline
  return [
    buildLine('floor.pipeline', floor, 'ms'),
    buildLine('floor.pipeline.overlapped', found.overlapped, 'ms'),
    buildLine('floor.tests', found.test, 'ms'),
    buildLine('overhead.nop', found.nop, 'ms', floor),
    buildLine('overhead.oracle', found.oracle, 'ms', floor),
    buildLine('overhead.oracle.bare', found.bare, 'ms', floor),
    buildLine('overhead.oracle.400-files', found.large, 'ms', floor),
    buildLine('overhead.oracle.cold', found.cold, 'ms', found.overlapped),
    buildLine('overhead.oracle.cold.everything', found.everything, 'ms', found.overlapped),
    buildLine('overhead.prepare', found.prepare, 'ms'),
  ]
}

/** How long an idle slot takes for one attempt; the verdict must be the one that is known. */
export async function timeAttempt(
  slot: Slot,
  job: { prepared: PreparedTask; agent: 'nop' | 'oracle'; run: string },
): Promise<Timed> {
  const start = performance.now()
  const evaluation = await evaluate(slot, { ...job, agent: { kind: job.agent } })
  const wall = performance.now() - start
  checkVerdict(evaluation, job.agent)
  const { agent, verify } = evaluation.seconds
  return { wall, overhead: wall - 1000 * (agent + verify) }
}

function checkVerdict({ verdict }: Evaluation, agent: 'nop' | 'oracle'): void {
  const wanted = agent === 'oracle' ? 'solved' : 'unsolved'
  if (verdict.verdict !== wanted) throw new Error(`${agent} is ${verdict.verdict}: ${verdict.detail}`)
}

async function timePrepare({ engine }: Surroundings, { task }: PreparedTask): Promise<number> {
  const start = performance.now()
  await prepareTask(engine, task, { run: 'bench', say: () => {} })
  return performance.now() - start
}
