import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { EngineAbout } from '../../sandbox/engine.ts'
import { attempts, faults, receipts } from '../../validator/store/schema.ts'
import { hangOf, saveFault } from '../../validator/worker/fault.ts'
import { openSteps } from '../support/steps.ts'

const ABOUT = { version: '20.10', runtime: undefined, cpus: 2 } as EngineAbout

test('an attempt under which engines hang time and again is given to others twice, and is void then', async () => {
  await using steps = await openSteps({ rules: { screen: { tasks: 0 } } })
  await steps.enter('poison')
  await steps.advance('poison')

  for (const worker of ['w1', 'w2', 'w3']) {
    const claimed = (await steps.take(worker))!
    expect(claimed.job.avoid).not.toContain(worker)
    expect(await saveFault(steps.desk(worker), claimed, hangOf(ABOUT, 30))).toMatchObject({ kept: true })
  }

  expect(await steps.take('w4')).toBeUndefined()
  const { db } = steps.database
  const [row] = await db.select().from(attempts).where(eq(attempts.submission, 'poison'))
  expect(row).toMatchObject({ state: 'voided', reason: 'void-attempt', verdict: null, lease: null })
  expect((await db.select().from(faults)).map(({ worker, code }) => `${worker} ${code}`)).toEqual([
    'w1 engine-hangs',
    'w2 engine-hangs',
    'w3 engine-hangs',
  ])
  const [receipt] = await db.select().from(receipts).where(eq(receipts.kind, 'void'))
  expect(receipt!.body).toMatchObject({ kind: 'void', reason: 'engine-hangs' })
  await steps.advance('poison')
  expect(await steps.stateOf('poison')).toBe('voided smoke')
})
