import { and, asc, eq } from 'drizzle-orm'
import { describe, expect, test } from 'vitest'
import { digestValue } from '../../../validator/intake/signature.ts'
import { notarise } from '../../../validator/receipts/notary.ts'
import { checkChain, Receipt } from '../../../validator/receipts/receipt.ts'
import { replay } from '../../../validator/receipts/replay.ts'
import { settle } from '../../../validator/settle.ts'
import { readEvents } from '../../../validator/store/events.ts'
import {
  attempts,
  receipts,
  reigns,
  settlements,
  submissions,
  suspicions,
} from '../../../validator/store/schema.ts'
import { signerNamed } from '../../support/miner.ts'
import { openSteps, type Steps } from '../../support/steps.ts'

const RULES = { screen: { tasks: 0 }, full: { share: 0, scored: true } }
const TASKS = Array.from({ length: 12 }, () => 'a')

type Solves = (submission: string, stage: string) => boolean

/** Judges whatever there is, until nobody has anything to do. */
async function play(steps: Steps, solves: Solves): Promise<void> {
  for (let claimed = await steps.take(); claimed !== undefined; claimed = await steps.take()) {
    const { submission, attempt } = claimed
    await steps.judge(claimed, solves(submission.id, attempt.stage) ? 'solved' : 'unsolved')
    await advanceAll(steps)
  }
}

async function advanceAll(steps: Steps): Promise<void> {
  const open = await steps.database.db
    .select({ id: submissions.id })
    .from(submissions)
    .orderBy(asc(submissions.block))
  for (const { id } of open) await steps.advance(id)
}

async function enterAll(steps: Steps, ids: readonly string[], from = 700): Promise<void> {
  for (const [index, id] of ids.entries()) {
    await steps.enter(id, { block: from + index })
    await steps.advance(id)
  }
}

/** A window in which one agent stood alone, and is champion. */
async function openReign(): Promise<Steps> {
  const steps = await openSteps({ rules: RULES, environments: TASKS })
  await enterAll(steps, ['first'])
  await play(steps, () => false)
  await steps.database.db.insert(reigns).values({ submission: 'first', block: 1, draw: null, credit: 0 })
  return steps
}

const reasonsOf = async (steps: Steps, id: string) =>
  (await steps.database.db.select().from(submissions).where(eq(submissions.id, id)))[0]!.reasons as {
    code: string
    message: string
  }[]
const champions = async (steps: Steps) =>
  (await steps.database.db.select().from(reigns).orderBy(asc(reigns.number))).map(
    ({ submission }) => submission,
  )

describe('a challenger meets the champion', () => {
  test('before there is one, everybody who was judged in full passes', async () => {
    await using steps = await openSteps({ rules: RULES, environments: TASKS })
    await enterAll(steps, ['first', 'second'])
    await play(steps, () => true)

    expect(await steps.stateOf('first')).toBe('passed full')
    expect(await steps.stateOf('second')).toBe('passed full')
    expect(await champions(steps)).toEqual([])
  })

  test('who does not seem better costs no duel', async () => {
    await using steps = await openReign()
    await enterAll(steps, ['equal'], 800)
    await play(steps, () => false)

    expect(await steps.stateOf('equal')).toBe('passed full')
    expect((await reasonsOf(steps, 'equal'))[0]!.code).toBe('no-duel')
  })

  test('a clear winner is champion early, on a draw of its own that both worked on; what is not needed is not done', async () => {
    await using steps = await openReign()
    await enterAll(steps, ['better'], 800)
    await play(steps, id => id === 'better')

    expect(await steps.stateOf('better')).toBe('passed confirmation')
    expect(await champions(steps)).toEqual(['first', 'better'])
    const [reason] = await reasonsOf(steps, 'better')
    expect(reason).toMatchObject({ code: 'duel-won' })
    expect(reason!.message).toMatch(/^It is champion: \+100\.0 points over \d+ rounds/)
    const rounds = Number(/over (\d+) rounds/.exec(reason!.message)![1])
    expect(rounds).toBeLessThan(12)
    const made = [...(await steps.attemptsOf('first')), ...(await steps.attemptsOf('better'))]
    expect(made).toContain('confirmation skipped')
    expect((await readEvents(steps.database.db, { after: 0 })).map(({ kind }) => kind)).toContain('crowned')
  })

  test('luck on the shared tasks does not last: it loses its duel, and stays on the board', async () => {
    await using steps = await openReign()
    await enterAll(steps, ['lucky'], 800)
    await play(steps, (id, stage) => id === 'lucky' && stage !== 'confirmation')

    expect(await steps.stateOf('lucky')).toBe('passed confirmation')
    expect(await champions(steps)).toEqual(['first'])
    expect((await reasonsOf(steps, 'lucky'))[0]).toMatchObject({ code: 'duel-lost' })
  })

  test('one duel at a time, the earliest first, each against who is champion by then', async () => {
    await using steps = await openReign()
    await enterAll(steps, ['later', 'better'], 800)
    await steps.database.db.update(submissions).set({ block: 790 }).where(eq(submissions.id, 'better'))
    const duelling = new Set<number>()
    const solves: Solves = id => id === 'later' || id === 'better'
    for (let claimed = await steps.take(); claimed !== undefined; claimed = await steps.take()) {
      await steps.judge(claimed, solves(claimed.submission.id, '') ? 'solved' : 'unsolved')
      await advanceAll(steps)
      const rows = await steps.database.db.select().from(submissions)
      duelling.add(rows.filter(({ state, stage }) => state === 'working' && stage === 'confirmation').length)
    }

    expect(Math.max(...duelling)).toBe(1)
    expect((await champions(steps)).length).toBe(2)
    const codes = [...(await reasonsOf(steps, 'better')), ...(await reasonsOf(steps, 'later'))].map(
      ({ code }) => code,
    )
    // Two that are equal: the second has nothing to win against the first.
    expect(codes.sort()).toEqual(['duel-won', 'no-duel'])
  })

  test('who may be a copy has to beat its origin by more than others, beside the champion', async () => {
    await using steps = await openReign()
    await enterAll(steps, ['source'], 800)
    await play(steps, () => false)
    await steps.enter('copy', { block: 900 })
    await steps.database.db
      .insert(suspicions)
      .values({ submission: 'copy', origin: 'source', reason: 'the same code', quantile: 0.99 })
    await steps.advance('copy')
    await play(steps, id => id === 'copy')

    const [row] = await steps.database.db
      .select({ body: receipts.body })
      .from(receipts)
      .where(and(eq(receipts.kind, 'draw'), eq(receipts.subject, 'confirmation')))
    expect(row!.body).toMatchObject({
      against: [
        { submission: 'first', isOrigin: false },
        { submission: 'source', isOrigin: true },
      ],
    })
    expect(await steps.stateOf('copy')).toBe('passed confirmation')
    expect((await steps.attemptsOf('source')).some(line => line.startsWith('confirmation'))).toBe(true)
  })

  test('a duel of which too much became void is neither won nor lost', async () => {
    await using steps = await openReign()
    await enterAll(steps, ['better'], 800)
    for (let claimed = await steps.take(); claimed !== undefined; claimed = await steps.take()) {
      const { attempt, submission } = claimed
      await steps.judge(claimed, submission.id === 'better' ? 'solved' : 'unsolved')
      if (attempt.stage === 'confirmation' && submission.id === 'first')
        await steps.database.db.update(attempts).set({ state: 'voided' }).where(eq(attempts.id, attempt.id))
      await advanceAll(steps)
    }

    expect((await reasonsOf(steps, 'better'))[0]).toMatchObject({ code: 'duel-void' })
    expect(await champions(steps)).toEqual(['first'])
  })
})

describe('a season out of receipts', () => {
  test('duel, board and weights follow from them, byte for byte', async () => {
    await using steps = await openSteps({ rules: RULES, environments: TASKS })
    const { database, jobs } = steps
    const signer = await signerNamed('validator')
    const uids = { 'hot-first': 3, 'hot-better': 5 }
    const close = async (window: number) => {
      await notarise(database, signer)
      const done = await database.db.transaction(tx =>
        settle(tx, window, { jobs, block: 7200 * window, uids }, 0.02),
      )
      await notarise(database, signer)
      return done
    }
    await enterAll(steps, ['first'])
    await play(steps, () => false)
    expect(await close(7)).toMatchObject({ kind: 'settled', scores: 1 })
    await steps.openWindow(8)
    await enterAll(steps, ['better'], 800)
    await play(steps, id => id === 'better')
    expect(await close(8)).toMatchObject({ kind: 'settled', scores: 2 })

    const rows = await database.db.select().from(receipts).orderBy(asc(receipts.sequence))
    const chain = rows.map(({ body, sequence, previous, digest, signer, signature }) =>
      Receipt.parse({ body, sequence, previous, digest, signer, signature }),
    )
    const season = replay(chain)
    const settled = await database.db.select().from(settlements).orderBy(asc(settlements.window))

    expect(checkChain(chain)).toEqual([])
    expect(season.mistakes).toEqual([])
    expect(season.reigns.map(({ submission }) => submission)).toEqual(['first', 'better'])
    expect(season.settlements.map(({ standings }) => digestValue(standings))).toEqual(
      settled.map(({ standings }) => digestValue(standings)),
    )
    expect(season.settlements.at(-1)!.claimed.weights).toEqual([[5, 65_535]])
  })
})
