import { Worker } from 'node:worker_threads'
import { TaskError } from '../errors.ts'

/** Far longer than the largest table takes. */
const MAX_SECONDS = 60
const MAX_MEGABYTES = 4096
const THREAD = new URL('parquet-thread.mjs', import.meta.url)

/**
 * The rows of a Parquet file as plain JSON values: large integers become numbers, times ISO 8601, bytes UTF-8.
 *
 * @param seconds - after which a file counts as broken
 * @throws TaskError if it is no Parquet file, or a broken one
 */
export async function readParquet(
  file: string,
  bytes: Uint8Array,
  seconds = MAX_SECONDS,
): Promise<{ place: string; value: unknown }[]> {
  const broken = (why: string): TaskError =>
    new TaskError(file, [`expected a Parquet file: ${why.slice(0, 200)}`])
  const thread = new Worker(THREAD, {
    workerData: Uint8Array.from(bytes).buffer,
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: MAX_MEGABYTES },
  })
  let timer: NodeJS.Timeout | undefined
  try {
    const records = await new Promise<unknown>((resolve, reject) => {
      timer = setTimeout(() => reject(broken(`not read within ${seconds} s`)), seconds * 1000)
      thread.on('message', resolve)
      thread.on('error', error => reject(broken(String(error?.message).split('\n')[0]!)))
      thread.on('exit', () => reject(broken('its reader ended')))
    })
    return (records as unknown[]).map((record, index) => ({
      place: `row ${index + 1}`,
      value: plain(record),
    }))
  } finally {
    clearTimeout(timer)
    await thread.terminate()
  }
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8')
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]))
  return value
}
