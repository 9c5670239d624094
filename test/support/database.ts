import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { type Database, openDatabase } from '../../validator/store/database.ts'
import { type EmbeddedServer, startEmbedded } from '../../validator/store/embedded.ts'

/** One server for all tests of a process; it goes with the process. */
let server: Promise<EmbeddedServer & { readonly template: string }> | undefined

/** A new database with all tables and nothing in them. */
export async function freshDatabase(): Promise<Database> {
  server ??= startServer()
  const { url, template, folder } = await server
  const name = `test_${randomBytes(6).toString('hex')}`
  await query(url, `create database ${name} template ${template}`)
  const database = await openDatabase({ url: named(url, name), folder })
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await query(url, `drop database if exists ${name} with (force)`)
    },
  }
}

async function startServer(): Promise<EmbeddedServer & { readonly template: string }> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-test-db-'))
  fs.chmodSync(folder, 0o755)
  const started = await startEmbedded(folder)
  process.on('exit', () => {
    const [pid] = fs.readFileSync(path.join(folder, 'data/postmaster.pid'), 'utf8').split('\n')
    process.kill(Number(pid), 'SIGQUIT')
    fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  })
  const template = 'template_arete'
  await query(started.url, `create database ${template}`)
  await (await openDatabase({ url: named(started.url, template), folder }))[Symbol.asyncDispose]()
  return { ...started, template }
}

/** The same server, another database. */
export function named(url: string, name: string): string {
  return url.replace('@/arete?', `@/${name}?`)
}

async function query(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}
