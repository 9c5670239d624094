import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { StoreError } from './errors.ts'
import { lockFolder } from './machine-lock.ts'
import { serverUrl, socketFolder, startServer, stopServer } from './server.ts'

/** A PostgreSQL server of our own. When it is disposed of and nobody else uses it, it ends. */
export interface EmbeddedServer extends AsyncDisposable {
  readonly url: string
  readonly folder: string
}

/** By connections of this name the processes that use a server are known. */
const PRESENCE = 'arete presence'
const AGAIN = 1000
const CLOSING = 1000

/**
 * Starts the server in a folder, or joins the one that runs there. It belongs to no process: whoever comes first starts it,
 * whoever leaves last ends it, and whoever sees it die starts it again. It listens on a unix socket only, which nobody but its
 * user and root can reach.
 *
 * @param folder - of the database; made if it is not there
 * @throws StoreError if it cannot be started, with the server's own words
 */
export async function openServer(
  folder: string,
  say: (message: string) => void = () => {},
): Promise<EmbeddedServer> {
  const place = path.resolve(folder)
  socketFolder(place)
  makeFolder(place)
  const url = serverUrl(place)
  const closing = new AbortController()
  let returning = Promise.resolve()
  let presence = await join()

  /** The lock keeps it from being ended between its start and our connection. */
  async function join(): Promise<pg.Client> {
    using _ = await lockFolder(place)
    await startServer(place)
    const client = new pg.Client({ connectionString: url, application_name: PRESENCE })
    client.on('error', () => {})
    await client.connect()
    client.once('end', () => {
      if (!closing.signal.aborted) returning = comeBack()
    })
    return client
  }

  async function comeBack(): Promise<void> {
    say('The database server is gone: starting it again')
    while (!closing.signal.aborted)
      try {
        presence = await join()
        return say('The database server is back')
      } catch (error) {
        say(`The database server does not come back: ${(error as Error).message}`)
        await sleep(AGAIN, undefined, { signal: closing.signal }).catch(() => {})
      }
  }

  return {
    url,
    folder: place,
    async [Symbol.asyncDispose]() {
      if (closing.signal.aborted) return
      closing.abort()
      await returning
      using _ = await lockFolder(place)
      if (await isLast(presence)) await stopServer(place)
      await presence.end().catch(() => {})
    },
  }
}

function makeFolder(folder: string): void {
  try {
    fs.mkdirSync(folder, { recursive: true, mode: 0o711 })
    fs.accessSync(folder, fs.constants.W_OK)
  } catch (error) {
    throw new StoreError(
      'start',
      `Cannot use the data folder ${folder}: ${(error as Error).message}; run as the user that it belongs to, or choose another one (ARETE_DATA)`,
      { cause: error },
    )
  }
}

/** Whether nobody else uses the server; connections that are being closed are waited for. */
async function isLast(presence: pg.Client): Promise<boolean> {
  const end = performance.now() + CLOSING
  try {
    for (;;) {
      const { rows } = await presence.query(
        `select count(*)::int as others, count(*) filter (where application_name = $1)::int as processes
           from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()`,
        [PRESENCE],
      )
      const [{ others, processes }] = rows
      if (others === 0) return true
      if (processes > 0 || performance.now() > end) return false
      await sleep(20)
    }
  } catch {
    // It is gone already.
    return false
  }
}
