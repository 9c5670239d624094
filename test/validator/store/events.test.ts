import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../validator/store/database.ts'
import { readEvents, type StoredEvent, tell } from '../../../validator/store/events.ts'
import { listenEvents } from '../../../validator/store/listen.ts'
import { freshDatabase } from '../../support/database.ts'

let database: Database
beforeAll(async () => {
  database = await freshDatabase()
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

test('many writers at once are heard in order, each event once, though connections are killed', async () => {
  const heard: StoredEvent[] = []
  const stop = new AbortController()
  const listening = listenEvents(database, batch => heard.push(...batch), stop.signal, 0)
  const write = async (writer: number): Promise<void> => {
    for (let number = 0; number < 20; number++) {
      await database.db.transaction(async tx => {
        await tell(tx, { kind: 'test', submission: `s${writer}`, body: { number } })
      })
      if (number % 7 === 3 && writer === 0)
        await database.pool.query(
          "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'arete events' and datname = current_database()",
        )
    }
  }

  await Promise.all([0, 1, 2, 3].map(write))
  await expect.poll(() => heard.length, { timeout: 10_000 }).toBe(80)
  stop.abort()
  await listening

  const ids = heard.map(({ id }) => id)
  expect(ids).toEqual(ids.toSorted((one, other) => one - other))
  expect(new Set(ids).size).toBe(80)
  expect(await readEvents(database.db, { after: 0, submission: 's2' })).toHaveLength(20)
})

test('what is taken back was never told', async () => {
  const [last] = (await readEvents(database.db, { after: 0 })).slice(-1)
  const taken = database.db.transaction(async tx => {
    await tell(tx, { kind: 'never' })
    throw new Error('taken back')
  })

  await expect(taken).rejects.toThrow('taken back')
  expect(await readEvents(database.db, { after: last?.id ?? 0 })).toEqual([])
})
