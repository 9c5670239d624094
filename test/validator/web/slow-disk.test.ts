import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { handIn } from '../../../validator/intake/hand-in.ts'
import type { Blobs } from '../../../validator/store/blobs.ts'
import { readEvents } from '../../../validator/store/events.ts'
import { submissions } from '../../../validator/store/schema.ts'
import { envelopeOf, idlePack, signerNamed } from '../../support/miner.ts'
import { openService, type Service } from '../../support/service.ts'

const NAMES = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']
const SLOW_SECONDS = 3

async function openSlowly(change: (blobs: Blobs) => Blobs): Promise<Service> {
  const miners = await Promise.all(NAMES.map(async name => ({ hotkey: await signerNamed(name) })))
  const service = await openService({ miners, withJobs: true })
  Object.assign(service.intake, { blobs: change(service.intake.blobs) })
  return service
}

/** One submission of each miner, all at once. @returns how many seconds that took */
async function handAllIn({ url, intake }: Service): Promise<number> {
  const all = await Promise.all(
    NAMES.map(async name => {
      const bytes = await idlePack(name)
      return { bytes, envelope: await envelopeOf(intake, await signerNamed(name), bytes) }
    }),
  )
  const start = performance.now()
  const answers = await Promise.all(all.map(({ envelope, bytes }) => handIn(url, envelope, bytes)))
  const seconds = (performance.now() - start) / 1000
  expect(answers.map(({ kind }) => kind)).toEqual(NAMES.map(() => 'accepted'))
  return seconds
}

async function expectWhole({ intake: { database, blobs } }: Service): Promise<void> {
  const rows = await database.db.select().from(submissions)
  for (const { digest } of rows) expect((await blobs.get(digest)).length).toBeGreaterThan(0)
  const told = await readEvents(database.db, { after: 0 })
  expect(
    told
      .filter(({ kind }) => kind === 'accepted')
      .map(({ submission }) => submission)
      .sort(),
  ).toEqual(rows.map(({ id }) => id).sort())
  await expect
    .poll(() => database.db.select().from(submissions), { timeout: 20_000 })
    .toSatisfy((found: { sent: boolean }[]) => found.every(({ sent }) => sent))
}

test('where each commit takes long, those who hand in do not wait behind each other, and readers not at all', async () => {
  await using service = await openSlowly(blobs => blobs)
  const { pool } = service.intake.database
  // As if the disk took so long to flush each submission.
  await pool.query(`create function slow_disk() returns trigger language plpgsql as
    $$ begin perform pg_sleep(${SLOW_SECONDS}); return null; end $$`)
  await pool.query(`create constraint trigger slow_disk after insert on submissions deferrable initially deferred
    for each row execute function slow_disk()`)

  const handing = handAllIn(service)
  await sleep(500)
  const board = await fetch(`${service.url}/v1/board`)
  const seconds = await handing

  expect(board.status).toBe(200)
  expect(seconds).toBeGreaterThanOrEqual(SLOW_SECONDS)
  expect(seconds).toBeLessThan((SLOW_SECONDS * NAMES.length) / 2)
  await expectWhole(service)
}, 60_000)

test('where blobs take long to be kept, a row that speaks of one comes after it, and nothing is refused', async () => {
  await using service = await openSlowly(blobs => ({
    ...blobs,
    put: async bytes => {
      await sleep(1000)
      return await blobs.put(bytes)
    },
  }))

  const handing = handAllIn(service)
  await sleep(700)
  const early = await service.intake.database.db.$count(submissions)
  await handing

  expect(early).toBe(0)
  await expectWhole(service)
}, 60_000)
