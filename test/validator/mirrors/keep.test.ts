import fs from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fetchMirror } from '../../../validator/mirrors/fetch.ts'
import { findMirrors, keepMirror } from '../../../validator/mirrors/keep.ts'
import { OperatorError, readAudit } from '../../../validator/operating/operate.ts'
import { freshDatabase } from '../../support/database.ts'
import { makeFolder } from '../../support/folder.ts'

let database: Awaited<ReturnType<typeof freshDatabase>>
beforeAll(async () => {
  database = await freshDatabase()
}, 60_000)
afterAll(async () => {
  await database[Symbol.asyncDispose]()
})

const agents = (score: number): Buffer => Buffer.from(JSON.stringify([{ name: 'fixer', score }]))
const keep = (bytes: Buffer, origin = 'top.json') => keepMirror(database, { source: 'ridges', origin, bytes })

test('the newest of a source is shown, with where and when it was read, and each import is in the audit log', async () => {
  const first = await keep(agents(0.1))
  const second = await keep(agents(0.2))
  expect(await findMirrors(database.db)).toMatchObject([
    { digest: second.digest, board: { entries: [{ score: 0.2 }] } },
  ])

  await keep(agents(0.1), 'again.json')

  expect(await findMirrors(database.db)).toMatchObject([
    { source: 'ridges', digest: first.digest, origin: 'again.json' },
  ])
  const audit = await readAudit(database, 10)
  expect(audit.map(({ act, subject }) => `${act} ${subject}`)).toEqual(Array(3).fill('mirror ridges'))
  expect(audit[0]!.detail).toEqual({ origin: 'again.json', digest: first.digest, entries: 1 })
})

test('what cannot be read leaves no trace', async () => {
  const before = await readAudit(database, 100)

  await expect(keep(Buffer.from('{"scores": 1}'))).rejects.toThrow(OperatorError)
  expect(await readAudit(database, 100)).toEqual(before)
})

test('a file is read up to a bound, and one that is not there is named', async () => {
  const folder = makeFolder({ 'a.json': '[]' })
  fs.truncateSync(path.join(folder, 'a.json'), 9 * 2 ** 20)

  await expect(fetchMirror(path.join(folder, 'a.json'))).rejects.toThrow(/it has 9437184 bytes/)
  await expect(fetchMirror(path.join(folder, 'b.json'))).rejects.toThrow(/b\.json: ENOENT$/)
})
