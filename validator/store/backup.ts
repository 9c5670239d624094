import path from 'node:path'
import { z } from 'zod'
import { type Archive, writeArchive } from './archive.ts'
import { copyCluster } from './base-backup.ts'
import { BlobError } from './blob-error.ts'
import type { Blobs } from './blobs.ts'
import type { Database } from './database.ts'
import { newestMigration } from './migrate.ts'
import { listReferenced } from './referenced.ts'
import { copyTables } from './table-backup.ts'

/** The first entry of a backup, `backup.json`. */
export const BackupHead = z.strictObject({
  format: z.literal('arete/backup/v1'),
  /** `base`: the files of the embedded server; `tables`: rows, for any server. */
  kind: z.enum(['base', 'tables']),
  made: z.iso.datetime(),
  /** Major version of the server. */
  postgres: z.int(),
  /** When the newest step of the tables was written, in milliseconds. */
  migration: z.int(),
  blobs: z.enum(['copied', 'listed']),
})
export type BackupHead = z.infer<typeof BackupHead>

export interface BackupSource {
  readonly database: Database
  /** Of the embedded server. */
  readonly folder: string
  readonly blobs: Blobs
  /** Rows instead of files, although the server is the embedded one. */
  readonly asTables: boolean
  /** Blobs with their bytes, not their names only. */
  readonly withBlobs: boolean
}

export interface BackupSummary {
  readonly head: BackupHead
  readonly bytes: number
  readonly blobs: number
  /** What rows speak of and nobody has, or has damaged: the backup is as incomplete as its source. */
  readonly problems: readonly string[]
}

/**
 * Writes everything that a validator keeps into one file, while it works: what was acknowledged before the start is in it.
 *
 * The database comes first, and then the blobs: a row comes to be after the blobs that it speaks of.
 */
export async function backup(
  source: BackupSource,
  file: string,
  say: (message: string) => void,
): Promise<BackupSummary> {
  const { database } = source
  const head: BackupHead = {
    format: 'arete/backup/v1',
    kind: database.isEmbedded && !source.asTables ? 'base' : 'tables',
    ...(await describe(database)),
    blobs: source.withBlobs ? 'copied' : 'listed',
  }
  const wanted = await listReferenced(database.pool)
  let kept = { blobs: 0, problems: [] as string[] }
  const bytes = await writeArchive(file, async archive => {
    await archive.add('backup.json', JSON.stringify(head))
    say(head.kind === 'base' ? 'Copying the files of the database' : 'Copying the rows of the database')
    if (head.kind === 'base') await copyCluster(database.url, path.join(source.folder, 'data'), archive)
    else await copyTables(database.url, archive)
    say(source.withBlobs ? 'Copying blobs' : 'Listing blobs')
    kept = await keepBlobs(source, archive, new Map(wanted.map(({ kind, digest }) => [digest, kind])))
  })
  return { head, bytes, ...kept }
}

async function describe({ pool, db }: Database) {
  const { rows } = await pool.query<{ version: string; at: Date }>(
    "select current_setting('server_version_num') as version, now() as at",
  )
  return {
    made: rows[0]!.at.toISOString(),
    postgres: Math.floor(Number(rows[0]!.version) / 10_000),
    migration: await newestMigration(db),
  }
}

/** @param wanted - what rows spoke of at the start, with what it is */
async function keepBlobs(
  { blobs, withBlobs }: BackupSource,
  archive: Archive,
  wanted: Map<string, string>,
): Promise<{ blobs: number; problems: string[] }> {
  const names: string[] = []
  const problems: string[] = []
  for await (const digest of blobs.list()) {
    wanted.delete(digest)
    if (withBlobs)
      try {
        await archive.add(`blobs/${digest}`, await blobs.get(digest))
      } catch (error) {
        if (!(error instanceof BlobError) || error.code === 'unreachable') throw error
        // Removed since it was listed, or damaged.
        if (error.code !== 'missing') problems.push(error.message)
        continue
      }
    names.push(digest)
  }
  await archive.add('blobs.txt', names.map(name => `${name}\n`).join(''))
  for (const [digest, kind] of wanted) problems.push(`The blob ${digest} of ${kind} is missing`)
  return { blobs: names.length, problems }
}
