import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { openDatabase } from '../../validator/store/database.ts'
import { isAlive, lockFolder } from '../../validator/store/machine-lock.ts'
import { serverUrl, startServer, stopServer } from '../../validator/store/server.ts'

const VARIABLE = 'ARETE_TEST_DATABASES'
const NAME = /^arete-test-db-(\d+)$/
const TEMPLATE = 'template_arete'

/** A server that all tests of a run share: whoever needs it first starts it. Called by vitest, before the first test. */
export async function setup(): Promise<void> {
  for (const name of fs.readdirSync(os.tmpdir())) {
    const pid = NAME.exec(name)?.[1]
    if (pid !== undefined && !isAlive(Number(pid))) await remove(path.join(os.tmpdir(), name))
  }
  process.env[VARIABLE] = folderOf(process.pid)
}

/** Called by vitest, after the last test. */
export async function teardown(): Promise<void> {
  await remove(folderOf(process.pid))
}

/** Starts the server, or joins it, and makes a database with all tables to copy from. @returns its URL and the template's name */
export async function sharedServer(): Promise<{ url: string; folder: string; template: string }> {
  const folder = process.env[VARIABLE] ?? ownFolder()
  fs.mkdirSync(folder, { recursive: true })
  fs.chmodSync(folder, 0o755)
  using _ = await lockFolder(folder)
  await startServer(folder)
  const url = serverUrl(folder)
  if (!fs.existsSync(path.join(folder, 'template'))) {
    await query(url, `drop database if exists ${TEMPLATE}`)
    await query(url, `create database ${TEMPLATE}`)
    await (await openDatabase({ url: serverUrl(folder, TEMPLATE), folder }))[Symbol.asyncDispose]()
    fs.writeFileSync(path.join(folder, 'template'), '')
  }
  return { url, folder, template: TEMPLATE }
}

export async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

function folderOf(pid: number): string {
  return path.join(os.tmpdir(), `arete-test-db-${pid}`)
}

/** Outside of vitest: it goes with the process. */
function ownFolder(): string {
  const folder = folderOf(process.pid)
  process.env[VARIABLE] = folder
  process.on('exit', () => {
    const [pid] = fs.readFileSync(path.join(folder, 'data/postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(pid), 'SIGQUIT')
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  return folder
}

async function remove(folder: string): Promise<void> {
  if (fs.existsSync(path.join(folder, 'data'))) await stopServer(folder)
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
}
