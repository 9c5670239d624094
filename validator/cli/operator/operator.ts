import fs from 'node:fs'
import { Address } from '../../chain/address.ts'
import { exportTraining, findOpenWindow } from '../../models/export-training.ts'
import * as acts from '../../operating/operate.ts'
import { findOverview, type Overview } from '../../operating/overview.ts'
import { prune } from '../../operating/prune.ts'
import { openJobs } from '../../stages/jobs.ts'
import { openRecords, readRecordSettings } from '../../store/records.ts'
import { UsageError } from '../errors.ts'
import { shown } from '../places.ts'
import { asJson, counted, plain } from '../text.ts'

type Records = Awaited<ReturnType<typeof openRecords>>

const AUDIT_LINES = 200

export async function showStatus({ json }: { readonly json?: true }): Promise<number> {
  return await withRecords(async ({ database }) => {
    await using jobs = await openJobs(database)
    const overview = await findOverview({ database, jobs })
    console.log(json ? asJson(overview) : render(overview))
  })
}

export async function pauseIntake(reason: string | undefined): Promise<number> {
  return await act(({ database }) => acts.pause(database, reason), 'No more submissions are taken')
}

export async function resumeIntake(): Promise<number> {
  return await act(({ database }) => acts.resume(database), 'Submissions are taken again')
}

export async function banKey(
  key: string,
  { reason, until }: { readonly reason: string; readonly until?: string },
): Promise<number> {
  checkAddress(key)
  const end = until === undefined ? undefined : new Date(until)
  if (end !== undefined && Number.isNaN(end.getTime()))
    throw new UsageError(`Cannot use --until "${until}": a time such as 2026-12-31T00:00:00Z is needed`)
  return await act(
    ({ database }) => acts.ban(database, key, reason, end),
    `Nothing more is taken from ${key}`,
  )
}

export async function unbanKey(key: string): Promise<number> {
  checkAddress(key)
  return await act(({ database }) => acts.unban(database, key), `Submissions of ${key} are taken again`)
}

export async function grantCredits(hotkey: string, count: string): Promise<number> {
  checkAddress(hotkey)
  if (!/^[1-9]\d{0,5}$/.test(count))
    throw new UsageError(`Cannot grant "${count}": a whole number from 1 on is needed`)
  return await withRecords(async ({ database }) => {
    const left = await acts.grant(database, hotkey, Number(count))
    console.log(`${hotkey} has ${left} now`)
  })
}

export async function cancelOne(id: string, reason: string): Promise<number> {
  return await withRecords(async ({ database }) => {
    await using jobs = await openJobs(database)
    await acts.cancelSubmission(database, jobs, id, reason)
    console.log(`Submission ${id} is taken out`)
  })
}

export async function requeueOne(id: string): Promise<number> {
  return await withRecords(async ({ database }) => {
    await using jobs = await openJobs(database)
    console.log(`Submission ${id} is judged anew as ${await acts.requeue(database, jobs, id)}`)
  })
}

export async function drainOne(id: string): Promise<number> {
  return await act(
    ({ database }) => acts.drain(database, id),
    `${id} takes nothing new, and ends when it is done`,
  )
}

export async function settleWindow(text: string, reason: string): Promise<number> {
  const window = Number(text)
  if (!Number.isSafeInteger(window) || window < 0)
    throw new UsageError(`A window is a whole number, not "${plain(text)}"`)
  return await withRecords(async ({ database }) => {
    await acts.settleDespite(database, window, reason)
    console.log(
      `Window ${window} counts: the validator settles it within seconds once nobody is judged on it any more`,
    )
  })
}

export async function pruneRecords({
  dryRun = false,
  json,
}: {
  readonly dryRun?: boolean
  readonly json?: true
}): Promise<number> {
  return await withRecords(async records => {
    const pruned = dryRun ? await prune(records, { isDry: true }) : await acts.pruneNow(records)
    if (json) return console.log(asJson(pruned))
    const { blobs, workers, nonces } = pruned
    console.log(
      `${dryRun ? 'Would remove' : 'Removed'} ${blobs.length} blobs that no row speaks of, ${workers.length} workers that have been gone for a week, ${nonces} nonces that expired`,
    )
  })
}

export async function showAudit({ json }: { readonly json?: true }): Promise<number> {
  return await withRecords(async ({ database }) => {
    const rows = await acts.readAudit(database, AUDIT_LINES)
    if (json) console.log(asJson(rows))
    else if (rows.length === 0) console.log('No operator did anything yet')
    else
      for (const { at, by, act: what, subject, detail } of rows)
        console.log(
          plain(
            `${at.toISOString().slice(0, 19).replace('T', ' ')}  ${by}  ${what.padEnd(8)} ${subject}  ${JSON.stringify(detail)}`,
          ),
        )
  })
}

async function act(what: (records: Records) => Promise<void>, done: string): Promise<number> {
  return await withRecords(async records => {
    await what(records)
    console.log(done)
  })
}

/** `arete validator export`. */
export async function exportAll(to: string): Promise<number> {
  return await withRecords(async records => {
    const file = fs.openSync(to, 'w')
    try {
      let count = 0
      for await (const chat of exportTraining(records, await findOpenWindow(records.database))) {
        fs.writeSync(file, `${JSON.stringify(chat)}\n`)
        count += 1
      }
      console.log(`Wrote ${counted(count, 'conversation')} to ${shown(to)}`)
    } finally {
      fs.closeSync(file)
    }
  })
}

/** The records that the environment names; what an operator may not do is said, and ends with 1. */
export async function withRecords(what: (records: Records) => Promise<void>): Promise<number> {
  const settings = readRecordSettings(process.env)
  if ('mistakes' in settings)
    throw new UsageError(
      `Cannot open the records:\n${settings.mistakes.map(mistake => `  ${mistake}`).join('\n')}`,
    )
  await using records = await openRecords(settings)
  try {
    await what(records)
    return 0
  } catch (error) {
    if (!(error instanceof acts.OperatorError)) throw error
    console.error(error.message)
    return 1
  }
}

function checkAddress(key: string): void {
  if (!Address.safeParse(key).success)
    throw new UsageError(`Cannot use "${plain(key)}": an address in SS58 form is needed, such as 5F…`)
}

function render({
  intake,
  queue,
  decided,
  attempts,
  workers,
  stranded,
  receipts,
  voids,
  databaseBytes,
}: Overview): string {
  const counts = (rows: readonly { readonly state: string; readonly count: number }[]): string =>
    rows.length === 0 ? 'none' : rows.map(({ state, count }) => `${count} ${state}`).join(', ')
  const lines = [
    `Intake     ${intake}`,
    `Waiting    ${queue.length === 0 ? 'nothing' : queue.map(({ count, state, stage, oldest }) => `${count} ${state} in ${stage} (oldest ${duration(oldest)})`).join(', ')}`,
    `Decided    ${counts(decided)}`,
    `Attempts   ${counts(attempts)}`,
    `Receipts   ${receipts.signed} signed, ${receipts.unsigned} waiting`,
    `Database   ${Math.round(databaseBytes / 2 ** 20)} MB`,
  ]
  for (const { environment, voided, ended } of voids.filter(one => one.voided > 0))
    lines.push(`Void       ${environment}: ${voided} of ${ended}`)
  for (const { queue: name, count } of stranded)
    lines.push(`Stranded   ${count} in ${name}: no worker fits; start one that does`)
  if (workers.length === 0) lines.push('Workers    none: start one with "arete worker"')
  for (const worker of workers)
    lines.push(
      `Worker     ${worker.id}  ${worker.state}, ${worker.attempts} under way, ${worker.cpus} cpus, ${worker.memoryMegabytes} MB, ${worker.phases.join(' and ')}, seen ${duration(worker.seen)} ago`,
    )
  return lines.map(plain).join('\n')
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
