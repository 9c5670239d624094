import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { pruneNow, readAudit } from '../../../validator/operating/operate.ts'
import { prune } from '../../../validator/operating/prune.ts'
import { type Blobs, openBlobs } from '../../../validator/store/blobs.ts'
import type { Database } from '../../../validator/store/database.ts'
import { nonces, workers } from '../../../validator/store/schema.ts'
import { freshDatabase } from '../../support/database.ts'
import { temporaryFolder } from '../../support/surroundings.ts'
import { workerNamed } from '../../support/validator.ts'

const HOUR = 3_600_000
const folder = temporaryFolder()
let records: { database: Database; blobs: Blobs }
beforeAll(async () => {
  const database = await freshDatabase()
  records = { database, blobs: await openBlobs({ kind: 'disk', folder }) }
})
afterAll(async () => {
  await records.database[Symbol.asyncDispose]()
  fs.rmSync(folder, { recursive: true, force: true })
})

const fileOf = (digest: string): string => path.join(folder, digest.slice(0, 2), digest)

async function keep(text: string, hoursAgo: number): Promise<string> {
  const digest = await records.blobs.put(Buffer.from(text))
  const time = new Date(Date.now() - hoursAgo * HOUR)
  fs.utimesSync(fileOf(digest), time, time)
  return digest
}

async function submitOf(digest: string): Promise<void> {
  await records.database.pool.query(
    `insert into submissions (id, hotkey, coldkey, cluster, digest, manifest, envelope, block, index, state, stage, "window")
     values ($1, 'h', 'c', 'c', $1, '{}', '{}', 1, 1, 'queued', 'smoke', 1)`,
    [digest],
  )
}

test('blobs that no row speaks of go after a day; all others stay', async () => {
  const [forgotten, young, named] = [
    await keep('forgotten', 25),
    await keep('young', 23),
    await keep('named', 100),
  ]
  await submitOf(named!)

  const dry = await prune(records, { isDry: true })
  expect(dry.blobs).toEqual([forgotten])
  expect(await records.blobs.has(forgotten!)).toBe(true)

  expect((await prune(records)).blobs).toEqual([forgotten])
  expect(await Promise.all([forgotten, young, named].map(digest => records.blobs.has(digest!)))).toEqual([
    false,
    true,
    true,
  ])
  expect(fs.readdirSync(path.join(folder, 'fresh'))).toEqual([])
  expect((await prune(records)).blobs).toEqual([])
})

test('what is kept again in the moment of its removal stays, and so its row can speak of it', async () => {
  const bytes = Buffer.from('comes back')
  for (let round = 0; round < 20; round++) {
    const digest = await keep('comes back', 48)

    await Promise.all([prune(records), records.blobs.put(bytes)])

    // Whoever was first: the one who put it has it.
    expect(await records.blobs.get(digest)).toEqual(bytes)
    await records.blobs.remove(digest)
  }
})

test('workers that have been gone for a week go, and nonces a day after they count nothing', async () => {
  const { db } = records.database
  const now = Date.now()
  const seen = (name: string, days: number) => ({
    ...workerNamed(name),
    state: 'gone' as const,
    seen: new Date(now - days * 24 * HOUR),
  })
  await db.insert(workers).values([seen('long', 8), seen('lately', 6)])
  const expired = (nonce: string, hours: number) => ({
    hotkey: 'h',
    nonce,
    expires: new Date(now - hours * HOUR),
  })
  await db.insert(nonces).values([expired('old', 25), expired('new', 23)])
  const ofWorker = ({ id }: { id: string }) => id

  expect(await prune(records, { isDry: true })).toEqual({
    blobs: [],
    workers: [workerNamed('long').id],
    nonces: 1,
  })
  expect(await pruneNow(records)).toEqual({ blobs: [], workers: [workerNamed('long').id], nonces: 1 })

  expect((await db.select().from(workers)).map(ofWorker)).toEqual([workerNamed('lately').id])
  expect((await db.select().from(nonces)).map(({ nonce }) => nonce)).toEqual(['new'])
  expect((await readAudit(records.database, 1))[0]).toMatchObject({
    act: 'prune',
    detail: { nonces: 1, workers: 1 },
  })
})
