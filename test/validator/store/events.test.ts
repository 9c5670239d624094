import { setTimeout as sleep } from 'node:timers/promises'
import { sql } from 'drizzle-orm'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Database } from '../../../validator/store/database.ts'
import {
  newestEvent,
  readEvents,
  type StoredEvent,
  tell,
  writeEvent,
} from '../../../validator/store/events.ts'
import { listenEvents } from '../../../validator/store/listen.ts'
import { bans } from '../../../validator/store/schema.ts'
import { freshDatabase } from '../../support/database.ts'

const SLOWLY = { timeout: 20_000 }
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

/** Transactions as `[events, milliseconds until they end, whether they are taken back]`. */
const transactions = fc.array(fc.tuple(fc.nat(3), fc.nat(12), fc.boolean()), { minLength: 1, maxLength: 12 })

test('whatever commits when, readers that place events at the same time miss none and see none twice', async () => {
  await fc.assert(
    fc.asyncProperty(
      transactions,
      fc.array(fc.nat(4), { minLength: 2, maxLength: 4 }),
      async (all, pauses) => {
        const start = await newestEvent(database.db)
        let isOver = false
        const read = async (pause: number): Promise<StoredEvent[]> => {
          const seen: StoredEvent[] = []
          for (let isLast = false; !isLast; ) {
            isLast = isOver
            seen.push(
              ...(await readEvents(database.db, { after: seen.at(-1)?.id ?? start, limit: 3 + pause })),
            )
            if (isLast && seen.length < wanted.length) isLast = false
            await sleep(pause)
          }
          return seen
        }
        const wanted = all.flatMap(([count, , isTakenBack], number) =>
          isTakenBack ? [] : Array.from({ length: count }, (_, index) => `${number} ${index}`),
        )
        const write = async ([count, pause, isTakenBack]: (typeof all)[number], number: number) => {
          const writing = database.db.transaction(async tx => {
            for (let index = 0; index < count; index++)
              await writeEvent(tx, { kind: `${number} ${index}`, submission: 'p' })
            await sleep(pause)
            if (isTakenBack) throw new Error('taken back')
          })
          await writing.catch(() => {})
        }

        const reading = pauses.map(read)
        await Promise.all(all.map(write))
        isOver = true
        const [first, ...others] = await Promise.all(reading)

        for (const other of others) expect(other).toEqual(first)
        expect(first!.map(({ kind }) => kind).toSorted()).toEqual(wanted.toSorted())
        expect(first!.map(({ id }) => id)).toEqual(wanted.map((_, index) => start + 1 + index))
        for (const number of all.keys()) {
          const own = first!.flatMap(({ kind }) => (kind.startsWith(`${number} `) ? [kind] : []))
          expect(own).toEqual(own.toSorted())
        }
      },
    ),
    { numRuns: 15 },
  )
}, 60_000)

test('who commits waits for nobody who gives places', async () => {
  const client = await database.pool.connect()
  try {
    await client.query('begin')
    await client.query(`select pg_advisory_xact_lock(${0x61726576})`)

    await database.db.transaction(tx => tell(tx, { kind: 'unheld' }))
  } finally {
    await client.query('rollback')
    client.release()
  }
  expect((await readEvents(database.db, { after: 0, limit: 10_000 })).at(-1)!.kind).toBe('unheld')
})

test('what nobody was woken for is heard all the same', async () => {
  const heard: string[] = []
  const stop = new AbortController()
  const listening = listenEvents(database, batch => heard.push(...batch.map(({ kind }) => kind)), stop.signal)
  await expect
    .poll(async () => {
      const text =
        "select count(*)::int as ears from pg_stat_activity where application_name = 'arete events' and datname = current_database()"
      return (await database.pool.query(text)).rows[0].ears
    })
    .toBe(1)
  await database.db.transaction(tx => writeEvent(tx, { kind: 'unrung' }))

  await expect.poll(() => heard, { timeout: 10_000 }).toEqual(['unrung'])
  stop.abort()
  await listening
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
  await expect.poll(() => listeners.at(-1)!.heard.length, SLOWLY).toBeGreaterThan(600)

  await tellSome(10)
  await expect
    .poll(() => listeners.map(({ heard }) => heard.at(-1)), SLOWLY)
    .toEqual(Array(21).fill(start + 710))

  expect(await kill('arete events')).toBe(1)
  await tellSome(5)
  await expect
    .poll(() => listeners.map(({ heard }) => heard.at(-1)), SLOWLY)
    .toEqual(Array(21).fill(start + 715))
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
  await expect.poll(() => kill('arete events'), SLOWLY).toBe(0)
})
