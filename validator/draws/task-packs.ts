import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { gunzipSync } from 'node:zlib'
import { eq } from 'drizzle-orm'
import { splitFiles, unpackFolder } from '../../sandbox/archive.ts'
import { memoryOf } from '../../sandbox/service-spec.ts'
import { CERTIFICATE_FILE } from '../../task-bank/certificate.ts'
import { listTaskFiles } from '../../task-bank/digest.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import type { Task } from '../../task-bank/task.ts'
import { splits } from '../attempt/phases.ts'
import { packFiles } from '../intake/pack.ts'
import { type Needs, normaliseNeeds } from '../queue/needs.ts'
import type { Blobs } from '../store/blobs.ts'
import type { Drizzle, Transaction } from '../store/database.ts'
import { tasks } from '../store/schema.ts'

/** What lies beside a task and says how far it can be trusted; not a part of it. */
const BESIDE = [CERTIFICATE_FILE, 'lift.json']
const MOST_BYTES = 2 ** 30

/** What the operator asks of workers beyond what a task declares. */
export interface NeedsPolicy {
  /** Labels by environment. */
  readonly labels: Readonly<Record<string, readonly string[]>>
  readonly engine?: string | undefined
}

/** Keeps a task where every worker can get it: its folder as a blob, and a row that says what it needs. */
export async function storeTask(
  db: Drizzle | Transaction,
  blobs: Blobs,
  task: Task,
  policy: NeedsPolicy = { labels: {} },
): Promise<void> {
  const [known] = await db.select({ digest: tasks.digest }).from(tasks).where(eq(tasks.digest, task.digest))
  if (known !== undefined) return
  const pack = await blobs.put(await packTask(task.folder))
  const { digest, name, environment, buildSeconds } = task
  // Tests may be run a second time alone, and steps one after the other.
  const rounds = [task, ...task.steps.map(step => step.task)]
  const seconds = Math.ceil(
    rounds.reduce((sum, one) => sum + one.agentSeconds + 2 * one.verifier.seconds, 2 * buildSeconds),
  )
  await db
    .insert(tasks)
    .values({ digest, name, environment, pack, needs: needsOf(task, policy), splits: splits(task), seconds })
    .onConflictDoNothing()
}

/** A task out of the store, in a folder that is named by its digest, checked. */
export async function fetchTask(
  row: Pick<typeof tasks.$inferSelect, 'digest' | 'pack' | 'name' | 'environment'>,
  blobs: Blobs,
  cacheFolder: string,
): Promise<Task> {
  const folder = path.join(cacheFolder, row.digest)
  if (!fs.existsSync(folder)) await unpackTask(await blobs.get(row.pack), folder)
  const task = loadHarborTask(folder, process.env)
  // Where a task does not say them, its folder does: here it lies in another one.
  if (task.digest === row.digest) return { ...task, name: row.name, environment: row.environment }
  // Somebody changed the files that were kept.
  fs.rmSync(folder, { recursive: true, force: true })
  throw new Error(`The task in ${folder} is not ${row.digest} but ${task.digest}; it was removed, try again`)
}

/** What a task needs of a machine; services run beside the agent, so their memory counts. */
function needsOf({ limits, verifier, compose, environment }: Task, policy: NeedsPolicy): Needs {
  const services = (compose?.services ?? []).reduce((sum, service) => sum + memoryOf(service), 0)
  return normaliseNeeds({
    cpus: Math.max(limits.cpus, verifier.limits.cpus),
    memoryMegabytes: Math.max(limits.memoryMegabytes, verifier.limits.memoryMegabytes) + services,
    labels: [...(policy.labels[environment] ?? [])],
    ...(policy.engine === undefined ? {} : { engine: policy.engine }),
  })
}

async function packTask(folder: string): Promise<Buffer> {
  const names = [...listTaskFiles(folder), ...BESIDE.filter(name => fs.existsSync(path.join(folder, name)))]
  return await packFiles(
    names.map(name => {
      const file = path.join(folder, name)
      return {
        path: name,
        executable: (fs.statSync(file).mode & 0o100) !== 0,
        content: fs.readFileSync(file),
      }
    }),
  )
}

/** The texts of a packed task's reference solution; none if it has no such. */
export async function readSolution(pack: Buffer): Promise<string[]> {
  const texts: string[] = []
  for (const { entry, content } of splitFiles(await openPack(pack)))
    if (entry.kind === 'file' && entry.path.startsWith('solution/'))
      texts.push(Buffer.from(content).toString('utf8'))
  return texts
}

async function openPack(pack: Buffer) {
  const plain = gunzipSync(pack, { maxOutputLength: MOST_BYTES })
  return await unpackFolder(Readable.from([plain]), MOST_BYTES, 0)
}

/** The folder gets its name once it is whole: others may be looking for it. */
async function unpackTask(pack: Buffer, folder: string): Promise<void> {
  const files = await openPack(pack)
  const fresh = `${folder}.${process.pid}-${Math.random().toString(36).slice(2)}`
  for (const { entry, content } of splitFiles(files)) {
    if (entry.kind !== 'file') continue
    const file = path.join(fresh, entry.path)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content, { mode: entry.mode & 0o100 ? 0o755 : 0o644 })
  }
  try {
    fs.renameSync(fresh, folder)
  } catch (error) {
    fs.rmSync(fresh, { recursive: true, force: true })
    if (!fs.existsSync(folder)) throw error
  }
}
