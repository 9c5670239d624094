import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import type pg from 'pg'
import { openServer } from './embedded.ts'
import { StoreError } from './errors.ts'
import { migrate } from './migrate.ts'
import { openPool } from './pool.ts'
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
  /** Milliseconds until it is given up to reach the server; 20 seconds if not said. */
  readonly patience?: number
  /** Tells of what is worth a line in the log. */
  readonly say?: (message: string) => void
}

const LEAST_VERSION = 150_000

/**
 * Opens the records: starts the embedded server if no URL is given, and brings the tables up to date.
 *
 * @throws StoreError if there is no server, if it is too old, or if a newer program made the tables
 */
export async function openDatabase(settings: DatabaseSettings): Promise<Database> {
  const { say = () => {}, connections = 10, patience } = settings
  const embedded = settings.url === undefined ? await openServer(settings.folder, say) : undefined
  const url = settings.url ?? embedded!.url
  const pool = openPool({ url, connections, patience })
  // Of connections that nobody uses: the pool makes new ones.
  pool.on('error', error => say(`A connection to the database was lost: ${error.message}`))
  const close = async (): Promise<void> => {
    if (!pool.ending) await pool.end()
    await embedded?.[Symbol.asyncDispose]()
  }
  try {
    const client = await connect(pool)
    try {
      await checkServer(client, say)
      await migrate(client)
    } finally {
      client.release()
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    url,
    pool,
    db: drizzle(pool, { schema }),
    isEmbedded: embedded !== undefined,
    [Symbol.asyncDispose]: close,
  }
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect()
  } catch (error) {
    throw new StoreError(
      'lost',
      `Cannot reach the database: ${(error as Error).message || String(error)}; see that the server of DATABASE_URL runs and takes connections`,
      { cause: error },
    )
  }
}

/** What makes a server unfit, and what makes it less safe than it could be. */
async function checkServer(client: pg.PoolClient, say: (message: string) => void): Promise<void> {
  const { rows } = await client.query<{ name: string; setting: string }>(
    "select name, setting from pg_settings where name in ('server_version_num', 'server_encoding', 'fsync', 'full_page_writes', 'synchronous_commit')",
  )
  const settings = Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))
  const version = Number(settings.server_version_num)
  if (version < LEAST_VERSION)
    throw new StoreError(
      'version',
      `Cannot use the database server: it is PostgreSQL ${Math.floor(version / 10_000)}, and 15 or newer is needed`,
    )
  if (settings.server_encoding !== 'UTF8')
    throw new StoreError(
      'version',
      `Cannot use the database: its encoding is ${settings.server_encoding}; create one with "encoding 'UTF8'"`,
    )
  for (const name of ['fsync', 'full_page_writes', 'synchronous_commit'])
    if (settings[name] === 'off')
      say(
        `The database server runs with ${name} = off: a crash of its machine can lose what was acknowledged`,
      )
}
