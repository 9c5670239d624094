import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { type Drawn, type DrawSettings, openDraws } from '../../../validator/draws/draws.ts'
import { fetchTask } from '../../../validator/draws/task-packs.ts'
import { openBlobs } from '../../../validator/store/blobs.ts'
import type { Database } from '../../../validator/store/database.ts'
import { draws, tasks } from '../../../validator/store/schema.ts'
import { freshDatabase } from '../../support/database.ts'
import { makeFolder } from '../../support/folder.ts'
import { digestOf } from '../../support/pool.ts'
import { openChainAt, QUICK_TASKS } from '../../support/validator.ts'

interface Place {
  readonly database: Database
  readonly shared: () => Promise<Drawn>
  readonly confirm: (digest: string) => Promise<Drawn>
}

async function placeOf(
  database: Database,
  data: string,
  { block = 3650, ...change }: Partial<DrawSettings> & { block?: number } = {},
): Promise<Place> {
  const blobs = await openBlobs({ kind: 'disk', folder: path.join(data, 'blobs') })
  const chain = openChainAt(() => new Date(Date.parse('2026-06-01T00:00:00Z') + block * 12_000))
  const source = openDraws(
    { chain, blobs },
    { pools: [], tasks: QUICK_TASKS, data, windowBlocks: 100, count: 3, confirmation: 2, ...change },
  )
  return {
    database,
    shared: () => database.db.transaction(tx => source.shared(tx)),
    confirm: digest =>
      database.db.transaction(tx =>
        source.confirmation(
          tx,
          { id: digest.slice(0, 24), digest, block: 3640 },
          { digest: digestOf('champion') },
        ),
      ),
  }
}

function tasksOf(drawn: Drawn): readonly string[] {
  if (drawn.kind === 'wait') throw new Error(drawn.reason)
  return drawn.tasks
}

test('one draw for a window: the same for all who ask, whenever, and wherever with the same salt', async () => {
  const data = makeFolder({})
  await using one = await freshDatabase()
  await using two = await freshDatabase()
  const here = await placeOf(one, data)

  const drawn = await Promise.all([here.shared(), here.shared(), here.shared()])
  const later = await (await placeOf(one, data, { block: 3699 })).shared()
  const there = await (await placeOf(two, data)).shared()

  expect(new Set([...drawn, later, there].map(each => JSON.stringify(each))).size).toBe(1)
  expect(tasksOf(drawn[0]!)).toHaveLength(3)
  expect(await one.db.select().from(draws)).toHaveLength(1)
  expect(fs.statSync(path.join(data, 'draw-salt')).mode & 0o777).toBe(0o600)
})

test('another window, another salt or another entry gives another draw', async () => {
  const data = makeFolder({})
  await using database = await freshDatabase()
  const seen = new Set<string>()
  for (let window = 36; window < 46; window++)
    seen.add(tasksOf(await (await placeOf(database, data, { block: window * 100 + 5 })).shared()).join())
  await using other = await freshDatabase()
  for (let index = 0; index < 10; index++) {
    const place = await placeOf(other, makeFolder({}), { block: 3605 + index * 100 })
    seen.add(tasksOf(await place.shared()).join())
  }

  expect(seen.size).toBeGreaterThan(3)
})

test('a confirmation takes what the window did not, as far as there is such', async () => {
  await using database = await freshDatabase()
  const place = await placeOf(database, makeFolder({}), { count: 2 })
  const shared = new Set(tasksOf(await place.shared()))

  const first = tasksOf(await place.confirm(digestOf('first')))

  expect(first).toHaveLength(2)
  expect(first.filter(digest => shared.has(digest))).toEqual([])
  expect(await place.confirm(digestOf('first'))).toMatchObject({ tasks: first })
})

test('a confirmation belongs to the window that goes on when it is made, and stays', async () => {
  const data = makeFolder({})
  await using database = await freshDatabase()
  await (await placeOf(database, data)).shared()

  const later = await (await placeOf(database, data, { block: 3750 })).confirm(digestOf('entry'))
  const still = await (await placeOf(database, data, { block: 3950 })).confirm(digestOf('entry'))

  expect(later).toMatchObject({ kind: 'drawn', window: 37 })
  expect(still).toEqual(later)
  const windows = await database.db.select({ window: draws.window }).from(draws)
  expect(windows.map(({ window }) => window).sort()).toEqual([36, 37, 37])
})

test('the task that only shows whether an agent runs is not one of the draw, while there is another', async () => {
  await using database = await freshDatabase()
  const drawn = await (await placeOf(database, makeFolder({}))).shared()
  await using full = await freshDatabase()
  const all = await (await placeOf(full, makeFolder({}), { count: 99 })).shared()

  expect(drawn.kind === 'drawn' && drawn.tasks.includes(drawn.smoke)).toBe(false)
  expect(all.kind === 'drawn' && all.tasks.includes(all.smoke)).toBe(true)
})

test('a draw that cannot be made yet says why', async () => {
  await using database = await freshDatabase()
  const place = await placeOf(database, makeFolder({}), { block: 3640 })

  expect(await place.confirm(digestOf('early'))).toEqual({
    kind: 'wait',
    reason: 'block 3641 has no hash yet',
  })
})

test('drawn tasks can be had from the store, and changed ones are not taken for them', async () => {
  const data = makeFolder({})
  await using database = await freshDatabase()
  await (await placeOf(database, data)).shared()
  const blobs = await openBlobs({ kind: 'disk', folder: path.join(data, 'blobs') })
  const cache = makeFolder({})
  const rows = await database.db.select().from(tasks)

  const fetched = await Promise.all([...rows, ...rows].map(row => fetchTask(row, blobs, cache)))

  expect(rows.length).toBeGreaterThanOrEqual(3)
  for (const [index, row] of rows.entries())
    expect(fetched[index]).toMatchObject({ digest: row.digest, name: row.name, environment: row.environment })
  fs.appendFileSync(path.join(cache, rows[0]!.digest, 'instruction.md'), 'more')
  await expect(fetchTask(rows[0]!, blobs, cache)).rejects.toThrow(/it was removed/)
  expect((await fetchTask(rows[0]!, blobs, cache)).digest).toBe(rows[0]!.digest)
})
