import path from 'node:path'
import { sql } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { migrate } from 'drizzle-orm/node-postgres/migrator'
import pg from 'pg'
import { startEmbedded } from './embedded.ts'
import { StoreError } from './errors.ts'
import * as schema from './schema.ts'

export type Drizzle = NodePgDatabase<typeof schema>
/** What happens in one piece or not at all. */
export type Transaction = Parameters<Parameters<Drizzle['transaction']>[0]>[0]

/** The records of a validator. Everything else sees a URL, and not whose server it is. */
export interface Database extends AsyncDisposable {
  readonly url: string
  readonly pool: pg.Pool
  readonly db: Drizzle
  readonly isEmbedded: boolean
}

export interface DatabaseSettings {
  /** Any PostgreSQL from version 15 on; a server of our own in `folder` if there is none. */
  readonly url?: string | undefined
  /** Of the embedded server. */
  readonly folder: string
  /** Connections at the same time; 10 if not said. */
  readonly connections?: number
  /** Tells of what is worth a line in the log. */
  readonly say?: (message: string) => void
}

const MIGRATIONS = path.join(import.meta.dirname, 'migrations')
/** Of the advisory lock that migrations are made under. */
const MIGRATION_LOCK = 0x61726574
const LEAST_VERSION = 150_000

/**
 * Opens the records: starts the embedded server if no URL is given, and brings the tables up to date, one process at a time.
 *
 * @throws StoreError if there is no server, if it is too old, or if a newer program made the tables
 */
export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
  const embedded = settings.url === undefined ? await startEmbedded(path.resolve(settings.folder)) : undefined
  const url = settings.url ?? embedded!.url
  const pool = new pg.Pool({
    connectionString: url,
    max: settings.connections ?? 10,
    connectionTimeoutMillis: 10_000,
    application_name: 'arete',
  })
  // Of connections that are in use: their next query fails, which is where it is dealt with. Unheard it would end the process.
  pool.on('connect', client => void client.on('error', () => {}))
  // Of connections that nobody uses: the pool makes new ones.
  pool.on('error', error => settings.say?.(`A connection to the database was lost: ${error.message}`))
  try {
    await update(pool)
  } catch (error) {
    await pool.end()
    throw error
  }
  return {
    url,
    pool,
    db: drizzle(pool, { schema }),
    isEmbedded: embedded !== undefined,
    async [Symbol.asyncDispose]() {
      await pool.end()
      await embedded?.stop()
    },
  }
}

async function update(pool: pg.Pool): Promise<void> {
  const client = await connect(pool)
  try {
    const { rows } = await client.query('show server_version_num')
    const version = Number(rows[0].server_version_num)
    if (version < LEAST_VERSION)
      throw new StoreError(
        'version',
        `The database server is PostgreSQL ${Math.floor(version / 10_000)}: 15 or newer is needed`,
      )
    const db = drizzle(client)
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    try {
      await refuseNewer(db)
      await migrate(db, { migrationsFolder: MIGRATIONS })
    } finally {
      await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK])
    }
  } finally {
    client.release()
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw new StoreError('lost', `The database cannot be reached: ${(error as Error).message}`, {
      cause: error,
    })
  }
}

/** Tables of a newer program mean things that we do not know. */
async function refuseNewer(db: NodePgDatabase): Promise<void> {
  const table = await db.execute<{ name: string | null }>(
    sql`select to_regclass('drizzle.__drizzle_migrations')::text as name`,
  )
  if (table.rows[0]?.name == null) return
  const { rows } = await db.execute<{ newest: string | null }>(
    sql`select max(created_at)::text as newest from drizzle.__drizzle_migrations`,
  )
  const ours = Math.max(...readMigrationFiles({ migrationsFolder: MIGRATIONS }).map(one => one.folderMillis))
  const newest = Number(rows[0]?.newest ?? 0)
  if (newest > ours)
    throw new StoreError(
      'version',
      `The database was made by a newer version of Arête (${new Date(newest).toISOString()}, ours is of ${new Date(ours).toISOString()}): update this program`,
    )
}
