import { createHash } from 'node:crypto'
import { desc, eq } from 'drizzle-orm'
import { note, OperatorError } from '../operating/operate.ts'
import type { Database, Drizzle } from '../store/database.ts'
import { mirrors } from '../store/schema.ts'
import { MirrorBoard, type MirrorSource, SOURCES } from './mirror.ts'
import { readMirror } from './read.ts'

/** A board of others as it was kept. */
export interface KeptMirror {
  readonly source: MirrorSource
  readonly origin: string
  /** SHA-256 of what was read. */
  readonly digest: string
  readonly taken: Date
  readonly board: MirrorBoard
}

/**
 * Keeps what another subnet's board says, and writes down that the operator did. The same bytes once more only renew the time.
 *
 * @throws OperatorError with what cannot be read of it
 */
export async function keepMirror(
  { db }: Pick<Database, 'db'>,
  { source, origin, bytes }: { source: MirrorSource; origin: string; bytes: Buffer },
): Promise<KeptMirror> {
  const board = readMirror(source, bytes)
  if ('mistakes' in board)
    throw new OperatorError(
      `Cannot read the board of ${source}:\n${board.mistakes.map(mistake => `  ${mistake}`).join('\n')}`,
    )
  const digest = createHash('sha256').update(bytes).digest('hex')
  const taken = new Date()
  await db.transaction(async tx => {
    await tx
      .insert(mirrors)
      .values({ source, digest, origin, board, taken })
      .onConflictDoUpdate({ target: [mirrors.source, mirrors.digest], set: { origin, taken } })
    await note(tx, 'mirror', source, { origin, digest, entries: board.entries.length })
  })
  return { source, origin, digest, taken, board }
}

/** The newest of each source. */
export async function findMirrors(db: Drizzle): Promise<KeptMirror[]> {
  const found = await Promise.all(
    SOURCES.map(source =>
      db.select().from(mirrors).where(eq(mirrors.source, source)).orderBy(desc(mirrors.taken)).limit(1),
    ),
  )
  return found.flat().map(row => ({ ...row, board: MirrorBoard.parse(row.board) }))
}
