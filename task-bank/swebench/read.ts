import fs from 'node:fs'
import path from 'node:path'
import { TaskError } from '../errors.ts'
import { readParquet } from './parquet.ts'
import { isTaskRepository, readTaskRepository } from './repository.ts'
import { parseRows, type Row } from './row.ts'

const TABLE = /\.(parquet|jsonl|ndjson|json)$/
/** Beyond this nobody has a table of problems. */
const MAX_BYTES = 2 ** 30

export interface Selection {
  /** Which part of a data set; matters only where a folder or a task repository has several. */
  readonly split?: string | undefined
  /** Only these; one that is not there is an error. */
  readonly ids?: readonly string[] | undefined
}

/**
 * Reads rows from a Parquet, JSONL or JSON file, from a folder of such files as data sets are published, or from a task repository
 * of version 5.
 *
 * @throws TaskError naming file, line or row, and key
 */
export async function readRows(source: string, { split, ids }: Selection = {}): Promise<Row[]> {
  const stat = fs.statSync(source, { throwIfNoEntry: false })
  if (stat === undefined) throw new TaskError(source, ['there is no such file or folder'])
  const rows = !stat.isDirectory()
    ? await readTable(source)
    : isTaskRepository(source)
      ? readTaskRepository(source, { split, ids })
      : await readTables(source, split)
  return ids === undefined ? rows : pick(source, rows, ids)
}

/** Whether something looks like rows rather than like tasks. */
export function holdsRows(source: string): boolean {
  const stat = fs.statSync(source, { throwIfNoEntry: false })
  if (stat === undefined) return false
  return stat.isDirectory()
    ? isTaskRepository(source) || listTables(source).some(looksLikeRows)
    : TABLE.test(source) && looksLikeRows(source)
}

/** Many things are written as JSON; rows name their instance early. */
function looksLikeRows(file: string): boolean {
  if (file.endsWith('.parquet')) return true
  const head = Buffer.alloc(2 ** 16)
  const descriptor = fs.openSync(file, 'r')
  try {
    return head.subarray(0, fs.readSync(descriptor, head)).includes('"instance_id"')
  } finally {
    fs.closeSync(descriptor)
  }
}

async function readTables(folder: string, split: string | undefined): Promise<Row[]> {
  const tables = listTables(folder)
  const named = tables.filter(file => path.basename(file).startsWith(split ?? ''))
  if (named.length === 0) {
    const there = tables.map(file => path.relative(folder, file)).join(', ')
    throw new TaskError(folder, [
      tables.length === 0
        ? 'there is no .parquet, .jsonl or .json file in it or in its folder "data"'
        : `split "${split}": expected the beginning of a file's name; there are ${there}`,
    ])
  }
  const splits = new Set(named.map(splitOf))
  if (split === undefined && splits.size > 1)
    throw new TaskError(folder, [`split: name one of ${[...splits].sort().join(', ')}`])
  const parts: Row[] = []
  for (const file of named) parts.push(...(await readTable(file)))
  return parts
}

/** Files are called `test.parquet`, or `test-00000-of-00001.parquet` as data sets are published. */
function splitOf(file: string): string {
  return path.basename(file).replace(/(-\d+-of-\d+)?\.\w+$/, '')
}

function listTables(folder: string): string[] {
  return [folder, path.join(folder, 'data')]
    .filter(one => fs.statSync(one, { throwIfNoEntry: false })?.isDirectory())
    .flatMap(one =>
      fs
        .readdirSync(one, { withFileTypes: true })
        .filter(
          entry => entry.isFile() && TABLE.test(entry.name) && !/^(package|dataset_infos?)/.test(entry.name),
        )
        .map(entry => path.join(one, entry.name))
        .sort(),
    )
}

async function readTable(file: string): Promise<Row[]> {
  return parseRows(file, await readRecords(file))
}

/** The records of a file of any of the three forms, told by its first bytes, each with its place for messages. */
export async function readRecords(file: string): Promise<{ place: string; value: unknown }[]> {
  const { size } = fs.statSync(file)
  if (size > MAX_BYTES) throw new TaskError(file, [`it has ${size} bytes, ${MAX_BYTES} may be`])
  const bytes = fs.readFileSync(file)
  if (bytes.subarray(0, 4).toString('latin1') === 'PAR1') return await readParquet(file, bytes)
  return readJson(file, bytes.toString('utf8').replace(/^\ufeff/, ''))
}

/** A list, one object, an object of objects by id, or an object on each line. */
export function readJson(file: string, text: string): { place: string; value: unknown }[] {
  const whole = parseWhole(text)
  if (whole === undefined) return readLines(file, text)
  if (Array.isArray(whole)) return whole.map((value, index) => ({ place: `item ${index + 1}`, value }))
  if (typeof whole !== 'object' || whole === null) throw new TaskError(file, ['expected a list or an object'])
  if ('instance_id' in whole) return [{ place: 'object', value: whole }]
  return Object.entries(whole).map(([id, value]) => ({
    place: `key ${JSON.stringify(id)}`,
    value: isObject(value) && !('instance_id' in value) ? { ...value, instance_id: id } : value,
  }))
}

function readLines(file: string, text: string): { place: string; value: unknown }[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return []
    try {
      return [{ place: `line ${index + 1}`, value: JSON.parse(line) as unknown }]
    } catch (error) {
      throw new TaskError(file, [
        `line ${index + 1}: expected an object as JSON: ${(error as Error).message.slice(0, 200)}`,
      ])
    }
  })
}

/** undefined if the text is not one JSON document. */
function parseWhole(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pick(source: string, rows: readonly Row[], ids: readonly string[]): Row[] {
  const wanted = new Set(ids)
  const found = rows.filter(row => wanted.delete(row.instance_id))
  if (wanted.size > 0)
    throw new TaskError(source, [`instance_id: there is none of ${[...wanted].join(', ')}`])
  return found
}
