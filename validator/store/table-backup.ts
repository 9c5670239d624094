import pg from 'pg'
import type { Archive } from './archive.ts'
import { StoreError } from './errors.ts'

/** Ours, and those of the queue. */
const SCHEMAS = ['public', 'pgboss']
const PAGE = 1000

/** A table in a backup: its rows are in `tables/<number>.<part>.jsonl`, a page each. */
export interface TableEntry {
  readonly schema: string
  readonly name: string
  readonly columns: readonly string[]
  readonly rows: number
}

interface Sequence {
  readonly schema: string
  readonly name: string
  readonly last: string | null
}

/** Everything but rows. */
export interface Tables {
  readonly tables: readonly TableEntry[]
  readonly sequences: readonly Sequence[]
}

/** Copies the rows of all tables as they were at one moment, on any server, without its tools. */
export async function copyTables(url: string, archive: Archive): Promise<Tables> {
  const client = new pg.Client({ connectionString: url, application_name: 'arete backup' })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query('begin transaction isolation level repeatable read read only')
    const tables: TableEntry[] = []
    for (const table of await listTables(client)) {
      const rows = await copyRows(client, table, `tables/${tables.length}`, archive)
      tables.push({ ...table, rows })
    }
    // Sequences belong to no moment: read last, none is behind what a row has of it.
    const { rows: sequences } = await client.query<Sequence>(
      'select schemaname as schema, sequencename as name, last_value::text as last from pg_sequences where schemaname = any($1)',
      [SCHEMAS],
    )
    const all = { tables, sequences }
    await archive.add('tables.json', JSON.stringify(all))
    return all
  } finally {
    await client.end().catch(() => {})
  }
}

/** Tables that hold rows themselves, those that others point at first; without columns that follow from others. */
async function listTables(client: pg.Client): Promise<Omit<TableEntry, 'rows'>[]> {
  const { rows } = await client.query<{
    oid: string
    schema: string
    name: string
    columns: string[]
    needs: string[]
  }>(
    `select c.oid::text, n.nspname as schema, c.relname as name,
            (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
              where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '') as columns,
            array(select confrelid::text from pg_constraint where conrelid = c.oid and contype = 'f' and confrelid <> c.oid) as needs
       from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind = 'r' and n.nspname = any($1) order by 2, 3`,
    [SCHEMAS],
  )
  const sorted: typeof rows = []
  const visit = (row: (typeof rows)[number]): void => {
    if (sorted.includes(row)) return
    for (const need of row.needs) {
      const other = rows.find(({ oid }) => oid === need)
      if (other !== undefined) visit(other)
    }
    sorted.push(row)
  }
  for (const row of rows) visit(row)
  return sorted.map(({ schema, name, columns }) => ({ schema, name, columns }))
}

async function copyRows(
  client: pg.Client,
  { schema, name, columns }: Omit<TableEntry, 'rows'>,
  prefix: string,
  archive: Archive,
): Promise<number> {
  const from = `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`
  const list = columns.map(pg.escapeIdentifier).join(', ')
  await client.query(
    `declare rows cursor for select to_jsonb(one)::text as line from (select ${list} from ${from}) as one`,
  )
  let count = 0
  for (let part = 0; ; part++) {
    const { rows } = await client.query<{ line: string }>(`fetch ${PAGE} from rows`)
    if (rows.length === 0) break
    count += rows.length
    await archive.add(`${prefix}.${part}.jsonl`, rows.map(({ line }) => `${line}\n`).join(''))
  }
  await client.query('close rows')
  return count
}

/**
 * Fills tables that are there, in one transaction; what they hold is replaced.
 *
 * @param parts - rows as they come out of the archive: number of the table, and a page of lines
 */
export async function fillTables(
  client: pg.ClientBase,
  { tables, sequences }: Tables,
  parts: AsyncIterable<{ readonly table: number; readonly lines: string }>,
): Promise<void> {
  const names = tables.map(
    ({ schema, name }) => `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`,
  )
  const counts = tables.map(() => 0)
  await client.query('begin')
  try {
    await client.query(`truncate ${names.join(', ')}`)
    for await (const { table, lines } of parts) {
      const { columns } = tables[table]!
      const list = columns.map(pg.escapeIdentifier).join(', ')
      const { rowCount } = await client.query(
        `insert into ${names[table]} (${list}) overriding system value
         select ${list} from json_populate_recordset(null::${names[table]}, $1::json)`,
        [`[${lines.trim().split('\n').join(',')}]`],
      )
      counts[table]! += rowCount ?? 0
    }
    for (const { schema, name, last } of sequences)
      if (last !== null)
        await client.query('select setval($1::regclass, $2::bigint)', [
          `${pg.escapeIdentifier(schema)}.${pg.escapeIdentifier(name)}`,
          last,
        ])
    const wrong = tables.find(({ rows }, number) => rows !== counts[number])
    if (wrong !== undefined)
      throw new StoreError('backup', `Cannot restore the table "${wrong.name}": rows are missing`)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => {})
    throw error
  }
}
