import { setTimeout as sleep } from 'node:timers/promises'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Surroundings } from '../../sandbox/setup.ts'
import { Slot } from '../../sandbox/slot.ts'
import { type Bare, PlainTask } from './bare.ts'
import { buildLine, busyMilliseconds, type Line } from './measure.ts'
import { timeAttempt } from './overhead.ts'

/** Processor time of an attempt by everybody: us, the engine, the resident, the tests. Empty where no kernel tells. */
export async function measureCpu(
  surroundings: Surroundings,
  bare: Bare,
  { prepared, rounds }: { prepared: PreparedTask; rounds: number },
): Promise<Line[]> {
  if (busyMilliseconds() === undefined) return []
  await using slot = new Slot({ ...surroundings, run: bare.run })
  await using plain = await PlainTask.open(bare, prepared)
  const background = await busyDuring(() => sleep(2000))
  const own = process.cpuUsage()
  const attempts = await busyDuring(async () => {
    for (let round = 0; round < rounds; round++) {
      slot.warm(prepared, ['agent', 'verify'])
      await slot.warmed(prepared)
      await timeAttempt(slot, { prepared, agent: 'oracle', run: bare.run })
    }
    await slot.swept()
  })
  const { user, system } = process.cpuUsage(own)
  const tests = await busyDuring(async () => {
    for (let round = 0; round < rounds; round++) await plain.time()
  })
  return [
    buildLine('cpu.background', background / 20, '%'),
    buildLine('cpu.attempt', attempts / rounds, 'ms', tests / rounds),
    buildLine('cpu.own', (user + system) / 1000 / rounds, 'ms'),
    buildLine('cpu.tests', tests / rounds, 'ms'),
  ]
}

async function busyDuring(work: () => Promise<unknown>): Promise<number> {
  const before = busyMilliseconds()!
  await work()
  return busyMilliseconds()! - before
}
