import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { sql } from 'drizzle-orm'
import { backup } from '../../validator/store/backup.ts'
import { openBlobs } from '../../validator/store/blobs.ts'
import { type Database, openDatabase } from '../../validator/store/database.ts'
import { tell } from '../../validator/store/events.ts'
import { restore } from '../../validator/store/restore.ts'
import { buildLine, type Line } from './measure.ts'

const ENVIRONMENTS = 8
const AGENTS = 200

/** What the store does a second, and how long it takes with many receipts; on a server and a disk of its own. */
export async function measureStore({ rows, receipts }: { rows: number; receipts: number }): Promise<Line[]> {
  const place = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-bench-store-'))
  fs.chmodSync(place, 0o755)
  try {
    const folder = path.join(place, 'database')
    const lines: Line[] = []
    const opening = performance.now()
    const database = await openDatabase({ folder })
    try {
      lines.push(buildLine('store.created', performance.now() - opening, 'ms'))
      lines.push(await eventRate(database, rows, 1), await eventRate(database, rows, 16))
      await fill(database, receipts)
      lines.push(await time(`store.board-${receipts}`, () => database.db.execute(BOARD)))
      lines.push(await time(`store.one-of-${receipts}`, () => database.db.execute(ONE)))
      const blobs = await openBlobs({ kind: 'disk', folder: path.join(place, 'blobs') })
      const file = path.join(place, 'backup.tar.gz')
      const source = { database, blobs, folder, asTables: false, withBlobs: true }
      lines.push(await time(`store.backup-${receipts}`, () => backup(source, file, () => {})))
      lines.push(buildLine(`store.backup-${receipts}.size`, fs.statSync(file).size / 2 ** 20, 'MB'))
      const target = {
        folder: path.join(place, 'restored/database'),
        blobs: { kind: 'disk', folder: path.join(place, 'restored/blobs') },
      } as const
      lines.push(await time(`store.restore-${receipts}`, () => restore(target, file, () => {})))
    } finally {
      await database[Symbol.asyncDispose]()
    }
    const again = performance.now()
    await (await openDatabase({ folder }))[Symbol.asyncDispose]()
    lines.push(buildLine('store.opened-and-closed', performance.now() - again, 'ms'))
    return lines
  } finally {
    fs.rmSync(place, { recursive: true, force: true })
  }
}

/** A row of its own, and an event, in a transaction each. */
async function eventRate({ db }: Database, count: number, callers: number): Promise<Line> {
  const start = performance.now()
  const call = async (): Promise<void> => {
    for (let number = 0; number < count / callers; number++)
      await db.transaction(async tx => {
        await tx.execute(sql`insert into audit (by, act, subject) values ('bench', 'insert', 'row')`)
        await tell(tx, { kind: 'bench' })
      })
  }
  await Promise.all(Array.from({ length: callers }, call))
  return buildLine(`store.transactions-${callers}`, (count * 1000) / (performance.now() - start), '1/s')
}

/** Verdicts of many agents in some environments, as small as they may be. */
export async function fill({ db, pool }: Database, receipts: number): Promise<void> {
  const digest = sql`encode(sha256(n::text::bytea), 'hex')`
  await db.execute(sql`insert into tasks (digest, name, environment, pack, needs, splits)
    select ${digest}, 'task-' || n, 'environment-' || n % ${ENVIRONMENTS}, 'pack', '{}', true from generate_series(0, 999) n`)
  await db.execute(sql`insert into submissions (id, hotkey, coldkey, cluster, digest, manifest, envelope, block, index, state, stage, "window")
    select 'agent-' || n, 'h', 'c', 'c', ${digest}, '{}', '{}', n, 0, 'passed', 'full', 1 from generate_series(0, ${AGENTS - 1}::int) n`)
  await db.execute(sql`insert into attempts (id, submission, task, stage, draw, place, state, verdict)
    select 'attempt-' || n, 'agent-' || n % ${AGENTS}, encode(sha256((n / ${AGENTS} % 1000)::text::bytea), 'hex'),
           'full-' || n / ${AGENTS} / 1000, 'draw', n, 'judged', case when n % 3 = 0 then 'solved' else 'unsolved' end
      from generate_series(0, ${receipts - 1}::int) n`)
  await db.execute(sql`insert into receipts (subject, kind, attempt, body, sequence, digest)
    select 'attempt-' || n, 'verdict', 'attempt-' || n, jsonb_build_object('verdict', case when n % 3 = 0 then 'solved' else 'unsolved' end, 'detail', repeat('word ', 40)),
           n + 1, ${digest} from generate_series(0, ${receipts - 1}::int) n`)
  await pool.query('analyze')
}

const BOARD = sql`select attempts.submission, tasks.environment, count(*) as judged,
    count(*) filter (where attempts.verdict = 'solved') as solved
  from receipts join attempts on attempts.id = receipts.attempt join tasks on tasks.digest = attempts.task
  group by 1, 2`
const ONE = sql`select receipts.body from receipts join attempts on attempts.id = receipts.attempt
  where attempts.submission = 'agent-7' order by receipts.sequence desc limit 50`

async function time(name: string, act: () => Promise<unknown>): Promise<Line> {
  const start = performance.now()
  await act()
  return buildLine(name, performance.now() - start, 'ms')
}
