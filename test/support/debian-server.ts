import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'

const PROGRAMS = '/usr/lib/postgresql'

/** Programs of the machine's own PostgreSQL packages, the newest; undefined if there are none. */
export function findPrograms(): string | undefined {
  const versions = fs.existsSync(PROGRAMS) ? fs.readdirSync(PROGRAMS) : []
  const [newest] = versions
    .filter(version => fs.existsSync(path.join(PROGRAMS, version, 'bin/postgres')))
    .sort((one, other) => Number(other) - Number(one))
  return newest === undefined ? undefined : path.join(PROGRAMS, newest, 'bin')
}

/** An ordinary server in a folder of its own, with a password, on a port of 127.0.0.1. */
export interface OrdinaryServer extends Disposable {
  readonly urlOf: (database: string) => string
  readonly create: (database: string, options?: string) => void
}

/** Starts it as PostgreSQL's system user where we are root, which it refuses to be. */
export function openOrdinaryServer(programs: string): OrdinaryServer {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-pg-'))
  const port = 20_000 + (process.pid % 40_000)
  const user =
    process.getuid?.() === 0
      ? {
          uid: Number(execFileSync('id', ['-u', 'postgres'])),
          gid: Number(execFileSync('id', ['-g', 'postgres'])),
        }
      : undefined
  if (user !== undefined) fs.chownSync(folder, user.uid, user.gid)
  const data = path.join(folder, 'data')
  const run = (program: string, args: readonly string[], stdio: 'pipe' | 'ignore' = 'pipe') =>
    execFileSync(path.join(programs, program), args, { ...user, cwd: '/', stdio })
  fs.writeFileSync(path.join(folder, 'password'), 'of the test\n')
  run('initdb', [
    '-D',
    data,
    '-U',
    'tester',
    '-A',
    'scram-sha-256',
    '--pwfile',
    path.join(folder, 'password'),
    '-E',
    'UTF8',
  ])
  const options = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories='' -c fsync=off`
  run('pg_ctl', ['-D', data, '-s', '-w', '-l', path.join(folder, 'log'), '-o', options, 'start'], 'ignore')
  const urlOf = (database: string): string =>
    `postgresql://tester:${encodeURIComponent('of the test')}@127.0.0.1:${port}/${database}`
  return {
    urlOf,
    create: (database, options = '') =>
      void execFileSync(path.join(programs, 'psql'), [
        urlOf('postgres'),
        '-qc',
        `create database ${database} ${options}`,
      ]),
    [Symbol.dispose]() {
      run('pg_ctl', ['-D', data, '-s', '-w', '-m', 'immediate', 'stop'], 'ignore')
      fs.rmSync(folder, { recursive: true, force: true })
    },
  }
}
