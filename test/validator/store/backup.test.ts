import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openJobs } from '../../../validator/stages/jobs.ts'
import { type BackupSource, backup } from '../../../validator/store/backup.ts'
import { type Blobs, openBlobs } from '../../../validator/store/blobs.ts'
import { type Database, openDatabase } from '../../../validator/store/database.ts'
import { readEvents, tell } from '../../../validator/store/events.ts'
import { restore } from '../../../validator/store/restore.ts'
import { submissions } from '../../../validator/store/schema.ts'
import { serverUrl } from '../../../validator/store/server.ts'
import { query, sharedServer } from '../../support/database-server.ts'
import { whyNotRoot } from '../../support/root.ts'

const hush = () => {}
let folder: string
let count = 0

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-test-backup-'))
  fs.chmodSync(folder, 0o755)
})
afterAll(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

const fresh = (): string => path.join(folder, `place${count++}`)

/** Keeps a submission as intake does: the blob, then the row with its event. */
async function keep(database: Database, blobs: Blobs, id: string): Promise<void> {
  const digest = await blobs.put(Buffer.from(`agent ${id}`))
  await database.db.transaction(async tx => {
    await tx.insert(submissions).values({
      ...{ id, hotkey: 'h', coldkey: 'c', cluster: 'c', digest, manifest: { name: 'a' }, envelope: {} },
      ...{ block: 1, index: 1, state: 'queued', stage: 'smoke', window: 1 },
    })
    await tell(tx, { kind: 'accepted', submission: id })
  })
}

describe.each(['base', 'tables'] as const)('a backup of kind %s', kind => {
  let database: Database
  let blobs: Blobs
  let source: BackupSource
  let disk: string

  beforeAll(async () => {
    disk = fresh()
    blobs = await openBlobs({ kind: 'disk', folder: path.join(disk, 'blobs') })
    database = await openDatabase({ folder: path.join(disk, 'database') })
    source = {
      database,
      blobs,
      folder: path.join(disk, 'database'),
      asTables: kind === 'tables',
      withBlobs: true,
    }
  }, 60_000)
  afterAll(() => database[Symbol.asyncDispose]())

  test('that is made while others write has everything that was acknowledged before, and nothing by halves', async () => {
    const before: string[] = []
    for (let number = 0; number < 20; number++) {
      await keep(database, blobs, `before-${number}`)
      before.push(`before-${number}`)
    }
    const jobs = await openJobs(database)
    await database.db.transaction(tx => jobs.sendAdvance(tx, 'before-0', 3600))
    await jobs[Symbol.asyncDispose]()
    let isOver = false
    let written = 0
    const writing = Promise.all(
      [0, 1].map(async writer => {
        for (let number = 0; !isOver; number++) {
          await keep(database, blobs, `during-${writer}-${number}`)
          written++
        }
      }),
    )
    await sleep(50)
    const file = `${fresh()}.tar.gz`
    const atStart = written

    const made = await backup(source, file, hush)
    isOver = true
    await writing
    const place = fresh()
    const target = {
      folder: path.join(place, 'database'),
      blobs: { kind: 'disk', folder: path.join(place, 'blobs') },
    } as const
    const done = await restore(target, file, hush)

    expect(made).toMatchObject({ head: { kind, blobs: 'copied' }, problems: [] })
    expect(done.missing).toEqual([])
    expect(done.submissions).toBeGreaterThanOrEqual(before.length + atStart)
    expect(done.referenced).toBe(done.submissions)
    expect(written).toBeGreaterThan(atStart)
    await using restored = await openDatabase({ folder: target.folder })
    const ids = (await restored.db.select({ id: submissions.id }).from(submissions)).map(({ id }) => id)
    const told = await readEvents(restored.db, { after: 0, limit: 10_000 })
    expect(ids).toEqual(expect.arrayContaining(before))
    expect(told.map(({ submission }) => submission).toSorted()).toEqual(ids.toSorted())
    // What comes next gets a new place, and the queue still has its job.
    await keep(restored, await openBlobs(target.blobs), 'after')
    const [next] = await readEvents(restored.db, { after: told.at(-1)!.id })
    expect(next?.submission).toBe('after')
    const { rows } = await restored.pool.query("select data from pgboss.job where name = 'advance'")
    expect(JSON.stringify(rows)).toContain('before-0')
    await expect(restore(target, file, hush)).rejects.toThrow(
      /Cannot restore into .*database: there is a database/,
    )
  }, 60_000)

  test('that is damaged or incomplete leaves the place empty', async () => {
    const file = `${fresh()}.tar.gz`
    await backup(source, file, hush)
    const bytes = fs.readFileSync(file)
    const flipped = Buffer.from(bytes)
    // One bit may say the same in other words, such as how far back the zeros are that are repeated.
    for (let at = 0; at < 64; at++) flipped[Math.floor(bytes.length / 2) + at]! ^= 0xff
    const place = fresh()
    const target = {
      folder: path.join(place, 'database'),
      blobs: { kind: 'disk', folder: path.join(place, 'blobs') },
    } as const

    for (const damaged of [flipped, bytes.subarray(0, bytes.length - 2000), Buffer.from('no backup')]) {
      fs.writeFileSync(`${file}.bad`, damaged)

      await expect(restore(target, `${file}.bad`, hush)).rejects.toMatchObject({
        name: 'StoreError',
        code: 'backup',
      })
      expect(fs.existsSync(path.join(target.folder, 'data'))).toBe(false)
    }
    expect((await restore(target, file, hush)).missing).toEqual([])
  }, 60_000)

  test('says what its source lacks', async () => {
    await keep(database, blobs, 'lost')
    const digest = await blobs.put(Buffer.from('agent lost'))
    await blobs.remove(digest)
    await keep(database, blobs, 'spoilt')
    const spoilt = await blobs.put(Buffer.from('agent spoilt'))
    fs.writeFileSync(path.join(disk, 'blobs', spoilt.slice(0, 2), spoilt), 'spoilt')

    const { problems } = await backup(source, `${fresh()}.tar.gz`, hush)

    expect(problems).toEqual([
      expect.stringContaining(`The blob ${spoilt} holds other bytes`),
      `The blob ${digest} of submissions is missing`,
    ])
  }, 60_000)
})

test('rows go from one server to another, into an empty database only', async () => {
  const { url, folder: shared } = await sharedServer()
  const names = ['from', 'to'].map(name => `backup_${process.pid}_${name}`)
  for (const name of names) await query(url, `create database ${name}`)
  const [from, to] = names.map(name => serverUrl(shared, name))
  const blobs = await openBlobs({ kind: 'disk', folder: fresh() })
  const file = `${fresh()}.tar.gz`
  {
    await using database = await openDatabase({ url: from, folder: '/nowhere' })
    await keep(database, blobs, 'moved')
    await backup({ database, blobs, folder: '/nowhere', asTables: false, withBlobs: false }, file, hush)
  }
  const target = { url: to, folder: fresh(), blobs: { kind: 'disk', folder: fresh() } } as const

  const done = await restore(target, file, hush)

  expect(done).toMatchObject({ head: { kind: 'tables', blobs: 'listed' }, submissions: 1, blobs: 0 })
  expect(done.missing).toHaveLength(1)
  await expect(restore(target, file, hush)).rejects.toThrow(/it has tables, such as .*; create an empty one/)
}, 60_000)

test.skipIf(whyNotRoot('a backup without room'))(
  'a backup for which there is no room leaves no file',
  async () => {
    const { url, folder: shared } = await sharedServer()
    const name = `backup_${process.pid}_full`
    await query(url, `create database ${name}`)
    const place = fresh()
    fs.mkdirSync(place)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'none', place])
    try {
      await using database = await openDatabase({ url: serverUrl(shared, name), folder: '/nowhere' })
      const blobs = await openBlobs({ kind: 'disk', folder: fresh() })
      const { randomBytes } = await import('node:crypto')
      for (let number = 0; number < 8; number++) await blobs.put(randomBytes(100_000))
      const source = { database, blobs, folder: '/nowhere', asTables: false, withBlobs: true }

      await expect(backup(source, path.join(place, 'b.tar.gz'), hush)).rejects.toMatchObject({ code: 'full' })
      expect(fs.readdirSync(place)).toEqual([])
    } finally {
      execFileSync('umount', [place])
    }
  },
  60_000,
)
