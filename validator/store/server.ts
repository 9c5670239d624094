import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import pg from 'pg'
import { StoreError } from './errors.ts'
import { isAlive } from './machine-lock.ts'
import { copyServer } from './server-files.ts'
import { checkReach, findServerUser, giveTo, type ServerUser } from './server-user.ts'

/** Its user in the database, and the name of the database. */
export const NAME = 'arete'
/** A unix socket's path has so many bytes at most. */
const SOCKET_BYTES = 107
const SOCKET = '.s.PGSQL.5432'
/** Without any sign of it. */
const START_SECONDS = 60
/** While it says that it is starting: it repeats what was written before a crash. */
const RECOVERY_SECONDS = 600
const LOG_BYTES = 16 * 2 ** 20
/** Whatever the operator's file of settings says. */
const SETTINGS = [
  'listen_addresses=',
  'unix_socket_permissions=0700',
  'port=5432',
  'max_connections=200',
  // What was acknowledged is on the disk.
  'fsync=on',
  'synchronous_commit=on',
  'full_page_writes=on',
  // For a backup while it runs.
  'wal_level=replica',
  'max_replication_slots=10',
  'max_wal_senders=10',
  'log_min_messages=warning',
  'log_checkpoints=off',
  // A machine without a zone of its own is no reason for another one.
  'timezone=UTC',
]

/** @throws StoreError if the path of the folder is too long for a socket in it */
export function socketFolder(folder: string): string {
  const sockets = path.join(folder, 'socket')
  const excess = Buffer.byteLength(path.join(sockets, SOCKET)) - SOCKET_BYTES
  if (excess <= 0) return sockets
  throw new StoreError(
    'start',
    `Cannot start the database in ${folder}: the path of its socket would be ${excess} bytes too long; choose a shorter data folder (ARETE_DATA), or give a server by DATABASE_URL`,
  )
}

/** Where the server of a folder is reached. What `PGPORT` and the like say of other servers counts nothing. */
export function serverUrl(folder: string, database = NAME): string {
  const host = encodeURIComponent(socketFolder(folder))
  return `postgresql://${NAME}@/${database}?host=${host}&port=5432&sslmode=disable`
}

/**
 * Makes sure that the server of a folder runs: one process at a time, under the folder's lock. Makes what is not there.
 *
 * @throws StoreError if it cannot be started, with the server's own words
 */
export async function startServer(folder: string): Promise<void> {
  const url = serverUrl(folder, 'postgres')
  if ((await probe(url)).kind === 'none') {
    const user = await findServerUser(path.join(folder, 'data'))
    await prepare(folder, user)
    await launch(folder, user, url)
  }
  await untilReady(folder, url)
  await createDatabase(url)
}

/** Ends the server, with all that is connected to it. */
export async function stopServer(folder: string): Promise<void> {
  const user = await findServerUser(path.join(folder, 'data'))
  await control(folder, user, ['stop', '-w', '-t', '60', '-m', 'fast'])
}

/** Makes folders, programs and an empty database cluster, as far as they are not there. */
export async function prepare(folder: string, user: ServerUser | undefined): Promise<void> {
  const sockets = socketFolder(folder)
  fs.mkdirSync(sockets, { recursive: true })
  fs.chmodSync(sockets, 0o700)
  giveTo(user, sockets)
  if (user !== undefined) {
    // The folder of an older umask; above it we change nothing.
    fs.chmodSync(folder, fs.statSync(folder).mode | 0o111)
    await checkReach(folder, user)
  }
  const major = copyServer(path.join(folder, 'server'))
  await create(folder, user)
  const made = fs.readFileSync(path.join(folder, 'data/PG_VERSION'), 'utf8').trim()
  if (made !== String(major))
    throw new StoreError(
      'version',
      `Cannot start the database in ${folder}: it was made by PostgreSQL ${made} and this program has ${major}; back it up with the program that made it and --tables, and restore it with this one`,
    )
}

/** Puts a cluster that was restored to where the server of a folder has it. */
export async function placeCluster(folder: string, cluster: string): Promise<void> {
  const user = await findServerUser(path.join(folder, 'data'))
  fs.chmodSync(cluster, 0o700)
  giveTo(user, cluster)
  for (const name of fs.readdirSync(cluster, { recursive: true, encoding: 'utf8' }))
    giveTo(user, path.join(cluster, name))
  fs.renameSync(cluster, path.join(folder, 'data'))
}

/** Makes the cluster under another name first, so that a crash leaves nothing half-made. */
async function create(folder: string, user: ServerUser | undefined): Promise<void> {
  const data = path.join(folder, 'data')
  if (fs.existsSync(data)) return
  const fresh = path.join(folder, 'data.new')
  fs.rmSync(fresh, { recursive: true, force: true })
  fs.mkdirSync(fresh, { mode: 0o700 })
  giveTo(user, fresh)
  const { failed, all } = await execa(
    path.join(folder, 'server/bin/initdb'),
    ['-D', fresh, '-U', NAME, '--auth=trust', '--encoding=UTF8', '--locale=C', '--data-checksums'],
    { ...surroundings(user), all: true },
  )
  if (failed) throw new StoreError('start', `Cannot make the database in ${folder}: ${all}`)
  fs.renameSync(fresh, data)
}

async function launch(folder: string, user: ServerUser | undefined, url: string): Promise<void> {
  const log = openLog(folder, user)
  const options = [...SETTINGS, `unix_socket_directories="${socketFolder(folder).replaceAll('"', '""')}"`]
  const started = [
    'start',
    '-w',
    '-t',
    '20',
    '-l',
    log,
    '-o',
    options.map(one => `-c ${quoted(one)}`).join(' '),
  ]
  const end = performance.now() + START_SECONDS * 1000
  for (;;) {
    removeStale(folder)
    await control(folder, user, started)
    if ((await probe(url)).kind !== 'none') return
    // The last processes of a server that was killed may still hold its memory.
    if (performance.now() > end) throw noStart(folder)
    await sleep(200)
  }
}

async function untilReady(folder: string, url: string): Promise<void> {
  const end = performance.now() + RECOVERY_SECONDS * 1000
  for (;;) {
    const state = await probe(url)
    if (state.kind === 'ready') return
    if (state.kind === 'none' || performance.now() > end) throw noStart(folder)
    await sleep(50)
  }
}

function noStart(folder: string): StoreError {
  const log = path.join(folder, 'server.log')
  const lines = fs.existsSync(log) ? fs.readFileSync(log, 'utf8').trim().split('\n').slice(-5) : []
  return new StoreError(
    'start',
    `Cannot start the database in ${folder}: ${lines.join('\n') || 'it says nothing'}`,
  )
}

async function createDatabase(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  // What was asked fails by itself; unheard it would end the process.
  client.on('error', () => {})
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [NAME])
    if (rowCount === 0) await client.query(`create database ${NAME}`)
  } finally {
    await client.end()
  }
}

type Probe = { readonly kind: 'ready' } | { readonly kind: 'starting' } | { readonly kind: 'none' }

/** @throws StoreError if there is one that we may not speak to */
async function probe(url: string): Promise<Probe> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return { kind: 'ready' }
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'EACCES')
      throw new StoreError(
        'start',
        `Cannot reach the database at ${client.host}: it belongs to another user; run as the user who runs the validator`,
        { cause: error },
      )
    return { kind: code === '57P03' ? 'starting' : 'none' }
  } finally {
    await client.end().catch(() => {})
  }
}

/**
 * PostgreSQL takes any process with the number in its files for itself: also a zombie that nobody reaps, and whoever got the number
 * after a restart of the machine or its container. (That nobody uses its memory any more it checks apart from them.)
 */
function removeStale(folder: string): void {
  for (const file of [
    path.join(folder, 'data/postmaster.pid'),
    path.join(folder, 'socket', `${SOCKET}.lock`),
  ]) {
    if (!fs.existsSync(file)) continue
    const pid = Number.parseInt(fs.readFileSync(file, 'utf8'), 10)
    if (!isAlive(pid) || !isServer(pid, folder)) fs.rmSync(file, { force: true })
  }
}

/** Whether a process runs our programs; assumed where the system does not say. */
function isServer(pid: number, folder: string): boolean {
  try {
    return fs
      .readlinkSync(`/proc/${pid}/exe`)
      .startsWith(path.join(fs.realpathSync(folder), 'server/bin/postgres'))
  } catch {
    return true
  }
}

function openLog(folder: string, user: ServerUser | undefined): string {
  const log = path.join(folder, 'server.log')
  if (fs.existsSync(log) && fs.statSync(log).size > LOG_BYTES) fs.renameSync(log, `${log}.1`)
  fs.closeSync(fs.openSync(log, 'a', 0o600))
  giveTo(user, log)
  return log
}

async function control(folder: string, user: ServerUser | undefined, args: readonly string[]): Promise<void> {
  await execa(path.join(folder, 'server/bin/pg_ctl'), ['-D', path.join(folder, 'data'), '-s', ...args], {
    ...surroundings(user),
    // The server inherits what is open, and would keep our pipes.
    stdio: 'ignore',
  })
}

/** Of its programs: nothing of our environment, which may hold secrets. */
function surroundings(user: ServerUser | undefined) {
  return {
    ...user,
    reject: false,
    cwd: '/',
    extendEnv: false,
    env: { LC_ALL: 'C', PATH: process.env.PATH ?? '/usr/bin:/bin' },
  } as const
}

/** For the words of `pg_ctl -o`, which a shell takes apart. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
