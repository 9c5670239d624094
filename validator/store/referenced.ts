import type pg from 'pg'

/** Blobs that a row speaks of, by what they are. */
const REFERENCES = `
  select 'submissions' as kind, digest from submissions
  union select 'tasks', pack from tasks
  union select 'patches', left_files.left -> 'patch' ->> 'digest' from attempts as left_files
    where left_files.left -> 'patch' ->> 'kind' = 'patch'
  union select 'files of attempts', file.value from attempts, jsonb_each_text(attempts.left -> 'files') as file
    where file.value is not null
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
