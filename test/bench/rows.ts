import fs from 'node:fs'
import path from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { readRows } from '../../task-bank/swebench/read.ts'
import { fullRow } from '../support/rows.ts'
import { buildLine, interleave, type Line } from './measure.ts'

const ROWS = 300
/** About what a row of the published tables holds. */
const TEXT_BYTES = 20_000

/** How long it takes to load the rows of a whole data set, from nothing to checked values. */
export async function measureRows({ folder, rounds }: { folder: string; rounds: number }): Promise<Line[]> {
  const rows = Array.from({ length: ROWS }, (_, index) =>
    fullRow({ instance_id: `arete__sums-${index}`, hints_text: 'A word about it. '.repeat(TEXT_BYTES / 17) }),
  )
  const columnData = Object.keys(rows[0]!).map(name => ({
    name,
    type: 'STRING' as const,
    data: rows.map(row => row[name]),
  }))
  const parquet = path.join(folder, 'rows.parquet')
  const jsonl = path.join(folder, 'rows.jsonl')
  fs.writeFileSync(parquet, new Uint8Array(parquetWriteBuffer({ columnData })))
  fs.writeFileSync(jsonl, rows.map(row => JSON.stringify(row)).join('\n'))
  const found = await interleave<'rows.parquet' | 'rows.jsonl'>(rounds, [
    async () => ({ 'rows.parquet': await timeOf(parquet) }),
    async () => ({ 'rows.jsonl': await timeOf(jsonl) }),
  ])
  return Object.entries(found).map(([name, value]) => buildLine(`${name}.300`, value, 'ms'))
}

async function timeOf(file: string): Promise<number> {
  const start = performance.now()
  const rows = await readRows(file)
  if (rows.length !== ROWS) throw new Error(`${rows.length} rows were read, ${ROWS} are there`)
  return performance.now() - start
}
