import { asc, eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { MEASURED } from '../../../validator/copies/measured.ts'
import { packFiles } from '../../../validator/intake/pack.ts'
import { likenessIn } from '../../../validator/pages/season-agent.ts'
import { notarise } from '../../../validator/receipts/notary.ts'
import { Receipt } from '../../../validator/receipts/receipt.ts'
import { replay } from '../../../validator/receipts/replay.ts'
import { rulesOf } from '../../../validator/scoring/season/bouts.ts'
import { BlobError } from '../../../validator/store/blob-error.ts'
import { attempts, receipts, reigns, suspicions } from '../../../validator/store/schema.ts'
import { comparePatchesNext } from '../../../validator/suspects/suspect-patches.ts'
import { signerNamed } from '../../support/miner.ts'
import { digestOf } from '../../support/pool.ts'
import { openSteps } from '../../support/steps.ts'

const TASKS = Array.from({ length: 16 }, () => 'a')
const RULES = { screen: { tasks: 0 }, full: { share: 0, scored: true } }

test('who does at the same tasks what the champion did has to beat it by the margin, though no code is alike', async () => {
  await using season = await openSeason()

  await season.challenge('copy', 'champion')

  expect(await season.suspicionOf('copy')).toMatchObject({
    origin: 'champion',
    quantile: 0.995,
    measures: { patches: expect.closeTo(0.64, 1), sameCode: false, jaccard: 0, prompts: 0 },
    reason: expect.stringMatching(/^patches of both are alike by 6\d % at least/),
  })
  const { draws, entries, mistakes } = await season.replayed()
  const draw = draws.get('confirmation')!
  expect(mistakes).toEqual([])
  expect(draw.against).toEqual([
    { submission: 'champion', isOrigin: true, reason: expect.stringMatching(/^patches of both/) },
  ])
  expect(rulesOf(draw, draw.against[0]!.isOrigin).handicap).toBe(0.03)
  // The entry was signed before anybody could know; the page learns it from the draw.
  expect(entries.get('copy')!.origin).toBeNull()
  const now = { season: await season.replayed(), open: [] }
  expect(likenessIn(now, 'copy').origin).toMatchObject({ submission: 'champion' })
  expect(likenessIn(now, 'champion').copies).toMatchObject([{ submission: 'copy' }])
})

test('who solves the same tasks in another way, or in the way of the reference solution, is nobody’s copy', async () => {
  for (const style of ['stranger', 'reference']) {
    await using season = await openSeason(style === 'reference' ? 'reference' : 'champion')

    await season.challenge('honest', style)

    expect(await season.suspicionOf('honest')).toMatchObject({ origin: null, patched: expect.any(Date) })
    const { draws } = await season.replayed()
    expect(draws.get('confirmation')!.against).toEqual([{ submission: 'champion', isOrigin: false }])
  }
})

test('an earlier origin, by code, stays; and a lost patch holds nobody up', async () => {
  await using season = await openSeason()
  await season.steps.enter('source', { block: 600 })

  await season.challenge('copy', 'champion', { origin: 'source', lost: true })

  expect(await season.suspicionOf('copy')).toMatchObject({ origin: 'source', reason: 'the same code' })
})

/** A champion that solved most of a window, and bytes for what was left behind. */
async function openSeason(style = 'champion') {
  const steps = await openSteps({ rules: RULES, environments: TASKS, compares: true })
  const { db } = steps.database
  const blobs = new Map<string, Buffer>()
  const solution = {
    path: 'solution/fix.patch',
    executable: false,
    content: Buffer.from(diffOf('reference')),
  }
  blobs.set(digestOf('pack'), await packFiles([solution]))
  const context = {
    database: steps.database,
    blobs: {
      get: async (digest: string) =>
        blobs.get(digest) ?? Promise.reject(new BlobError('missing', `${digest} is not there`)),
    },
    ...{ jobs: steps.jobs, quantiles: MEASURED, common: async () => [] },
    take: async () => ({ kind: 'unreadable' as const, why: 'never asked' }),
  }
  const play = async (id: string, styleNow: string, most: number): Promise<void> => {
    let solved = 0
    for (let claimed = await steps.take(); claimed !== undefined; claimed = await steps.take()) {
      const isSolved = claimed.submission.id === id && claimed.attempt.stage === 'full' && solved++ < most
      await steps.judge(claimed, isSolved ? 'solved' : 'unsolved')
      await steps.advance(claimed.submission.id)
    }
    blobs.set(digestOf(styleNow), Buffer.from(diffOf(styleNow)))
    await db
      .update(receipts)
      .set({ body: sql`jsonb_set(${receipts.body}, '{patch}', to_jsonb(${digestOf(styleNow)}::text))` })
      .where(
        sql`${receipts.attempt} in (select ${attempts.id} from ${attempts} where ${attempts.submission} = ${id})`,
      )
  }
  await steps.enter('champion', { block: 700 })
  await steps.advance('champion')
  await play('champion', style, 12)
  await db.insert(reigns).values({ submission: 'champion', block: 1, draw: null, credit: 0 })
  return {
    steps,
    async challenge(
      id: string,
      styleNow: string,
      { origin, lost = false }: { origin?: string; lost?: boolean } = {},
    ) {
      await steps.enter(id, { block: 900 })
      await steps.advance(id)
      await db
        .insert(suspicions)
        .values({ submission: id, ...(origin === undefined ? {} : { origin, reason: 'the same code' }) })
      await play(id, styleNow, 16)
      if (lost) blobs.clear()
      await steps.advance(id)
      expect(await comparePatchesNext(context)).toBe(id)
      expect(await comparePatchesNext(context)).toBeUndefined()
      await steps.advance(id)
      expect(await steps.stateOf(id)).toBe('working confirmation')
    },
    async suspicionOf(id: string) {
      const [row] = await db.select().from(suspicions).where(eq(suspicions.submission, id))
      return row
    },
    async replayed() {
      await notarise(steps.database, await signerNamed('validator'))
      const rows = await db.select().from(receipts).orderBy(asc(receipts.sequence))
      return replay(
        rows.map(({ body, sequence, previous, digest, signer, signature }) =>
          Receipt.parse({ body, sequence, previous, digest, signer, signature }),
        ),
      )
    },
    [Symbol.asyncDispose]: () => steps[Symbol.asyncDispose](),
  }
}

/** A patch as one style writes it, the same at each task. */
function diffOf(style: string): string {
  const lines = Array.from({ length: 7 }, (_, line) => `+${style}_${line} = make(${line})`)
  return `--- a/x.py\n+++ b/x.py\n@@ -1 +1,7 @@\n-old\n${lines.join('\n')}\n`
}
