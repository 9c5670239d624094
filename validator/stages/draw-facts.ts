import { eq, inArray } from 'drizzle-orm'
import { digestValue } from '../intake/signature.ts'
import { note, readDraw } from '../receipts/facts.ts'
import type { Draw } from '../scoring/season/facts.ts'
import { type Declared, environmentOf, shareOut } from '../scoring/season/shares.ts'
import type { Transaction } from '../store/database.ts'
import { draws, tasks } from '../store/schema.ts'
import type { Jobs } from './jobs.ts'

/** What duels are held by. */
export interface DuelTerms {
  /** Most that an entry which is no better may win with. */
  readonly alpha: number
  readonly environments: Declared
}

interface Purpose {
  readonly challenger: string | null
  readonly against: Draw['against']
  readonly block: number
  /** Of the draw's tasks, the first so many; all if undefined. */
  readonly count: number | undefined
}

/** Lays down what a draw counts for, once; whoever asks later gets what was laid down. @returns and whether it is new */
export async function layDraw(
  step: { readonly tx: Transaction; readonly jobs: Pick<Jobs, 'sendNotarise'> },
  id: string,
  { alpha, environments }: DuelTerms,
  { challenger, against, block, count }: Purpose,
): Promise<{ readonly draw: Draw; readonly isNew: boolean }> {
  const known = await readDraw(step.tx, id)
  if (known !== undefined) return { draw: known, isNew: false }
  const [row] = await step.tx.select().from(draws).where(eq(draws.id, id))
  if (row === undefined) throw new Error(`There is no draw ${id}`)
  const chosen = row.tasks.slice(0, count)
  const found = await step.tx
    .select({ digest: tasks.digest, environment: tasks.environment })
    .from(tasks)
    .where(inArray(tasks.digest, [...chosen]))
  const families = new Map(found.map(({ digest, environment }) => [digest, environment]))
  const drawn = chosen.map(digest => ({
    digest,
    environment: environmentOf(families.get(digest)!, environments),
  }))
  const draw: Draw = {
    ...{
      draw: id,
      digest: digestValue(row.proof),
      window: row.window,
      block,
      challenger,
      against: [...against],
    },
    alpha,
    environments: shareOut(
      drawn.map(({ environment }) => environment),
      environments,
    ),
    tasks: drawn,
  }
  await note(step.tx, step.jobs, { kind: 'draw', format: 'arete/receipt/v1', ...draw }, row.window)
  return { draw, isNew: true }
}
