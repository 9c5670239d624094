import fs from 'node:fs'
import path from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Database, openDatabase } from '../../../validator/store/database.ts'
import { readEvents, tell } from '../../../validator/store/events.ts'
import { MIGRATIONS } from '../../../validator/store/migrate.ts'
import { audit, bans } from '../../../validator/store/schema.ts'
import { serverUrl } from '../../../validator/store/server.ts'
import { query, sharedServer } from '../../support/database-server.ts'
import { findPrograms, type OrdinaryServer, openOrdinaryServer } from '../../support/debian-server.ts'
import { makeFolder } from '../../support/folder.ts'
import { startProcess } from '../../support/process.ts'

const programs = findPrograms()
if (programs === undefined)
  console.warn('No PostgreSQL packages on this machine: nothing is tried with an ordinary server')

const OPEN = `
  import { openDatabase } from '#/validator/store/database.ts'
  const database = await openDatabase({ url: process.env.URL, folder: '/nowhere' })
  await database[Symbol.asyncDispose]()
`

describe.each([
  { name: 'the embedded server', isThere: true },
  { name: 'an ordinary server', isThere: programs !== undefined },
])('a database on $name', ({ name, isThere }) => {
  let ordinary: OrdinaryServer | undefined
  let urlOf: (database: string) => string
  let create: (database: string) => Promise<void>
  let database: Database
  let count = 0

  beforeAll(async () => {
    if (!isThere) return
    if (name === 'the embedded server') {
      const { url, folder } = await sharedServer()
      const own = `contract_${process.pid}_`
      urlOf = one => serverUrl(folder, `${own}${one}`)
      create = one => query(url, `create database ${own}${one}`)
    } else {
      ordinary = openOrdinaryServer(programs!)
      urlOf = ordinary.urlOf
      create = async one => ordinary!.create(one)
    }
    database = await open(await fresh())
  }, 60_000)
  afterAll(async () => {
    await database?.[Symbol.asyncDispose]()
    ordinary?.[Symbol.dispose]()
  })

  /** @returns the URL of a database with nothing in it */
  async function fresh(): Promise<string> {
    const one = `d${count++}`
    await create(one)
    return urlOf(one)
  }
  const open = (url: string, say?: (message: string) => void) =>
    openDatabase({ url, folder: '/nowhere', ...(say === undefined ? {} : { say }) })

  test.runIf(isThere)('has all tables after two processes opened it at once', async () => {
    const url = await fresh()

    await Promise.all([0, 1].map(() => startProcess(OPEN, { env: { URL: url } }).done()))

    await using opened = await open(url)
    const { rows } = await opened.pool.query(
      'select count(*)::int as steps from drizzle.__drizzle_migrations',
    )
    expect(rows[0].steps).toBe(journal().entries.length)
  })

  test.runIf(isThere)('of an older version keeps its rows and gets what it lacks', async () => {
    const url = await fresh()
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const { drizzle } = await import('drizzle-orm/node-postgres')
    await migrate(drizzle(client), { migrationsFolder: firstSteps(1) })
    await client.query("insert into events (kind) values ('old'), ('older')")
    await client.end()

    await using opened = await open(url)
    await opened.db.transaction(tx => tell(tx, { kind: 'new' }))

    const rows = await readEvents(opened.db, { after: 0 })
    expect(rows.map(({ kind, id }) => [kind, id])).toEqual([
      ['old', 1],
      ['older', 2],
      ['new', 3],
    ])
  })

  test.runIf(isThere)('of a newer version is refused', async () => {
    const url = await fresh()
    await (await open(url))[Symbol.asyncDispose]()
    await query(
      url,
      "insert into drizzle.__drizzle_migrations (hash, created_at) values ('new', 4102444800000)",
    )

    await expect(open(url)).rejects.toMatchObject({
      code: 'version',
      message: expect.stringMatching(
        /^Cannot use the database: a newer version of Arête made its tables \(2100-01-01T.*; update this program$/,
      ),
    })
  })

  test.runIf(isThere)('does what belongs together in one piece', async () => {
    const ban = { key: 'together', reason: 'r', by: 'b' }
    const failing = database.db.transaction(async tx => {
      await tx.insert(bans).values(ban)
      await tx.insert(bans).values(ban)
    })

    await expect(failing).rejects.toThrow()
    expect(await database.db.select().from(bans).where(eq(bans.key, ban.key))).toEqual([])
  })

  test.runIf(isThere)('is reached again after all connections were killed, also those in use', async () => {
    const lost: string[] = []
    await using opened = await open(await fresh(), message => lost.push(message))
    await Promise.all([1, 2, 3].map(() => opened.pool.query('select pg_sleep(0.05)')))
    const using = opened.db.transaction(async tx => {
      await tx.execute(sql`select pg_sleep(10)`)
      await tx.insert(bans).values({ key: 'lost', reason: 'r', by: 'b' })
    })
    using.catch(() => {})
    await new Promise(resolve => setTimeout(resolve, 50))
    await query(
      urlOf('d0'),
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = '${new URL(opened.url.replace('@/', '@x/')).pathname.slice(1)}'`,
    )

    await expect(using).rejects.toThrow()
    await expect.poll(() => opened.db.select().from(bans).catch(String)).toEqual([])
    expect(lost.length).toBeGreaterThan(0)
  })

  test.runIf(isThere)(
    'gets back the place of a connection that died in the hands of somebody who forgot it',
    async () => {
      await using opened = await openDatabase({ url: await fresh(), folder: '/nowhere', connections: 1 })
      const forgotten = await opened.pool.connect()
      const { rows } = await forgotten.query('select pg_backend_pid() as pid')
      await query(urlOf('d0'), `select pg_terminate_backend(${rows[0].pid})`)

      expect((await opened.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
      forgotten.release()
      expect((await opened.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    },
  )

  test.runIf(isThere)("takes times from its own clock, whatever the process's says", async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('1999-12-31T23:59:59Z') })
    try {
      const [{ at } = { at: new Date(0) }] = await database.db
        .insert(audit)
        .values({ by: 'b', act: 'a', subject: 's' })
        .returning()
      await database.db.transaction(tx => tell(tx, { kind: 'clock' }))
      const { rows } = await database.pool.query(
        'select abs(extract(epoch from now() - $1::timestamptz)) < 60 as is_now, (select bool_and(abs(extract(epoch from now() - at)) < 60) from events) as are_now',
        [at],
      )

      expect(new Date().getFullYear()).toBe(1999)
      expect(rows[0]).toEqual({ is_now: true, are_now: true })
    } finally {
      vi.useRealTimers()
    }
  })

  test.runIf(isThere && name === 'an ordinary server')('says what makes it less safe, or unfit', async () => {
    const said: string[] = []
    await (await open(await fresh(), message => said.push(message)))[Symbol.asyncDispose]()
    ordinary!.create('latin', "encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0")

    expect(said).toEqual([
      'The database server runs with fsync = off: a crash of its machine can lose what was acknowledged',
    ])
    await expect(open(urlOf('latin'))).rejects.toThrow('its encoding is SQL_ASCII')
  })
})

test('a server that is not there is said, without its password', async () => {
  const opening = openDatabase({
    url: 'postgresql://me:secret-word@127.0.0.1:1/arete',
    folder: '/nowhere',
    patience: 300,
  })

  const error: Error = await opening.catch(failure => failure)
  expect(error).toMatchObject({ name: 'StoreError', code: 'lost' })
  expect(error.message).toMatch(/^Cannot reach the database: connect ECONNREFUSED 127.0.0.1:1; see that/)
  expect(error.message).not.toContain('secret-word')
})

test('steps of the tables rise in time, or some would be left out where later ones were taken', () => {
  const times = journal().entries.map(({ when }) => when)

  expect(times).toEqual(times.toSorted((one, other) => one - other))
  expect(journal().entries.map(({ idx }) => idx)).toEqual(times.map((_, index) => index))
})

test('the tables of the schema are those that the steps make', async () => {
  const { execFileSync } = await import('node:child_process')
  const folder = makeFolder({})
  fs.cpSync(MIGRATIONS, path.join(folder, 'migrations'), { recursive: true })
  const config = path.join(folder, 'drizzle.config.json')
  fs.writeFileSync(
    config,
    JSON.stringify({
      dialect: 'postgresql',
      schema: path.resolve(MIGRATIONS, '../schema.ts'),
      out: './migrations',
    }),
  )

  const said = execFileSync(
    process.execPath,
    [path.resolve(MIGRATIONS, '../../../node_modules/drizzle-kit/bin.cjs'), 'generate', '--config', config],
    { encoding: 'utf8', cwd: folder },
  )

  expect(said).toContain('No schema changes, nothing to migrate')
})

interface Journal {
  readonly entries: readonly { readonly idx: number; readonly when: number; readonly tag: string }[]
}

function journal(): Journal {
  return JSON.parse(fs.readFileSync(path.join(MIGRATIONS, 'meta/_journal.json'), 'utf8'))
}

/** The tables as a version made them that knew the first steps only. */
function firstSteps(count: number): string {
  const { entries, ...rest } = journal()
  const some = entries.slice(0, count)
  return makeFolder({
    'meta/_journal.json': JSON.stringify({ ...rest, entries: some }),
    ...Object.fromEntries(
      some.map(({ tag }) => [`${tag}.sql`, fs.readFileSync(path.join(MIGRATIONS, `${tag}.sql`), 'utf8')]),
    ),
  })
}
