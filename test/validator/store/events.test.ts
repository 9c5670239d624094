import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../validator/store/database.ts'
import { newestEvent, readEvents, type StoredEvent, tell } from '../../../validator/store/events.ts'
import { listenEvents } from '../../../validator/store/listen.ts'
import { bans } from '../../../validator/store/schema.ts'
import { freshDatabase } from '../../support/database.ts'

let database: Database
beforeAll(async () => {
  database = await freshDatabase()
}, 30_000)
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

/** Ends connections as an operator would. @returns how many there were */
async function kill(name: string): Promise<number> {
  const { rowCount } = await database.pool.query(
    'select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and datname = current_database()',
    [name],
  )
  return rowCount ?? 0
}

test('many writers at once are heard in order, each event once, though connections are killed', async () => {
  const heard: StoredEvent[] = []
  const stop = new AbortController()
  const listening = listenEvents(database, batch => heard.push(...batch), stop.signal, { after: 0 })
  const write = async (writer: number): Promise<void> => {
    for (let number = 0; number < 20; number++) {
      await database.db.transaction(async tx => {
        await tell(tx, { kind: 'test', submission: `s${writer}`, body: { number } })
      })
      if (number % 7 === 3 && writer === 0) await kill('arete events')
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
  const last = await newestEvent(database.db)
  const taken = database.db.transaction(async tx => {
    await tell(tx, { kind: 'never' })
    throw new Error('taken back')
  })

  await expect(taken).rejects.toThrow('taken back')
  expect(await readEvents(database.db, { after: last })).toEqual([])
})

test('who wrote first and commits last comes last', async () => {
  const after = await newestEvent(database.db)
  let commit = (): void => {}
  let written = (): void => {}
  const isWritten = new Promise<void>(resolve => {
    written = resolve
  })
  const slow = database.db.transaction(async tx => {
    await tell(tx, { kind: 'slow' })
    written()
    await new Promise<void>(resolve => {
      commit = resolve
    })
  })
  await isWritten
  await database.db.transaction(tx => tell(tx, { kind: 'quick' }))

  const before = await readEvents(database.db, { after })
  commit()
  await slow
  const later = await readEvents(database.db, { after: before.at(-1)!.id })

  expect(before.map(({ kind }) => kind)).toEqual(['quick'])
  expect(later.map(({ kind }) => kind)).toEqual(['slow'])
})

test('transactions that tell before they wait for each other do not lock each other out', async () => {
  const ban = { key: 'k', reason: 'r', by: 'b' }
  await database.db.insert(bans).values(ban)
  const both = [0, 1].map(number =>
    database.db.transaction(async tx => {
      if (number === 0) await tx.update(bans).set({ reason: 'first' })
      await tell(tx, { kind: 'crossed' })
      await tx.execute(sql`select pg_sleep(0.05)`)
      await tx.update(bans).set({ reason: String(number) })
    }),
  )

  await expect(Promise.all(both)).resolves.toHaveLength(2)
})

test('all listeners of a process share one connection, and each hears everything after its own start', async () => {
  const tellSome = (count: number) =>
    database.db.transaction(async tx => {
      for (let number = 0; number < count; number++) await tell(tx, { kind: 'shared', body: { number } })
    })
  const start = await newestEvent(database.db)
  // More than a page, so that who comes late has to read on.
  await tellSome(700)
  const listen = (after?: number) => {
    const heard: number[] = []
    const stop = new AbortController()
    return {
      heard,
      stop: () => stop.abort(),
      done: listenEvents(database, batch => heard.push(...batch.map(({ id }) => id)), stop.signal, { after }),
    }
  }
  const listeners = [listen(), ...Array.from({ length: 20 }, (_, number) => listen(start + number))]
  await expect.poll(() => listeners.at(-1)!.heard.length).toBeGreaterThan(600)

  await tellSome(10)
  await expect.poll(() => listeners.map(({ heard }) => heard.at(-1))).toEqual(Array(21).fill(start + 710))

  expect(await kill('arete events')).toBe(1)
  await tellSome(5)
  await expect.poll(() => listeners.map(({ heard }) => heard.at(-1))).toEqual(Array(21).fill(start + 715))
  await Promise.all(
    listeners.map(({ stop, done }) => {
      stop()
      return done
    }),
  )

  expect(listeners.map(({ heard }) => heard.length)).toEqual([
    15,
    ...Array.from({ length: 20 }, (_, number) => 715 - number),
  ])
  await expect.poll(() => kill('arete events')).toBe(0)
})
