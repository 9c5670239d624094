import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execa } from 'execa'
import pg from 'pg'
import { StoreError } from './errors.ts'
import { copyServer } from './server-files.ts'

/** A PostgreSQL server of our own: where it keeps its things, and how to reach it. */
export interface EmbeddedServer {
  readonly url: string
  /** The socket's folder, and that of its files; `base` holds the tables. */
  readonly folder: string
  /** Ends it, unless others are connected. */
  readonly stop: () => Promise<'stopped' | 'in use'>
}

/** A unix socket's path has so many bytes at most, with its end. */
const SOCKET_BYTES = 107
const SOCKET = '.s.PGSQL.5432'
const START_SECONDS = 60
const USER = 'arete'

/**
 * Starts the server in a folder, or joins the one that runs there already: it belongs to no process, so that none takes it from
 * the others by dying. It listens on a unix socket only, which nobody but the server's user and root can reach.
 *
 * As root the server runs as the system user `postgres`, which is made if there is none: PostgreSQL refuses to be root.
 *
 * @param folder - of the database; made if it is not there
 * @throws StoreError if it cannot be started, with the server's own words
 */
export async function startEmbedded(folder: string): Promise<EmbeddedServer> {
  const sockets = path.join(folder, 'socket')
  const tooLong = Buffer.byteLength(path.join(sockets, SOCKET)) + 1 - SOCKET_BYTES
  if (tooLong > 0)
    throw new StoreError(
      'start',
      `The database's socket would lie in ${sockets}, whose path is ${tooLong} bytes too long: choose a shorter data folder (ARETE_DATA), or give a server by DATABASE_URL`,
    )
  const url = `postgresql://${USER}@/${USER}?host=${encodeURIComponent(sockets)}`
  const owner = await ownerOf(folder)
  if (!(await answers(url))) await start(folder, owner)
  const stop = async (): Promise<'stopped' | 'in use'> => {
    if (await isUsed(url)) return 'in use'
    await serverCommand(folder, owner, ['stop', '-w', '-m', 'fast'])
    return 'stopped'
  }
  return { url, folder, stop }
}

interface Owner {
  readonly uid: number
  readonly gid: number
}

async function start(folder: string, owner: Owner | undefined): Promise<void> {
  fs.mkdirSync(path.join(folder, 'socket'), { recursive: true })
  fs.chmodSync(path.join(folder, 'socket'), 0o700)
  if (owner !== undefined) {
    fs.chownSync(path.join(folder, 'socket'), owner.uid, owner.gid)
    await checkReach(folder, owner)
  }
  copyServer(path.join(folder, 'server'))
  await create(folder, owner)
  const options = [
    `-k ${quoted(path.join(folder, 'socket'))}`,
    "-c listen_addresses=''",
    '-c max_connections=200',
    // What was acknowledged is on the disk.
    '-c fsync=on -c synchronous_commit=on -c full_page_writes=on',
    '-c wal_level=replica',
    '-c log_min_messages=warning',
  ].join(' ')
  const log = path.join(folder, 'data', 'server.log')
  const end = Date.now() + START_SECONDS * 1000
  for (;;) {
    const { failed, all } = await serverCommand(folder, owner, [
      'start',
      '-w',
      '-t',
      '20',
      '-l',
      log,
      '-o',
      options,
    ])
    // Somebody else may have started it in the same moment.
    if (
      !failed ||
      (await answers(
        `postgresql://${USER}@/postgres?host=${encodeURIComponent(path.join(folder, 'socket'))}`,
      ))
    )
      return await createDatabase(folder)
    if (Date.now() > end)
      throw new StoreError('start', `The database in ${folder} does not start: ${lastLines(log) || all}`)
    await sleep(200)
  }
}

/** Makes the server's files under another name first, so that a crash leaves nothing half-made. */
async function create(folder: string, owner: Owner | undefined): Promise<void> {
  const data = path.join(folder, 'data')
  if (fs.existsSync(path.join(data, 'PG_VERSION'))) return
  const fresh = path.join(folder, `data.${process.pid}`)
  fs.rmSync(fresh, { recursive: true, force: true })
  fs.mkdirSync(fresh, { mode: 0o700 })
  if (owner !== undefined) fs.chownSync(fresh, owner.uid, owner.gid)
  const { failed, all } = await execa(
    path.join(folder, 'server/bin/initdb'),
    ['-D', fresh, '-U', USER, '--auth=trust', '--encoding=UTF8', '--locale=C', '--data-checksums'],
    { ...owner, reject: false, all: true, cwd: '/', env: { LC_ALL: 'C' } },
  )
  if (failed) throw new StoreError('start', `The database in ${folder} cannot be made: ${all}`)
  try {
    fs.renameSync(fresh, data)
  } catch (error) {
    fs.rmSync(fresh, { recursive: true, force: true })
    if (!fs.existsSync(path.join(data, 'PG_VERSION'))) throw error
  }
}

async function createDatabase(folder: string): Promise<void> {
  const client = new pg.Client({ user: USER, database: 'postgres', host: path.join(folder, 'socket') })
  await client.connect()
  try {
    const { rowCount } = await client.query('select 1 from pg_database where datname = $1', [USER])
    if (rowCount === 0) await client.query(`create database ${USER}`)
  } catch (error) {
    const TAKEN = ['42P04', '23505']
    if (!TAKEN.includes((error as { code?: string }).code ?? '')) throw error
  } finally {
    await client.end()
  }
}

async function serverCommand(folder: string, owner: Owner | undefined, args: readonly string[]) {
  return await execa(
    path.join(folder, 'server/bin/pg_ctl'),
    ['-D', path.join(folder, 'data'), '-s', ...args],
    {
      ...owner,
      reject: false,
      all: true,
      cwd: '/',
      env: { LC_ALL: 'C' },
      // The server inherits what is open, and would keep our pipe.
      stdout: 'ignore',
      stderr: 'ignore',
      stdin: 'ignore',
    },
  )
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}

async function isUsed(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query(
      "select count(*)::int as others from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
    )
    return rows[0].others > 0
  } finally {
    await client.end().catch(() => {})
  }
}

/** Who the server runs as, where we are root: PostgreSQL's usual system user. */
async function ownerOf(folder: string): Promise<Owner | undefined> {
  if (process.getuid?.() !== 0) return undefined
  fs.mkdirSync(folder, { recursive: true })
  const found = await idsOf('postgres')
  if (found !== undefined) return found
  await execa('useradd', [
    '--system',
    '--user-group',
    '--no-create-home',
    '--shell',
    '/usr/sbin/nologin',
    'postgres',
  ])
  const made = await idsOf('postgres')
  if (made === undefined)
    throw new StoreError(
      'start',
      'There is no user "postgres", and none could be made: run as a normal user, or give DATABASE_URL',
    )
  return made
}

async function idsOf(user: string): Promise<Owner | undefined> {
  const line = fs
    .readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find(entry => entry.startsWith(`${user}:`))
  const [, , uid, gid] = line?.split(':') ?? []
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) }
}

/** Whether the server's user can come to its folder. */
async function checkReach(folder: string, owner: Owner): Promise<void> {
  const { failed } = await execa('test', ['-x', folder], { ...owner, reject: false, cwd: '/' })
  if (!failed) return
  const shut = path
    .resolve(folder)
    .split('/')
    .map((_, index, parts) => parts.slice(0, index + 1).join('/') || '/')
    .find(parent => (fs.statSync(parent).mode & 0o001) === 0)
  throw new StoreError(
    'start',
    `The database's user "postgres" cannot come to ${folder}, since ${shut ?? 'a folder above'} is closed to others: choose another data folder (ARETE_DATA), or "chmod o+x ${shut}"`,
  )
}

function lastLines(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8').trim().split('\n').slice(-5).join('\n') : ''
}

/** For the words of `pg_ctl -o`, which a shell takes apart. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", "'\\''")}'`
}
