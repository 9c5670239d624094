import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

/** A server that is started again, or taken over by another one, is waited for so long. */
const PATIENCE = 20_000
const AGAIN = 100
/** Nothing was sent on such a connection, so that it is safe to make another one. */
const PASSING = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOENT', 'EPIPE', 'EAI_AGAIN'],
  // Starting up, shutting down, too many clients.
  ...['57P03', '57P01', '53300'],
])

export interface PoolSettings {
  readonly url: string
  readonly connections: number
  /** Milliseconds until it is given up to reach the server. */
  readonly patience?: number | undefined
}

type Connected = Parameters<pg.Pool['connect']>[0]

/** Connections that are made anew when the server was away. What was being done on a lost one fails, and is the caller's to repeat. */
export function openPool({ url, connections, patience = PATIENCE }: PoolSettings): pg.Pool {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: patience,
    keepAlive: true,
    application_name: 'arete',
  })
  // Of connections in use: their next query fails, which is where it is dealt with. Unheard it would end the process.
  pool.on('connect', client => void client.on('error', () => {}))
  const once = pool.connect.bind(pool) as () => Promise<pg.PoolClient>
  const connect = async (): Promise<pg.PoolClient> => {
    const end = performance.now() + patience
    for (;;) {
      try {
        return givenBack(await once())
      } catch (error) {
        if (pool.ending || !isPassing(error) || performance.now() > end) throw error
        await sleep(AGAIN)
      }
    }
  }
  // `query` of the pool asks by a callback.
  pool.connect = ((callback?: Connected): unknown => {
    if (callback === undefined) return connect()
    connect().then(
      client => callback(undefined, client, client.release.bind(client)),
      (error: Error) => callback(error, undefined, () => {}),
    )
    return undefined
  }) as pg.Pool['connect']
  return pool
}

/**
 * A connection that dies while it is in use goes back by itself: Drizzle forgets one whose `begin` fails, and after as many as the
 * pool has nobody would ever get one again. Given back twice it is given back once.
 */
function givenBack(client: pg.PoolClient): pg.PoolClient {
  const release = client.release.bind(client)
  const give = (error?: Error | boolean): void => {
    client.off('end', lost)
    client.release = () => {}
    release(error)
  }
  const lost = (): void => give(true)
  client.once('end', lost)
  client.release = give
  return client
}

function isPassing(error: unknown): boolean {
  const { code, message } = error as { code?: string; message?: string }
  return PASSING.has(code ?? '') || message === 'Connection terminated unexpectedly'
}
