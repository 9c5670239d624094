import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, expect, test } from 'vitest'
import { randomOf } from '../../../validator/scoring/random.ts'
import { openDatabase } from '../../../validator/store/database.ts'
import { isAlive } from '../../../validator/store/machine-lock.ts'
import { audit, bans } from '../../../validator/store/schema.ts'

/** How often, for a night; the seed makes the moments the same again. */
const ROUNDS = Number(process.env.ARETE_KILL_ROUNDS ?? 20)
const SEED = Number(process.env.ARETE_KILL_SEED ?? randomBytes(4).readInt32LE())
const WRITERS = 4

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-test-kill-'))
fs.chmodSync(folder, 0o755)
afterAll(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

test(`a server that is killed ${ROUNDS} times loses nothing that it acknowledged, and halves nothing (seed ${SEED})`, {
  timeout: 60_000 + ROUNDS * 10_000,
}, async () => {
  await using database = await openDatabase({ folder })
  const random = randomOf(SEED)
  const acknowledged = new Set<string>()
  let isOver = false
  const write = async (writer: number): Promise<void> => {
    for (let number = 0; !isOver; number++) {
      const key = `${writer}-${number}`
      try {
        await database.db.transaction(async tx => {
          await tx.insert(bans).values({ key, reason: 'r', by: 'b' })
          await tx.insert(audit).values({ by: 'b', act: 'ban', subject: key })
        })
        acknowledged.add(key)
      } catch {
        // Whether it counts nobody knows; that it was done in one piece, we look at below.
      }
    }
  }
  const untilMore = async (): Promise<void> => {
    const before = acknowledged.size
    while (acknowledged.size < before + 2 * WRITERS) await sleep(5)
  }
  const writing = Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))

  try {
    for (let round = 0; round < ROUNDS; round++) {
      await untilMore()
      await sleep(random() * 100)
      await killServer()
    }
    await untilMore()
  } finally {
    isOver = true
    await writing
  }

  const keys = (await database.db.select({ key: bans.key }).from(bans)).map(({ key }) => key)
  const subjects = (await database.db.select({ subject: audit.subject }).from(audit)).map(one => one.subject)
  const kept = new Set(keys)
  expect([...acknowledged].filter(key => !kept.has(key))).toEqual([])
  expect(subjects.toSorted()).toEqual(keys.toSorted())
  expect(acknowledged.size).toBeGreaterThan(ROUNDS * WRITERS)
})

/** Its backends go on until they wait for something; so long it is not the next server. */
async function killServer(): Promise<void> {
  for (;;) {
    const pid = readPid()
    if (pid !== undefined && isAlive(pid)) return void process.kill(pid, 'SIGKILL')
    await sleep(5)
  }
}

function readPid(): number | undefined {
  try {
    return Number.parseInt(fs.readFileSync(path.join(folder, 'data/postmaster.pid'), 'utf8'), 10)
  } catch {
    return undefined
  }
}
