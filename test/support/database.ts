import { randomBytes } from 'node:crypto'
import { type Database, openDatabase } from '../../validator/store/database.ts'
import { serverUrl } from '../../validator/store/server.ts'
import { query, sharedServer } from './database-server.ts'

/** A new database with all tables and nothing in them. */
export async function freshDatabase(): Promise<Database> {
  const { url, folder, template } = await sharedServer()
  const name = `test_${randomBytes(6).toString('hex')}`
  await query(url, `create database ${name} template ${template}`)
  const database = await openDatabase({ url: serverUrl(folder, name), folder })
  return {
    ...database,
    async [Symbol.asyncDispose]() {
      await database[Symbol.asyncDispose]()
      await query(url, `drop database if exists ${name} with (force)`)
    },
  }
}
