import { createHash, randomBytes } from 'node:crypto'
import fs from 'node:fs'
import { eq } from 'drizzle-orm'
import type { AgentOutcome } from '../../../sandbox/agent-phase.ts'
import { cacheFolder } from '../../../sandbox/cache.ts'
import { holding } from '../../../sandbox/hold.ts'
import { prepareTask } from '../../../sandbox/prepare.ts'
import { Slot } from '../../../sandbox/slot.ts'
import { loadTasks } from '../../../task-bank/load.ts'
import type { Task } from '../../../task-bank/task.ts'
import { judgeAlone, patchOfDiff } from '../../attempt/phases.ts'
import { fetchTask } from '../../draws/task-packs.ts'
import type { Receipt, ReceiptBody } from '../../receipts/receipt.ts'
import { checkReceiptFiles } from '../../receipts/receipt-files.ts'
import { openRecords, readRecordSettings } from '../../store/records.ts'
import { tasks } from '../../store/schema.ts'
import { UsageError } from '../errors.ts'
import { ready } from '../machine/setup.ts'
import { BUNDLED_TASKS } from '../places.ts'
import { asJson, counted, plain } from '../text.ts'

export interface VerifyReceiptOptions {
  readonly signer?: string
  readonly again?: true
  readonly tasks?: readonly string[]
  readonly patch?: string
  readonly validator?: string
  readonly data?: string
  readonly json?: true
}

type Records = Awaited<ReturnType<typeof openRecords>>

const DOWNLOAD_SECONDS = 60

/**
 * `arete verify <receipts>`: exit code 0 if signatures and links hold, and with `again` if each verdict is the same again; 1 if
 * something is not as they say.
 */
export async function verifyReceipts(place: string, options: VerifyReceiptOptions): Promise<number> {
  const { receipts, mistakes } = await checkReceiptFiles(place, options.signer)
  const first = receipts.at(0)
  if (!options.again || mistakes.length > 0) {
    if (options.json)
      console.log(asJson({ receipts: receipts.length, signer: first?.signer ?? null, mistakes }))
    else {
      for (const mistake of mistakes) console.error(plain(mistake))
      if (mistakes.length === 0)
        console.log(`${counted(receipts.length, 'receipt')} of ${first!.signer}: signatures and links hold`)
    }
    return mistakes.length === 0 ? 0 : 1
  }
  const results = await judgeAll(receipts, options)
  if (options.json) console.log(asJson(results))
  else
    for (const { sequence, recorded, again, note } of results)
      console.log(
        plain(
          again === null
            ? `receipt ${sequence}: ${recorded}; ${note}`
            : `receipt ${sequence}: ${again === recorded ? 'the same verdict' : 'another verdict'}: ${again} (recorded: ${recorded}). ${note}`,
        ),
      )
  return results.every(({ again, recorded }) => again === null || again === recorded) ? 0 : 1
}

interface Repeated {
  readonly sequence: number
  readonly recorded: string
  /** null: there is nothing to be repeated. */
  readonly again: string | null
  readonly note: string
}

async function judgeAll(receipts: readonly Receipt[], options: VerifyReceiptOptions): Promise<Repeated[]> {
  const surroundings = await ready()
  const run = randomBytes(6).toString('hex')
  await using _ = await holding(surroundings, run)
  await using slot = new Slot({ ...surroundings, run })
  await using records = await openOwn(options)
  const results: Repeated[] = []
  for (const { sequence, body } of receipts) {
    if (body.kind === 'void') {
      results.push({ sequence, recorded: 'void', again: null, note: body.detail })
      continue
    }
    if (body.kind !== 'verdict') {
      const note = 'it follows from others: arete board --replay'
      results.push({ sequence, recorded: body.kind, again: null, note })
      continue
    }
    const { verdict: recorded } = body
    const nothing = notRepeatable(body)
    if (nothing !== undefined) {
      results.push({ sequence, recorded, again: null, note: nothing })
      continue
    }
    const task = await findTask(body, options, records)
    const prepared = await prepareTask(surroundings.engine, task, { run, say: () => {} })
    if (prepared.repository === undefined) {
      results.push({
        sequence,
        recorded,
        again: null,
        note: "in snapshot mode the agent's machine is not kept",
      })
      continue
    }
    const patch: AgentOutcome['patch'] =
      body.patch === null
        ? { kind: 'empty' }
        : await patchOfDiff(prepared, await findPatch(body.patch, options, records), {
            digest: body.patch,
            dropped: body.dropped,
          })
    const agent: AgentOutcome = {
      ...{ ending: { kind: 'finished' }, patch, events: [], log: Buffer.alloc(0) },
      ...{ seconds: body.seconds.agent, exitCode: undefined },
    }
    const { verdict } = await judgeAlone(slot, prepared, agent)
    const image = prepared.image.id === body.image ? '' : ' (with another image than then)'
    results.push({ sequence, recorded, again: verdict.verdict, note: `${verdict.detail}${image}` })
  }
  return results
}

function notRepeatable({ reason, detail }: ReceiptBody & { kind: 'verdict' }): string | undefined {
  return reason.startsWith('agent-') || reason === 'invalid-patch' ? `no tests ran: ${detail}` : undefined
}

/** The records of a validator on this machine, if they were named. */
async function openOwn({ data }: VerifyReceiptOptions): Promise<Partial<Records> & AsyncDisposable> {
  if (data === undefined) return { [Symbol.asyncDispose]: async () => {} }
  const settings = readRecordSettings({ ...process.env, ARETE_DATA: data })
  if ('mistakes' in settings) throw new UsageError(`Cannot open ${data}: ${settings.mistakes.join('; ')}`)
  return await openRecords(settings)
}

async function findTask(
  { task }: ReceiptBody & { kind: 'verdict' },
  options: VerifyReceiptOptions,
  { database, blobs }: Partial<Records>,
): Promise<Task> {
  const found = loadTasks([...(options.tasks ?? []), BUNDLED_TASKS], process.env).find(
    ({ digest }) => digest === task.digest,
  )
  if (found !== undefined) return found
  const [row] =
    database === undefined ? [] : await database.db.select().from(tasks).where(eq(tasks.digest, task.digest))
  if (row !== undefined) return await fetchTask(row, blobs!, `${cacheFolder()}/packs`)
  throw new UsageError(
    `Cannot judge again: no task here has the digest ${task.digest} (${task.name}); name folders with --tasks, or the validator's data folder with --data`,
  )
}

async function findPatch(
  digest: string,
  { patch, validator, data }: VerifyReceiptOptions,
  { blobs }: Partial<Records>,
): Promise<Buffer> {
  const bytes =
    patch !== undefined
      ? fs.readFileSync(patch)
      : validator !== undefined
        ? await download(new URL(`/v1/patches/${digest}`, validator))
        : await blobs?.get(digest)
  if (bytes === undefined)
    throw new UsageError(
      `Cannot judge again: the patch ${digest} is needed; name its file with --patch, or where it is with --validator or --data`,
    )
  const found = createHash('sha256').update(bytes).digest('hex')
  if (found === digest) return bytes
  throw new UsageError(
    `Cannot judge again: ${patch ?? validator ?? data} gives the patch ${found}, and the receipt is of ${digest}`,
  )
}

async function download(url: URL): Promise<Buffer> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_SECONDS * 1000) })
    if (response.ok) return Buffer.from(await response.arrayBuffer())
    throw new UsageError(`Cannot get ${url}: it answers ${response.status}`)
  } catch (error) {
    if (error instanceof UsageError) throw error
    throw new UsageError(`Cannot get ${url}: ${(error as Error).message}`)
  }
}
