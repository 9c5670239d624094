import { and, eq } from 'drizzle-orm'
import type { AttemptPage } from '../pages/attempt.ts'
import { clip, clipStart } from '../pages/clip.ts'
import { readTests } from '../pages/tests.ts'
import { readSteps } from '../pages/trajectory.ts'
import { ReceiptBody } from '../receipts/receipt.ts'
import { BlobError } from '../store/blob-error.ts'
import type { Blobs } from '../store/blobs.ts'
import { attempts, draws, receipts, submissions, tasks } from '../store/schema.ts'
import { Left } from '../worker/left.ts'
import type { WebContext } from './context.ts'
import { opennessNow } from './openness.ts'

const MOST_PATCH = 400_000
const MOST_LOG = 100_000

/** An attempt as far as everybody may know it by now; undefined if there is none. */
export async function findAttempt(
  context: WebContext,
  id: string,
  champion: string | undefined,
): Promise<AttemptPage | undefined> {
  const { database, blobs } = context.intake
  const [row] = await database.db
    .select({ attempt: attempts, submission: submissions, task: tasks, draw: draws, receipt: receipts })
    .from(attempts)
    .innerJoin(submissions, eq(submissions.id, attempts.submission))
    .innerJoin(tasks, eq(tasks.digest, attempts.task))
    .innerJoin(draws, eq(draws.id, attempts.draw))
    .leftJoin(receipts, and(eq(receipts.attempt, attempts.id), eq(receipts.kind, 'verdict')))
    .where(eq(attempts.id, id))
  if (row === undefined) return undefined
  const { attempt, submission, task, draw } = row
  const openness = (await opennessNow(context))(draw.window, submission.opens)
  const isOpen = openness.kind === 'open'
  const isHidden = !isOpen && submission.id === champion
  const { name, version } = submission.manifest as { name: string; version: string }
  const verdict = isHidden || attempt.state !== 'judged' ? null : (attempt.verdict as AttemptPage['verdict'])
  const common = {
    id,
    agent: { label: `${name} ${version}`, href: `/agents/${submission.id}` },
    environment: task.environment,
    within: { label: `${attempt.stage} ${attempt.place + 1}`, href: `/agents/${submission.id}` },
    ...{ state: isHidden ? 'closed' : attempt.state, verdict },
    reason: isHidden ? '' : (attempt.reason ?? ''),
    started: attempt.started?.toISOString() ?? null,
  }
  if (!isOpen)
    return {
      ...common,
      ...CLOSED,
      task: { label: `Task ${attempt.place + 1} of a draw`, href: null },
      closed: `Task, patch, steps and logs open when their window is over: with block ${openness.untilBlock}, about ${openness.until.toISOString().slice(0, 16).replace('T', ' ')} UTC.`,
    }
  const parsed = ReceiptBody.safeParse(row.receipt?.body)
  const body = parsed.success && parsed.data.kind === 'verdict' ? parsed.data : undefined
  return {
    ...common,
    task: { label: task.name, href: `/tasks/${task.digest}` },
    ...{ closed: null, detail: attempt.detail ?? '' },
    ...{ evidence: body?.evidence ?? [], seconds: body?.seconds ?? null, dropped: body?.dropped ?? [] },
    ...(await readLeft(blobs, attempt.left, body)),
    facts: factsOf(body),
    receipt: receiptOf(row.receipt),
    commands: commandsOf(row.receipt),
  }
}

const CLOSED = {
  ...{ detail: '', evidence: [], seconds: null, tests: null, patch: null, dropped: [] },
  ...{ steps: { shown: [], left: 0 }, logs: [], facts: [], receipt: null, commands: [], files: [] },
}

type Verdict = Extract<ReceiptBody, { kind: 'verdict' }>

/** What the attempt left in the store; what is not there any more is left out. */
async function readLeft(blobs: Blobs, raw: unknown, body: Verdict | undefined) {
  const left = Left.safeParse(raw).data
  const read = async (digest: string | null | undefined): Promise<string | undefined> =>
    digest == null ? undefined : (await readBlob(blobs, digest))?.toString('utf8')
  const [patch, trajectory, report, agentLog, testLog] = await Promise.all([
    read(body?.patch),
    read(left?.files.trajectory),
    read(left?.files.report),
    read(left?.files.agentLog),
    read(left?.files.testLog),
  ])
  const logs = [
    { name: 'What the agent printed', text: agentLog },
    { name: 'What the tests printed', text: testLog },
  ]
  return {
    tests: report === undefined ? null : readTests(judgedOf(parseJson(report)), parseJson(report)),
    patch: patch === undefined ? null : clip(patch, MOST_PATCH),
    steps: readSteps(parseJson(trajectory ?? '')),
    logs: logs.flatMap(({ name, text }) =>
      text === undefined ? [] : [{ name, text: clipStart(text, MOST_LOG), href: null }],
    ),
    files: patch === undefined ? [] : [{ label: 'The patch', href: `/v1/patches/${body!.patch}` }],
  }
}

async function readBlob(blobs: Blobs, digest: string): Promise<Buffer | undefined> {
  try {
    return await blobs.get(digest)
  } catch (error) {
    if (error instanceof BlobError && error.code === 'missing') return undefined
    throw error
  }
}

/** Names of tests by what a report says of them. */
function judgedOf(report: unknown) {
  const tests = (report as { results?: { tests?: { name: string; status: string }[] } } | undefined)?.results
    ?.tests
  const all = Array.isArray(tests) ? tests : []
  const names = (isWanted: (status: string) => boolean): string[] =>
    all.filter(({ status }) => isWanted(status)).map(({ name }) => name)
  return {
    expected: names(() => true),
    passed: names(is => is === 'passed'),
    failed: names(is => is !== 'passed'),
  }
}

function factsOf(body: Verdict | undefined): AttemptPage['facts'] {
  if (body === undefined) return []
  const { level, image, workers, limits, versions, firstLook } = body
  return [
    { name: 'Verdict', value: `${level}, engine ${versions.engine}, Arête ${versions.arete}` },
    ...(firstLook === null
      ? []
      : [{ name: 'First look', value: `on the busy machine: ${firstLook.reason}` }]),
    {
      name: 'Workers',
      value: workers.agent === workers.verify ? workers.agent : `${workers.agent}, then ${workers.verify}`,
    },
    {
      name: 'Limits',
      value: `${limits.cpus} CPUs, ${limits.memoryMegabytes} MB, ${limits.agentSeconds} s, network ${limits.network.agent}`,
    },
    ...(image === null ? [] : [{ name: 'Image', value: image }]),
  ]
}

type ReceiptRow = typeof receipts.$inferSelect | null

function receiptOf(row: ReceiptRow): AttemptPage['receipt'] {
  if (row === null || row.sequence === null || row.digest === null) return null
  const { sequence, digest, signer } = row
  return { sequence, digest, signer: signer ?? '', href: `/v1/receipts/${digest}` }
}

function commandsOf(row: ReceiptRow): AttemptPage['commands'] {
  if (row?.digest == null) return []
  return [
    { what: 'Fetch it', command: `curl -o receipt.json <this validator>/v1/receipts/${row.digest}` },
    { what: 'Check it', command: 'npx arete verify receipt.json' },
    { what: 'Judge again', command: 'npx arete verify receipt.json --again --validator <this validator>' },
  ]
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
