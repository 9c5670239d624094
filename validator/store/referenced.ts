import type pg from 'pg'

/** Blobs that a row speaks of, by what they are. */
const REFERENCES = `
  select 'submissions' as kind, digest from submissions
  union select 'tasks', pack from tasks
  union select 'patches', left_files.left -> 'patch' ->> 'digest' from attempts as left_files
    where left_files.left -> 'patch' ->> 'kind' = 'patch'
  union select 'files of attempts', file.value from attempts, jsonb_each_text(attempts.left -> 'files') as file
    where file.value is not null
  union select 'model keys', envelope -> 'message' ->> 'modelKey' from submissions
    where envelope -> 'message' ->> 'modelKey' is not null and state in ('queued', 'working')
  union select 'receipts', body ->> 'patch' from receipts where body ->> 'patch' is not null
  union select 'receipts', body ->> 'report' from receipts where body ->> 'report' is not null
`

/** Every blob that the records need, with what it is. */
export async function listReferenced(
  pool: pg.Pool,
): Promise<{ readonly kind: string; readonly digest: string }[]> {
  const { rows } = await pool.query<{ kind: string; digest: string }>(`${REFERENCES} order by 1, 2`)
  return rows
}

const PAGE = 5000

/**
 * Names that no row speaks of. There may be millions of either: the database compares them.
 *
 * @param names - of blobs that are there; rows that come to be while these are listed count, too
 */
export async function listUnreferenced(
  pool: pg.Pool,
  names: AsyncIterable<string> | Iterable<string>,
): Promise<string[]> {
  const client = await pool.connect()
  try {
    await client.query('create temp table listed (digest text)')
    let page: string[] = []
    const add = async (): Promise<void> => {
      await client.query('insert into listed select unnest($1::text[])', [page])
      page = []
    }
    for await (const name of names) if (page.push(name) === PAGE) await add()
    await add()
    const { rows } = await client.query<{ digest: string }>(
      `select digest from listed except select digest from (${REFERENCES}) as named order by 1`,
    )
    return rows.map(({ digest }) => digest)
  } finally {
    // The table goes with its connection.
    client.release(true)
  }
}
