import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openOfflineChain } from '../../../validator/chain/offline.ts'
import { isSnapshotDue, readSnapshots, takeSnapshot } from '../../../validator/chain/snapshots.ts'
import type { Database } from '../../../validator/store/database.ts'
import { buildSubnetsPage } from '../../../validator/web/find-subnets.ts'
import { freshDatabase } from '../../support/database.ts'

let database: Database
beforeAll(async () => {
  database = await freshDatabase()
})
beforeEach(async () => {
  await database.db.execute(sql`truncate subnets`)
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

const START = Date.parse('2026-06-01T00:00:00Z')
const HOUR = 3_600_000

/** A chain of two markets beside ours, read at some time. */
async function takeAt(time: number) {
  const chain = openOfflineChain(
    {
      ...{ netuid: 7, start: new Date(START).toISOString(), seed: 's' },
      markets: [
        { netuid: 62, name: 'growing', tao: 5000, flow: 0.01, emissionShare: 0.6, miners: 40, validators: 9 },
        {
          netuid: 9,
          name: 'leaking',
          tao: 5000,
          flow: -0.005,
          emissionShare: 0.2,
          miners: 1,
          validators: 1,
          burned: 1,
        },
      ],
    },
    () => new Date(time),
  )
  return await takeSnapshot({ database, chain })
}

describe('snapshots of subnets', () => {
  test('are kept once an hour, and read as they were', async () => {
    const first = await takeAt(START + HOUR)
    await takeAt(START + 1.5 * HOUR)
    const last = await takeAt(START + 2 * HOUR)

    expect(await readSnapshots(database.db)).toEqual([first, last])
    expect(await isSnapshotDue(database.db, new Date(START + 2.9 * HOUR))).toBe(false)
    expect(await isSnapshotDue(database.db, new Date(START + 3.1 * HOUR))).toBe(true)
  })

  test('become a page with flows over a day and a week, trends and marks', async () => {
    for (let hour = 0; hour <= 8 * 24; hour += 6) await takeAt(START + (hour + 1) * HOUR)
    const page = buildSubnetsPage(await readSnapshots(database.db))
    const [growing, leaking] = page.rows

    expect(page.rows.map(({ netuid, isOurs }) => [netuid, isOurs])).toEqual([
      [62, true],
      [9, false],
      [7, false],
    ])
    // A day has 7,200 blocks; what they emit is no flow.
    expect(growing!.flows.day).toBeCloseTo(7200 * (0.01 - 0.6), 0)
    expect(leaking!.flows.week).toBeCloseTo(7 * 7200 * (-0.005 - 0.2), 0)
    expect(growing!.prices.length).toBeGreaterThan(20)
    expect(growing!.changes.day).toBeGreaterThan(0)
    expect(leaking!.signals).toContain('at most one miner is paid')
    expect(page.trend.at(-1)!.gini).toBeGreaterThan(page.trend[0]!.gini)
    expect(page.concentration.emission.five).toBeCloseTo(1, 9)
  })

  test('of days long ago are thinned to one each', async () => {
    for (let hour = 0; hour < 30 * 24; hour += 8) await takeAt(START + (hour + 1) * HOUR)
    const { rows } = await database.db.execute<{ day: string; number: string }>(
      sql`select date_trunc('day', at)::text as day, count(*) as number from subnets group by 1 order by 1`,
    )

    expect(rows).toHaveLength(30)
    expect(rows.slice(0, 18).every(({ number }) => Number(number) === 1)).toBe(true)
    expect(rows.slice(-6).every(({ number }) => Number(number) === 3)).toBe(true)
  })

  test('are an empty page before there is any', async () => {
    expect(buildSubnetsPage(await readSnapshots(database.db))).toMatchObject({ block: null, rows: [] })
  })
})
