import fs from 'node:fs'
import path from 'node:path'
import { z } from 'zod'
import type { Compose } from '../task-bank/harbor/compose.ts'
import { distinctReplacements, type Replacement } from '../task-bank/mapping.ts'
import type { Task } from '../task-bank/task.ts'
import { ensurePinned } from './affinetes/pinned.ts'
import { unpackFolder } from './archive.ts'
import { cacheFolder } from './cache.ts'
import { sha256 } from './digest.ts'
import type { Engine, Image, StoppedContainer } from './engine.ts'
import { SandboxError } from './errors.ts'
import { holdFolder } from './hold.ts'
import { ensureImage, type SuppliedImage } from './image.ts'
import { layTests } from './laid.ts'
import { findLift, type Lift, withLearnt } from './lift.ts'
import { lock } from './lock.ts'
import { labelsOf } from './owner.ts'
import { createRepository, openRepository, type Repository } from './repository.ts'
import { chooseUser, findUser, type User } from './users.ts'

/** A task made ready on this engine: everything that attempts share and that costs time only once. */
export interface PreparedTask {
  readonly task: Task
  readonly image: Image
  /** What of its images came from elsewhere than the task says. */
  readonly replaced: readonly Replacement[]
  readonly workdir: string
  readonly agentUser: User
  readonly verifierUser: User
  /** Set in patch mode. */
  readonly repository: Repository | undefined
  /** Set for a separate verifier. */
  readonly verifierImage: Image | undefined
  /** Of a dialogue: the environment that asks. */
  readonly asker?: Image
  /** Whoever the image itself would be. */
  readonly imageUser: User
  /** Any user of its image, as the engine names users. */
  readonly userOf: (name: string) => User
  /** Images of the services beside the agent's machine, and beside a separate verifier's. */
  readonly services: ReadonlyMap<string, Image>
  readonly verifierServices: ReadonlyMap<string, Image>
  /** Each step of a task with steps, made ready. */
  readonly steps: readonly PreparedTask[]
  /** Its hidden tests without their expectations, if they were taken apart. */
  readonly lift: Lift | undefined
  /** What its agents are told about language models; absent if there are none. */
  readonly offer?: Offered
}

/** A model that agents of a run may ask, and their money for it in US dollars. */
export interface Offered {
  readonly model: string
  readonly usd: number
  /** Where in the sandbox the certificate lies by which calls of known hosts come to the gateway; absent if they do not. */
  readonly trust?: string
}

/** A task, and all of its steps, with language models. */
export function withOffer(prepared: PreparedTask, offer: Offered | undefined): PreparedTask {
  if (offer === undefined) return prepared
  return { ...prepared, offer, steps: prepared.steps.map(step => withOffer(step, offer)) }
}

/** Raise when what is kept on disk changes its form. */
const FORMAT = 3
const MAX_REPOSITORY_BYTES = 2 ** 30
/** Written last: then the folder is complete. */
const ACCOUNTS = 'accounts.json'
const REPOSITORY = 'repository'

const Accounts = z.object({ passwd: z.string(), group: z.string() })
type Accounts = z.infer<typeof Accounts>

/**
 * Gets the image of a task and, in patch mode, its repository with the history reduced to one commit. Both are kept by
 * content digest, so a second call costs milliseconds.
 */
export async function prepareTask(
  engine: Engine,
  task: Task,
  options: { run: string; say: (line: string) => void },
): Promise<PreparedTask> {
  const build = { seconds: task.buildSeconds, say: options.say, run: options.run }
  const image = await ensureImage(engine, task.image, build)
  const separate = task.verifier.image
  const verifierImage = separate === undefined ? undefined : await ensureImage(engine, separate, build)
  const { dialogue } = task
  const asker =
    dialogue === undefined
      ? undefined
      : await ensurePinned(engine, dialogue.call.image, { ...build, seconds: dialogue.call.start_seconds })
  const imagesOf = async (compose: Compose | undefined): Promise<Map<string, SuppliedImage>> => {
    const found = (compose?.services ?? []).map(
      async service => [service.name, await ensureImage(engine, service.image, build)] as const,
    )
    return new Map(await Promise.all(found))
  }
  const services = await imagesOf(task.compose)
  const workdir = task.workdir ?? image.workdir
  const repositoryWanted = task.mode === 'patch'
  if (repositoryWanted && (workdir === '/' || !path.isAbsolute(workdir))) {
    throw new SandboxError(
      'task-unusable',
      `Cannot use task "${task.name}" in patch mode: set arete.workdir to the folder of its repository`,
    )
  }
  const folder = keptFolder(image, workdir, task)
  const { accounts, repository } = await openCached(engine, {
    folder,
    image,
    workdir,
    repositoryWanted,
    run: options.run,
  })
  const verifierAccounts =
    verifierImage === undefined ? accounts : await accountsOf(engine, verifierImage, options.run)
  const userOf = (name: string, of = accounts): User => findUser(name, of.passwd, of.group)
  const agentUser = task.agentUser ?? chooseUser(image, { mode: task.mode, workdir })
  // In patch mode the repository is the agent's, and the tests must be able to write there.
  const verifierUser =
    task.verifier.user ?? verifierImage?.user ?? (task.mode === 'patch' ? agentUser : image.user)
  const lift = findLift(task)
  const verifierServices = separate === undefined ? services : await imagesOf(task.verifier.compose)
  const all = [image, verifierImage, ...services.values(), ...verifierServices.values()]
  return {
    task: withLearnt(repository === undefined ? task : await withLaid(task, repository), lift),
    image,
    replaced: distinctReplacements(all.flatMap(one => one?.replaced ?? [])),
    workdir,
    agentUser: userOf(agentUser),
    verifierUser: userOf(verifierUser, verifierAccounts),
    repository,
    verifierImage,
    ...(asker === undefined ? {} : { asker }),
    imageUser: userOf(image.user),
    userOf: name => userOf(name),
    services,
    verifierServices,
    steps: await prepareSteps(engine, task, options),
    lift,
  }
}

/** A row's task with what its test patch makes of the repository. */
async function withLaid(task: Task, repository: Repository): Promise<Task> {
  const { row } = task.verifier
  if (row === undefined) return task
  return { ...task, verifier: { ...task.verifier, laid: await layTests(repository, row, task.name) } }
}

interface Wanted {
  readonly folder: string
  readonly image: Image
  readonly workdir: string
  readonly repositoryWanted: boolean
  readonly run: string
}

/** Removes what is kept of a task that nobody will run. */
export async function forgetTask(engine: Engine, { image, workdir, task }: PreparedTask): Promise<void> {
  fs.rmSync(keptFolder(image, workdir, task), { recursive: true, force: true })
  await engine.removeImage(image.id)
}

function keptFolder(image: Image, workdir: string, { mode }: Task): string {
  return path.join(cacheFolder(), 'tasks', sha256(`${FORMAT} ${image.id} ${workdir} ${mode}`).slice(0, 24))
}

async function accountsOf(engine: Engine, image: Image, run: string): Promise<Accounts> {
  const folder = path.join(cacheFolder(), 'tasks', sha256(`${FORMAT} ${image.id} accounts`).slice(0, 24))
  const { accounts } = await openCached(engine, { folder, image, workdir: '/', repositoryWanted: false, run })
  return accounts
}

async function prepareSteps(
  engine: Engine,
  task: Task,
  options: { run: string; say: (line: string) => void },
): Promise<PreparedTask[]> {
  const steps: PreparedTask[] = []
  for (const step of task.steps) steps.push(await prepareTask(engine, step.task, options))
  return steps
}

async function openCached(
  engine: Engine,
  wanted: Wanted,
): Promise<{ accounts: Accounts; repository: Repository | undefined }> {
  const { folder } = wanted
  const accountsFile = path.join(folder, ACCOUNTS)
  holdFolder(folder, wanted.run)
  if (!fs.existsSync(accountsFile)) {
    await using _ = await lock(engine, path.basename(folder), wanted.run)
    if (!fs.existsSync(accountsFile)) await fillCache(engine, wanted)
  }
  // When it was used last, for whoever has to make room.
  fs.utimesSync(folder, new Date(), new Date())
  return {
    accounts: Accounts.parse(JSON.parse(fs.readFileSync(accountsFile, 'utf8'))),
    repository: wanted.repositoryWanted ? await openRepository(path.join(folder, REPOSITORY)) : undefined,
  }
}

async function fillCache(
  engine: Engine,
  { folder, image, workdir, repositoryWanted, run }: Wanted,
): Promise<void> {
  fs.mkdirSync(folder, { recursive: true })
  const labels = labelsOf({ run, role: 'preparation', seconds: 600, now: Date.now() })
  await using stopped = await engine.openStopped({ image: image.id, labels, mounts: [] })
  if (repositoryWanted) {
    const archive = await stopped.readArchive(workdir)
    if (archive === undefined)
      throw new SandboxError(
        'task-unusable',
        `Cannot find the repository: the image has no folder ${workdir}`,
      )
    await createRepository(path.join(folder, REPOSITORY), await unpackFolder(archive, MAX_REPOSITORY_BYTES))
  }
  const accounts = {
    passwd: await readText(stopped, '/etc/passwd'),
    group: await readText(stopped, '/etc/group'),
  }
  const file = path.join(folder, ACCOUNTS)
  fs.writeFileSync(`${file}.${process.pid}`, JSON.stringify(accounts))
  fs.renameSync(`${file}.${process.pid}`, file)
}

/** A file of the image; empty if there is none. */
async function readText(stopped: StoppedContainer, file: string): Promise<string> {
  const archive = await stopped.readArchive(file)
  if (archive === undefined) return ''
  const files = await unpackFolder(archive, 2 ** 20, 0)
  return Buffer.from(files.body).toString()
}
