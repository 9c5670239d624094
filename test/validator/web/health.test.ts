import fs from 'node:fs'
import { expect, test, vi } from 'vitest'
import type { Chain } from '../../../validator/chain/chain.ts'
import {
  checkChain,
  checkDatabase,
  checkDisk,
  checkEngine,
  checkQueue,
  findHealth,
} from '../../../validator/web/health.ts'
import { freshDatabase } from '../../support/database.ts'
import { openService } from '../../support/service.ts'

const NOW = new Date('2026-06-01T12:00:00Z')
const well = { name: 'well', find: async () => undefined }

function chainAt(time: string): Chain {
  return { head: async () => ({ number: 7, hash: '0x', time: new Date(time) }) } as Chain
}

test('each cause turns it red by its own name, and the others stay green', async () => {
  await using database = await freshDatabase()
  vi.spyOn(fs.promises, 'statfs').mockResolvedValue({ bavail: 100, bsize: 4096 } as never)
  const bad = [
    checkQueue(database.db),
    checkDisk('/data'),
    checkChain(chainAt('2026-06-01T11:57:59Z'), () => NOW),
    checkEngine(async () => {
      throw new Error('nobody answers on the socket')
    }),
  ]
  for (const one of bad) {
    const { ok, checks } = await findHealth([well, one])
    expect(ok).toBe(false)
    expect(checks[0]).toEqual({ name: 'well', ok: true, detail: 'well' })
    expect(checks[1]).toMatchObject({ name: one.name, ok: false })
  }
  const { checks } = await findHealth(bad)
  expect(checks.map(({ detail }) => detail)).toEqual([
    expect.stringContaining('pgboss.version'),
    '0 MB are free in /data; 1024 are needed',
    'its head, block 7, is 121 s old',
    'nobody answers on the socket',
  ])
})

test('a database that is gone, and one that hangs', async () => {
  const database = await freshDatabase()
  expect((await findHealth([checkDatabase(database.db)])).ok).toBe(true)
  await database[Symbol.asyncDispose]()
  expect((await findHealth([checkDatabase(database.db)])).ok).toBe(false)

  vi.useFakeTimers()
  const hanging = findHealth([{ name: 'database', find: () => new Promise(() => {}) }])
  await vi.advanceTimersByTimeAsync(3000)
  vi.useRealTimers()
  expect((await hanging).checks[0]).toMatchObject({ ok: false, detail: 'no answer within 3 s' })
})

test('a process that is about to go is alive and not ready', async () => {
  await using service = await openService()
  const statusOf = async (path: string) => (await fetch(`${service.url}${path}`)).status

  expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 200])
  service.stop()
  expect([await statusOf('/healthz'), await statusOf('/readyz')]).toEqual([200, 503])
})

test('the head of a chain may be ten blocks old', async () => {
  const check = checkChain(chainAt('2026-06-01T11:58:00Z'), () => NOW)
  expect((await findHealth([check])).ok).toBe(true)
})
