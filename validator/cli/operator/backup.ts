import fs from 'node:fs'
import path from 'node:path'
import { backup } from '../../store/backup.ts'
import { openRecords, type RecordSettings, readRecordSettings } from '../../store/records.ts'
import { restore } from '../../store/restore.ts'
import { UsageError } from '../errors.ts'
import { shown } from '../places.ts'
import { asJson, counted, duration, plain } from '../text.ts'

interface BackupOptions {
  readonly tables?: true
  readonly withBlobs?: true
  readonly json?: true
}

/** As many as are named. */
const SHOWN = 5

/** `arete validator backup`: 1 if the source itself lacks something. */
export async function makeBackup(file: string, options: BackupOptions): Promise<number> {
  const settings = readSettings('back up')
  const folder = path.join(settings.data, 'database')
  if (settings.databaseUrl === undefined && !fs.existsSync(path.join(folder, 'data')))
    throw new UsageError(
      `Cannot back up: there is no validator's data in ${settings.data}; set ARETE_DATA to its folder, or DATABASE_URL`,
    )
  if (fs.existsSync(file)) throw new UsageError(`Cannot write ${shown(file)}: it exists`)
  const start = performance.now()
  await using records = await openRecords(settings, tell)
  const withBlobs = options.withBlobs === true || settings.blobs.kind === 'disk'
  const source = { database: records.database, blobs: records.blobs, folder }
  const made = await backup({ ...source, withBlobs, asTables: options.tables === true }, file, tell)
  const seconds = (performance.now() - start) / 1000
  if (options.json) console.log(asJson({ file: path.resolve(file), seconds, ...made }))
  else {
    console.log(
      `Kept ${made.head.kind === 'base' ? 'the files of the database' : 'the rows of the database'} and ${counted(made.blobs, 'blob')}${withBlobs ? '' : ' by name only (--with-blobs keeps their bytes)'} in ${shown(file)}: ${Math.ceil(made.bytes / 1024)} KiB, ${duration(seconds)}`,
    )
    showSome(made.problems)
  }
  return made.problems.length === 0 ? 0 : 1
}

/** `arete validator restore`: 1 if blobs are missing. */
export async function makeRestore(file: string, options: { readonly json?: true }): Promise<number> {
  const settings = readSettings('restore')
  if (!fs.existsSync(file)) throw new UsageError(`Cannot restore ${shown(file)}: there is no such file`)
  const target = {
    url: settings.databaseUrl,
    folder: path.join(settings.data, 'database'),
    blobs: settings.blobs,
  }
  const done = await restore(target, file, tell)
  if (options.json) console.log(asJson(done))
  else {
    console.log(
      `Restored the state of ${done.head.made}: ${counted(done.submissions, 'submission')}, ${counted(done.receipts, 'receipt')}, ${counted(done.blobs, 'blob')}. ${counted(done.referenced - done.missing.length, 'blob')} of ${done.referenced} that records speak of ${done.referenced === 1 ? 'is' : 'are'} there`,
    )
    showSome(done.missing.map(({ kind, digest }) => `The blob ${digest} of ${kind} is missing`))
  }
  return done.missing.length === 0 ? 0 : 1
}

function readSettings(what: string): RecordSettings {
  const settings = readRecordSettings(process.env)
  if ('mistakes' in settings)
    throw new UsageError(`Cannot ${what}:\n${settings.mistakes.map(mistake => `  ${mistake}`).join('\n')}`)
  return settings
}

function showSome(problems: readonly string[]): void {
  for (const problem of problems.slice(0, SHOWN)) console.log(`  ${plain(problem)}`)
  if (problems.length > SHOWN) console.log(`  and ${problems.length - SHOWN} more (--json)`)
}

function tell(message: string): void {
  console.error(plain(message))
}
