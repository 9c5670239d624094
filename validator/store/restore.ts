import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import type pg from 'pg'
import { readArchive } from './archive.ts'
import { BackupHead } from './backup.ts'
import { type BlobSettings, type Blobs, openBlobs } from './blobs.ts'
import { type Database, openDatabase } from './database.ts'
import { openServer } from './embedded.ts'
import { StoreError } from './errors.ts'
import { MIGRATIONS, migrate } from './migrate.ts'
import { openPool } from './pool.ts'
import { listReferenced } from './referenced.ts'
import { placeCluster } from './server.ts'
import { fillTables, type Tables } from './table-backup.ts'

/** Where a backup goes. */
export interface RestoreTarget {
  /** A server that has an empty database; the embedded one if not given. */
  readonly url?: string | undefined
  /** Of the embedded server; it must have no database yet. */
  readonly folder: string
  readonly blobs: BlobSettings
}

export interface RestoreSummary {
  readonly head: BackupHead
  readonly submissions: number
  readonly receipts: number
  /** Blobs that rows speak of. */
  readonly referenced: number
  readonly blobs: number
  readonly missing: readonly { readonly kind: string; readonly digest: string }[]
}

/**
 * Brings a validator back from a backup, into an empty place; then looks whether every blob is there that a row speaks of.
 *
 * @throws StoreError if the place is not empty, or the backup damaged: the place has no database then
 */
export async function restore(
  target: RestoreTarget,
  file: string,
  say: (message: string) => void,
): Promise<RestoreSummary> {
  await checkEmpty(target)
  fs.mkdirSync(target.folder, { recursive: true, mode: 0o711 })
  const scratch = fs.mkdtempSync(path.join(target.folder, 'restore.'))
  try {
    say(`Reading ${file}`)
    const blobs = await openBlobs(target.blobs)
    const { head, count } = await place(target, file, scratch, blobs)
    say('Looking whether every blob is there')
    await using database = await openDatabase({ url: target.url, folder: target.folder })
    return { head, blobs: count, ...(await verify(database, blobs)) }
  } finally {
    fs.rmSync(scratch, { recursive: true, force: true })
  }
}

async function place(target: RestoreTarget, file: string, scratch: string, blobs: Blobs) {
  try {
    const unpacked = await unpack(file, scratch, blobs)
    if (unpacked.head.kind === 'base') await placeBase(target, scratch)
    else await placeTables(target, unpacked.head, scratch)
    return unpacked
  } catch (error) {
    // It was empty, and is again: another backup may be tried.
    if (target.url === undefined)
      fs.rmSync(path.join(target.folder, 'data'), { recursive: true, force: true })
    if (target.blobs.kind === 'disk') for await (const digest of blobs.list()) await blobs.remove(digest)
    throw error
  }
}

async function checkEmpty({ url, folder, blobs }: RestoreTarget): Promise<void> {
  const taken =
    url === undefined && fs.existsSync(path.join(folder, 'data')) ? path.join(folder, 'data') : undefined
  if (taken !== undefined)
    throw new StoreError(
      'backup',
      `Cannot restore into ${folder}: there is a database; choose an empty data folder (ARETE_DATA)`,
    )
  if (blobs.kind === 'disk' && fs.existsSync(blobs.folder))
    for await (const digest of (await openBlobs(blobs)).list())
      throw new StoreError(
        'backup',
        `Cannot restore into ${blobs.folder}: there are blobs, such as ${digest}; choose an empty data folder (ARETE_DATA)`,
      )
  if (url === undefined) return
  const pool = openPool({ url, connections: 1 })
  try {
    const { rows } = await pool.query(
      "select schemaname || '.' || tablename as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema') limit 1",
    )
    if (rows.length > 0)
      throw new StoreError(
        'backup',
        `Cannot restore into the database of DATABASE_URL: it has tables, such as ${rows[0].name}; create an empty one`,
      )
  } finally {
    await pool.end()
  }
}

/** Nothing counts before all was read and its checksums fit; blobs prove themselves. */
async function unpack(
  file: string,
  scratch: string,
  blobs: Blobs,
): Promise<{ head: BackupHead; count: number }> {
  let head: BackupHead | undefined
  let count = 0
  await readArchive(file, async ({ name, bytes, saveTo }) => {
    if (head === undefined) {
      const read =
        name === 'backup.json' ? BackupHead.safeParse(JSON.parse((await bytes()).toString())) : undefined
      if (!read?.success)
        throw new StoreError(
          'backup',
          `Cannot use ${file}: it is no backup of Arête, or one of a newer version`,
        )
      head = read.data
    } else if (name.startsWith('blobs/')) {
      const digest = await blobs.put(await bytes())
      if (name !== `blobs/${digest}`)
        throw new StoreError('backup', `Cannot use ${file}: ${name} holds other bytes`)
      count++
    } else {
      const place = path.join(scratch, name)
      if (!place.startsWith(`${scratch}${path.sep}`))
        throw new StoreError('backup', `Cannot use ${file}: it names "${name}"`)
      fs.mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 })
      await saveTo(place)
    }
  })
  return { head: head!, count }
}

async function placeBase({ url, folder }: RestoreTarget, scratch: string): Promise<void> {
  if (url !== undefined)
    throw new StoreError(
      'backup',
      'Cannot restore files of the embedded server into the database of DATABASE_URL: restore without it, then back up with --tables',
    )
  const cluster = path.join(scratch, 'data')
  const folders: string[] = JSON.parse(fs.readFileSync(path.join(scratch, 'folders.json'), 'utf8'))
  for (const name of [...folders, 'pg_wal/archive_status', 'pg_wal/summaries'])
    fs.mkdirSync(path.join(cluster, name), { recursive: true, mode: 0o700 })
  await placeCluster(folder, cluster)
}

async function placeTables(target: RestoreTarget, head: BackupHead, scratch: string): Promise<void> {
  const tables: Tables = JSON.parse(fs.readFileSync(path.join(scratch, 'tables.json'), 'utf8'))
  await using server = target.url === undefined ? await openServer(target.folder) : undefined
  const url = target.url ?? server!.url
  if (tables.tables.some(({ schema }) => schema === 'pgboss')) await makeQueue(url)
  const pool = openPool({ url, connections: 1 })
  try {
    const client = await pool.connect()
    try {
      await makeTables(client, head.migration)
      await fillTables(client, tables, pages(scratch, tables))
    } finally {
      client.release()
    }
  } finally {
    await pool.end()
  }
}

async function* pages(scratch: string, { tables }: Tables) {
  for (const table of tables.keys())
    for (let part = 0; ; part++) {
      const file = path.join(scratch, `tables/${table}.${part}.jsonl`)
      if (!fs.existsSync(file)) break
      yield { table, lines: fs.readFileSync(file, 'utf8') }
    }
}

/** The tables as they were when the backup was made; opening the database brings them on. */
async function makeTables(client: pg.PoolClient, migration: number): Promise<void> {
  const steps = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-steps-'))
  try {
    fs.cpSync(MIGRATIONS, steps, { recursive: true })
    const file = path.join(steps, 'meta/_journal.json')
    const journal = JSON.parse(fs.readFileSync(file, 'utf8')) as { entries: { when: number }[] }
    if (!journal.entries.some(({ when }) => when === migration))
      throw new StoreError(
        'version',
        'Cannot use the backup: a newer version of Arête made it; update this program',
      )
    fs.writeFileSync(
      file,
      JSON.stringify({ ...journal, entries: journal.entries.filter(({ when }) => when <= migration) }),
    )
    await migrate(client, steps)
  } finally {
    fs.rmSync(steps, { recursive: true, force: true })
  }
}

/** The queue's tables are the queue's affair. */
async function makeQueue(connectionString: string): Promise<void> {
  const { PgBoss } = await import('pg-boss')
  const boss = new PgBoss({ connectionString, supervise: false, schedule: false })
  boss.on('error', () => {})
  await boss.start()
  await boss.stop({ graceful: false })
}

async function verify({ pool }: Database, blobs: Blobs) {
  const referenced = await listReferenced(pool)
  const present = new Set<string>()
  for await (const digest of blobs.list()) present.add(digest)
  const missing = referenced.filter(({ digest }) => !present.has(digest))
  const { rows } = await pool.query<{ submissions: number; receipts: number }>(
    'select (select count(*)::int from submissions) as submissions, (select count(*)::int from receipts) as receipts',
  )
  return { ...rows[0]!, referenced: referenced.length, missing }
}
