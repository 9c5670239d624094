import path from 'node:path'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { migrate as apply } from 'drizzle-orm/node-postgres/migrator'
import type pg from 'pg'
import { StoreError } from './errors.ts'

export const MIGRATIONS = path.join(import.meta.dirname, 'migrations')
/** Of the advisory lock that migrations are made under. */
const LOCK = 0x61726574

/**
 * Brings the tables up to date, all steps or none, one process at a time.
 *
 * @throws StoreError if a newer program made the tables
 */
export async function migrate(client: pg.PoolClient, folder = MIGRATIONS): Promise<void> {
  const db = drizzle(client)
  await client.query('select pg_advisory_lock($1)', [LOCK])
  try {
    const ours = Math.max(...readMigrationFiles({ migrationsFolder: folder }).map(one => one.folderMillis))
    const theirs = await newestMigration(db)
    if (theirs > ours)
      throw new StoreError(
        'version',
        `Cannot use the database: a newer version of Arête made its tables (${day(theirs)}, this program knows them as of ${day(ours)}); update this program`,
      )
    await apply(db, { migrationsFolder: folder })
  } finally {
    await client.query('select pg_advisory_unlock($1)', [LOCK])
  }
}

/** When the newest step that was taken was written, in milliseconds; 0 if none was taken. */
export async function newestMigration(db: Pick<NodePgDatabase, 'execute'>): Promise<number> {
  const table = await db.execute<{ name: string | null }>(
    sql`select to_regclass('drizzle.__drizzle_migrations')::text as name`,
  )
  if (table.rows[0]?.name == null) return 0
  const { rows } = await db.execute<{ newest: string | null }>(
    sql`select max(created_at)::text as newest from drizzle.__drizzle_migrations`,
  )
  return Number(rows[0]?.newest ?? 0)
}

function day(milliseconds: number): string {
  return new Date(milliseconds).toISOString()
}
