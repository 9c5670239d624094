import { randomBytes } from 'node:crypto'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { eq, inArray } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { processName } from '../../sandbox/owner.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { randomOf } from '../../validator/scoring/random.ts'
import { type Database, openDatabase } from '../../validator/store/database.ts'
import { attempts, faults, submissions, tasks } from '../../validator/store/schema.ts'
import { serverUrl } from '../../validator/store/server.ts'
import { findLeft, findMistakes, findOpen, listThings } from '../support/aftermath.ts'
import { ARENA_TASKS, type Arena, openArena, submit } from '../support/killing.ts'
import { whyNoOwnEngine } from '../support/own-engine.ts'
import { ended, knowingPack, openScene, startWorker, until, workerNamed } from '../support/validator.ts'

/** How often, for a night; the seed makes the order and the pauses the same again, not what they fall upon. */
const KILLS = Number(process.env.ARETE_KILLS ?? 6)
const SEED = Number(process.env.ARETE_KILL_SEED ?? randomBytes(4).readUInt32LE())
/** Milliseconds between two kills: now shorter, now longer than what was killed takes to come back. */
const MOST_PAUSE = 5000
/** An attempt that was taken from its workers so often is void: that is the only ending that kills may change. */
const MOST_LOSSES = 3
/** An engine that is back before anybody asks whether it is there has only failed. */
const LOSSES = ['lease-lost', 'engine-hangs', 'engine-gone', 'engine-failed', 'sandbox-lost']
const TASK_NAMES = ARENA_TASKS.map(folder => loadHarborTask(folder, {}).name)
const VICTIMS = ['validator', 'worker', 'database', 'engine'] as const

const why = whyNoOwnEngine()
if (why !== undefined) console.warn(`Not tested: a validator whose parts are killed; ${why}`)

describe.skipIf(why)('a validator whose parts are killed', () => {
  let arena: Arena
  const story: string[] = []
  const tell = (): string =>
    `Seed ${SEED}: ${story.join('; ')}\n${arena.validator.said().slice(-6000)}\n${arena.worker.said().slice(-6000)}`

  beforeAll(async () => {
    arena = await openArena()
  }, 300_000)
  const before = { ...process.env }
  afterAll(async () => {
    process.env = before
    await arena?.[Symbol.asyncDispose]()
  })

  test(`judges each attempt once, as if nobody had been killed (${KILLS} times, seed ${SEED})`, {
    timeout: 400_000 + KILLS * 40_000,
  }, async () => {
    const handed = await killOften(arena, story)
    {
      await using database = await openDatabase(address(arena))
      await untilDecided(database, tell)
    }
    const codes = [await arena.worker.stop(), await arena.validator.stop()]
    const left = await findLeft(arena)
    await using database = await openDatabase({ folder: path.join(arena.data, 'database') })

    expect(codes, tell()).toEqual([0, 0])
    expect([...arena.validator.surprises, ...arena.worker.surprises], tell()).toEqual([])
    const { found, wanted } = await findVerdicts(database, handed)
    expect(found, tell()).toEqual(wanted)
    expect(await findMistakes(database), tell()).toEqual([])
    expect(await findOpen(database), tell()).toEqual([])
    expect(left, tell()).toEqual([])
  })

  test('an engine that hangs loses nothing: attempts are handed back, which is written down, and made once it answers', {
    timeout: 300_000,
  }, async () => {
    process.env.DOCKER_HOST = arena.engine.host
    process.env.ARETE_CACHE = arena.cache
    const lines: string[] = []
    const says = (text: string) =>
      until(
        async () => lines.some(line => line.includes(text)) || undefined,
        90,
        () => lines.join('\n'),
      )
    await using scene = await openScene({
      rules: { screen: { tasks: 0 }, full: { tasks: 0 } },
      draw: { tasks: ARENA_TASKS, count: 2 },
    })
    {
      await using _ = await startWorker(scene, workerNamed('one'), { lines, hangSeconds: 3 })
      const id = await scene.submit('ann', await knowingPack(ARENA_TASKS, { before: 'time.sleep(2)' }))
      await says('begun')
      {
        using _paused = arena.engine.pause()
        await says('handed back')
        await says('waits for its container engine')
      }
      await ended(scene, id, lines)
    }

    const [row] = await scene.database.db.select().from(attempts)
    expect([row!.state, row!.verdict, row!.faults]).toEqual(['judged', 'solved', 1])
    expect(await scene.database.db.select().from(faults)).toMatchObject([
      { worker: 'one', kind: 'harness', code: 'engine-hangs', evidence: { engine: { answers: false } } },
    ])
    // Whether the arena still works on it is its own affair.
    const mine = (await listThings(arena)).filter(({ labels }) => labels['arete.owner'] === processName())
    expect(mine).toEqual([])
  })

  test('an attempt under which the engine goes away time and again is void in the end, for nobody else', {
    timeout: 300_000,
  }, async () => {
    process.env.DOCKER_HOST = arena.engine.host
    process.env.ARETE_CACHE = arena.cache
    const lines: string[] = []
    await using scene = await openScene({
      rules: { screen: { tasks: 0 }, full: { tasks: 0 } },
      draw: { tasks: ARENA_TASKS, count: 2 },
    })
    await using _ = await startWorker(scene, workerNamed('one'), { lines })
    const id = await scene.submit('ann', await knowingPack(ARENA_TASKS, { before: 'time.sleep(5)' }))
    const { db } = scene.database
    const isWorking = async () => (await db.$count(attempts, eq(attempts.state, 'working'))) > 0
    const story = () => lines.join('\n')
    // What was not under way yet is handed back without a fault.
    while ((await db.$count(faults)) < 3) {
      await until(async () => (await isWorking()) || undefined, 90, story)
      await sleep(2000)
      arena.engine.kill()
      await until(async () => !(await isWorking()) || undefined, 90, story)
    }
    await ended(scene, id, lines)

    const [row] = await db.select().from(attempts)
    expect(row).toMatchObject({ state: 'voided', reason: 'void-attempt', verdict: null, faults: 3 })
    const evidence = { engine: { answers: false } }
    expect(await db.select().from(faults)).toMatchObject(
      [1, 2, 3].map(() => ({ worker: 'one', kind: 'harness', code: 'engine-gone', evidence })),
    )
  })
})

/** Names of the tasks that an agent knows, by the id of its submission. */
type Handed = ReadonlyMap<string, ReadonlySet<string>>

async function killOften(arena: Arena, story: string[]): Promise<Handed> {
  const random = randomOf(SEED)
  const start = performance.now()
  const submitting: Promise<[string, ReadonlySet<string>]>[] = []
  const handInOne = async (): Promise<void> => {
    const number = submitting.length
    const count = (number + 1) % (ARENA_TASKS.length + 1)
    const pack = await knowingPack(ARENA_TASKS.slice(0, count), {
      word: `number ${number}`,
      before: 'time.sleep(0.5)',
    })
    const one = submit(arena.url, `miner ${number}`, pack).then((id): [string, ReadonlySet<string>] => [
      id,
      new Set(TASK_NAMES.slice(0, count)),
    ])
    one.catch(() => {})
    submitting.push(one)
  }
  await handInOne()
  await handInOne()
  for (let number = 0; number < KILLS; number++) {
    const victim = VICTIMS[Math.floor(random() * VICTIMS.length)]!
    const pause = random() * MOST_PAUSE
    if (number % 2 === 0) await handInOne()
    await sleep(pause)
    story.push(`${((performance.now() - start) / 1000).toFixed(1)} s ${victim}`)
    kill(arena, victim)
  }
  return new Map(await Promise.all(submitting))
}

function kill(arena: Arena, victim: (typeof VICTIMS)[number]): void {
  switch (victim) {
    case 'validator':
    case 'worker':
    case 'engine':
      arena[victim].kill()
      break
    case 'database':
      arena.killDatabase()
      break
  }
}

function address({ data }: Arena) {
  const folder = path.join(data, 'database')
  return { folder, url: serverUrl(folder), patience: 60_000 }
}

/** Until there is nothing left to be done for anybody. */
async function untilDecided({ db, pool }: Database, tell: () => string): Promise<void> {
  await until(
    async () => {
      const open = await db.$count(submissions, inArray(submissions.state, ['queued', 'working']))
      const { rows } = await pool.query(
        `select (select count(*) from pgboss.job where state < 'completed')::int + (select count(*) from receipts where sequence is null)::int as jobs`,
      )
      return open + rows[0].jobs === 0 ? true : undefined
    },
    240 + KILLS * 10,
    tell,
  )
}

/** What became of each attempt, and what should have: what a run without kills gives, or void if it was lost too often. */
async function findVerdicts(
  { db }: Database,
  handed: Handed,
): Promise<{ found: string[]; wanted: string[] }> {
  const names = new Map((await db.select().from(tasks)).map(({ digest, name }) => [digest, name]))
  const rows = await db.select().from(attempts)
  const lost = (await db.select().from(faults)).filter(({ code }) => LOSSES.includes(code))
  const isLost = ({ id }: (typeof rows)[number]): boolean => {
    const own = lost.filter(({ attempt }) => attempt === id)
    // Who was killed before he had written down that he took it is counted by the queue alone.
    const counted = own.map(({ evidence }) => Number((evidence as { losses?: number }).losses ?? 0))
    return own.length >= MOST_LOSSES || Math.max(0, ...counted) >= MOST_LOSSES
  }
  const isVoid = (row: (typeof rows)[number]): boolean =>
    row.state === 'voided' &&
    // Two who could not be judged on a task make it void for all.
    (row.reason === 'void-task' ? rows.some(one => one.task === row.task && isLost(one)) : isLost(row))
  const line = (...parts: readonly unknown[]): string => parts.join(' ')
  const found = rows.map(({ submission, stage, task, state, verdict, reason }) =>
    line(submission, stage, names.get(task), state, verdict, reason),
  )
  const wanted = [...handed].flatMap(([submission, known]) => {
    const own = rows.filter(row => row.submission === submission)
    const at = (stage: string, name: string | undefined): string => {
      const row = own.find(one => one.stage === stage && names.get(one.task) === name)
      if (row !== undefined && isVoid(row))
        return line(submission, stage, name, 'voided', row.verdict, row.reason)
      return line(
        submission,
        stage,
        name,
        known.has(name!) ? 'judged solved tests-passed' : 'judged unsolved no-patch',
      )
    }
    const smoke = own.find(({ stage }) => stage === 'smoke')
    const first = at('smoke', smoke && names.get(smoke.task))
    return smoke !== undefined && isVoid(smoke)
      ? [first]
      : [first, ...TASK_NAMES.map(name => at('full', name))]
  })
  return { found: found.toSorted(), wanted: wanted.toSorted() }
}
