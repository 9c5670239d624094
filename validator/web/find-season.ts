import { and, asc, desc, eq, inArray, isNotNull, ne, notInArray, type SQL, sql } from 'drizzle-orm'
import type { SeasonNow } from '../pages/season-board.ts'
import { readDraw, readEntries } from '../receipts/facts.ts'
import { ReceiptBody } from '../receipts/receipt.ts'
import type { Draw, Duel } from '../scoring/season/facts.ts'
import { readResults } from '../stages/champion.ts'
import type { Drizzle } from '../store/database.ts'
import { draws, receipts, reigns, settlements, submissions } from '../store/schema.ts'
import type { WebContext } from './context.ts'

/** Older ones are in the receipts. */
const MOST_WINDOWS = 30
const MOST_DUELS = 200

/** The season as it stands in the records; undefined before the first window is settled. */
export async function findSeason({ intake }: WebContext): Promise<SeasonNow | undefined> {
  const { db } = intake.database
  const settled = await db
    .select()
    .from(settlements)
    .where(isNotNull(settlements.standings))
    .orderBy(desc(settlements.window))
    .limit(MOST_WINDOWS)
  if (settled.length === 0) return undefined
  const reigning = await db.select().from(reigns).orderBy(asc(reigns.number))
  const decided = await findDecided(db)
  return {
    season: {
      entries: await readEntries(db),
      ...decided,
      reigns: reigning.map(({ number: _, ...reign }) => reign),
      settlements: settled.toReversed().map(({ standings, at }) => ({ standings: standings!, at })),
    },
    open: await findOpen(db, decided.duels),
    block: (await intake.chain.head()).number,
    counted: intake.now(),
    spent: new Map(),
  }
}

async function findDecided(db: Drizzle): Promise<{ duels: Duel[]; draws: Map<string, Draw> }> {
  const rows = await db
    .select({ body: receipts.body })
    .from(receipts)
    .where(eq(receipts.kind, 'duel'))
    .orderBy(desc(receipts.made))
    .limit(MOST_DUELS)
  const duels = rows.toReversed().map(({ body }) => factOf(body) as Duel)
  const drawn = await readDraws(
    db,
    inArray(
      receipts.subject,
      duels.map(({ draw }) => draw),
    ),
  )
  // A copy stays marked, however long ago its duel was.
  const ofCopies = await readDraws(db, sql`jsonb_path_exists(${receipts.body}, '$.against[*].reason')`)
  return { duels, draws: new Map([...ofCopies, ...drawn].map(draw => [draw.draw, draw])) }
}

async function readDraws(db: Drizzle, which: SQL): Promise<Draw[]> {
  const rows = await db
    .select({ body: receipts.body })
    .from(receipts)
    .where(and(sql`${receipts.kind} = 'draw'`, which))
    .orderBy(asc(receipts.made))
  return rows.map(({ body }) => factOf(body) as Draw)
}

/** Draws for one challenger, who is not decided, with what came of them so far. */
async function findOpen(db: Drizzle, decided: readonly Duel[]): Promise<SeasonNow['open']> {
  const ids = decided.map(({ draw }) => draw)
  const rows = await db
    .select({ id: draws.id })
    .from(draws)
    .innerJoin(submissions, eq(submissions.id, draws.purpose))
    .where(
      and(
        ne(draws.purpose, 'shared'),
        inArray(submissions.state, ['queued', 'working']),
        ids.length === 0 ? sql`true` : notInArray(draws.id, ids),
      ),
    )
    .orderBy(asc(draws.made))
  const open: { draw: Draw; results: Awaited<ReturnType<typeof readResults>> }[] = []
  for (const { id } of rows) {
    const draw = await readDraw(db, id)
    if (draw?.challenger != null) open.push({ draw, results: await readResults(db, id) })
  }
  return open
}

/** What a receipt says, without what only receipts have. */
function factOf(raw: unknown): unknown {
  const { kind: _, format: __, ...fact } = ReceiptBody.parse(raw)
  return fact
}
