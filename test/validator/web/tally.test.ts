import { eq } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { openBlobs } from '../../../validator/store/blobs.ts'
import type { Database } from '../../../validator/store/database.ts'
import { tell } from '../../../validator/store/events.ts'
import { attempts, submissions } from '../../../validator/store/schema.ts'
import { openTally } from '../../../validator/web/tally.ts'
import { freshDatabase } from '../../support/database.ts'
import { makeFolder } from '../../support/folder.ts'
import { digestOf } from '../../support/pool.ts'
import { layVerdict, type Verdict } from '../../support/verdicts.ts'

test('what is counted anew for one submission is the same as a count of everything', async () => {
  await using database = await freshDatabase()
  const tally = openTally(database.db, () => new Date(0))
  for (const id of ['one', 'two', 'three']) await enter(database, id)
  await judge(database, { submission: 'one', name: 'a' }, { submission: 'two', name: 'b' })
  const sorted = async (count = tally) => (await count()).toSorted(byPlace)
  const whole = async () => await sorted(openTally(database.db, () => new Date(0)))
  expect(await sorted()).toMatchObject([{ submission: 'one' }, { submission: 'two' }])

  await judge(database, { submission: 'two', name: 'c', verdict: 'unsolved' })
  expect(await sorted()).toEqual(await whole())
  await judge(database, { submission: 'three', name: 'd', environment: 'features' })
  expect(await sorted()).toEqual(await whole())
  await database.db.update(submissions).set({ state: 'voided' }).where(eq(submissions.id, 'one'))
  await say(database, 'one')

  expect(await sorted()).toEqual(await whole())
  expect(await sorted()).toMatchObject([{ submission: 'three' }, { submission: 'two', judged: 2, solved: 1 }])
})

test('who was not told of is not read again, but once an hour', async () => {
  await using database = await freshDatabase()
  let now = 0
  const tally = openTally(database.db, () => new Date(now))
  for (const id of ['quiet', 'told']) await enter(database, id)
  await judge(database, { submission: 'quiet', name: 'a' }, { submission: 'told', name: 'b' })
  const judged = async () =>
    Object.fromEntries((await tally()).map(({ submission, solved }) => [submission, solved]))
  expect(await judged()).toEqual({ quiet: 1, told: 1 })
  await database.db.update(attempts).set({ verdict: 'unsolved' })
  await say(database, 'told')

  expect(await judged()).toEqual({ quiet: 1, told: 0 })
  now = 3_600_000
  expect(await judged()).toEqual({ quiet: 0, told: 0 })
})

async function enter({ db }: Database, id: string): Promise<void> {
  await db.insert(submissions).values({
    ...{ id, hotkey: id, coldkey: id, cluster: id, digest: digestOf(id), envelope: {} },
    ...{ manifest: { name: id, version: '1', language: 'python' }, block: 1, index: 0, window: 1 },
    ...{ state: 'working', stage: 'full' },
  })
}

async function judge(database: Database, ...verdicts: readonly Omit<Verdict, 'window'>[]): Promise<void> {
  const blobs = await openBlobs({ kind: 'disk', folder: makeFolder({}) })
  for (const verdict of verdicts) {
    await layVerdict(database, blobs, { window: 1, ...verdict })
    await say(database, verdict.submission)
  }
}

async function say({ db }: Database, submission: string): Promise<void> {
  await db.transaction(async tx => await tell(tx, { kind: 'attempt', submission }))
}

function byPlace(one: { submission: string }, other: { submission: string }): number {
  return one.submission < other.submission ? -1 : 1
}
