import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import Docker from 'dockerode'
import { type PreparedTask, prepareTask } from '../../sandbox/prepare.ts'
import { type Surroundings, setUp } from '../../sandbox/setup.ts'
import { loadTasks } from '../../task-bank/load.ts'
import { isOwn, type Task } from '../../task-bank/task.ts'
import { measureBank } from './bank.ts'
import type { Bare } from './bare.ts'
import { measureChain } from './chain.ts'
import { measureCopies } from './copies.ts'
import { measureCpu } from './cpu.ts'
import { measureDuels, renderDuels } from './duels.ts'
import { measureGateway } from './gateway.ts'
import { measureInSandbox } from './gateway-sandbox.ts'
import { measureGrowth } from './growth.ts'
import { measureImages } from './images.ts'
import { measureIntake } from './intake.ts'
import { measureMining } from './mine.ts'
import { measureOverhead } from './overhead.ts'
import { measurePages } from './pages.ts'
import { measurePatches } from './patches.ts'
import { publish } from './publish.ts'
import { measureRealSeason } from './real-season.ts'
import { measureRows } from './rows.ts'
import { measureSeasons, showSeason } from './season.ts'
import { measureService } from './service.ts'
import { measureStore } from './store.ts'
import { type Size, writeSized } from './synthetic.ts'
import { measureThroughput } from './throughput.ts'
import { measureVerify } from './verify.ts'

/**
 * Measures what the arena costs beyond the engine it stands on. Writes `results.json` beside this file; with `--quick` only
 * a few rounds, to see that it works, and no file.
 */
const FULL = {
  overhead: 12,
  cpu: 30,
  points: [
    [1, 2],
    [2, 3],
    [4, 3],
    [8, 3],
    [16, 3],
    [64, 6],
  ],
  early: 50,
  late: 500,
  tasks: 10_000,
  pool: 100_000,
  duels: 10_000,
  submissions: 2000,
  rows: 5000,
  receipts: 1_000_000,
  listeners: 1000,
  seconds: 20,
  hour: 1,
  images: 5,
  disguises: 100,
  seasons: 20,
  calls: 400,
  streams: 500,
  mining: { rounds: 5, planted: 5, limit: undefined },
} as const
const QUICK = {
  overhead: 2,
  cpu: 3,
  points: [
    [1, 1],
    [4, 1],
  ],
  early: 4,
  late: 8,
  tasks: 1000,
  pool: 10_000,
  duels: 100,
  submissions: 200,
  rows: 500,
  receipts: 10_000,
  listeners: 50,
  seconds: 2,
  hour: 0.02,
  images: 1,
  disguises: 3,
  seasons: 1,
  calls: 20,
  streams: 50,
  mining: { rounds: 1, planted: 1, limit: 3 },
} as const

const REPOSITORY = path.resolve(import.meta.dirname, '../..')
const DUELS = path.join(import.meta.dirname, 'duels.json')

const quick = process.argv.includes('--quick')
const amounts = quick ? QUICK : FULL
const started = performance.now()

if (process.argv.includes('--duels')) {
  benchDuels()
  process.exit()
}

if (process.argv.includes('--season')) {
  if (process.argv.includes('--web')) await showSeason()
  else benchSeason()
  process.exit()
}

if (process.argv.includes('--chain')) {
  benchChain()
  process.exit()
}

if (process.argv.includes('--copies')) {
  await benchCopies()
  process.exit()
}

if (process.argv.includes('--patches')) {
  benchPatches(process.argv[process.argv.indexOf('--patches') + 1])
  process.exit()
}

if (process.argv.includes('--real-season')) {
  await benchRealSeason()
  process.exit()
}

await using folder = temporaryFolder()
// Everything that is cached for these tasks goes with this run.
process.env.ARETE_CACHE = path.join(folder.path, 'cache')
const alone = {
  intake: benchIntake,
  store: benchStore,
  service: benchService,
  images: async () => benchImages(await setUp(say)),
  mine: async () => benchMining(await setUp(say)),
  pages: benchPages,
  gateway: async () => benchGateway(await setUp(say)),
}
for (const [name, bench] of Object.entries(alone)) {
  if (!process.argv.includes(`--${name}`)) continue
  await bench()
  await folder[Symbol.asyncDispose]()
  process.exit()
}
const surroundings = await setUp(say)
const bare: Bare = {
  docker: new Docker(),
  run: `bench-${randomBytes(4).toString('hex')}`,
  runtimeVolume: surroundings.runtimeVolume,
}

say('tasks')
// Tasks that the usual tools can judge in a plain container as well.
const comparable = loadTasks([path.join(REPOSITORY, 'task-bank/tasks')], {}).filter(
  ({ mode, verifier: { runner } }) => mode === 'patch' && isOwn(runner) && runner.tests.root === '/tests',
)
const bundled = await Promise.all(comparable.map(prepare))
const small = bundled.find(({ task }) => task.name === 'arete/parcel-quotes')!
await using large = await make('400-files', { files: 400, bytes: 5_400_000, runner: 'pytest' })
await using light = await make('light', { files: 3, bytes: 3000, runner: 'script' })

say('rows of a data set')
const rows = await measureRows({ folder: folder.path, rounds: quick ? 2 : 5 })
say('overhead')
const overhead = await measureOverhead(surroundings, bare, {
  small,
  large: large.prepared,
  rounds: amounts.overhead,
})
say('verify phase')
const verify = await measureVerify(surroundings, bare, { folder: folder.path, rounds: amounts.overhead })
say('processor time')
const cpu = await measureCpu(surroundings, bare, { prepared: small, rounds: amounts.cpu })
say('throughput of the engine alone')
const throughput = await measureThroughput(surroundings, bare, {
  prepared: bundled.slice(0, 12),
  points: amounts.points,
  folder: folder.path,
  say,
})
say(`${amounts.late} attempts in a row`)
const growth = await measureGrowth(surroundings, bare, {
  ...amounts,
  prepared: light.prepared,
  folder: folder.path,
})
say('large banks')
const bank = await measureBank({ ...amounts, task: small.task.folder, folder: folder.path })

benchDuels()
benchSeason()
benchChain()
await benchGateway(surroundings)
await benchCopies()
await benchIntake()
await benchStore()
await benchService()
await benchImages(surroundings)
await benchMining(surroundings)

const lines = [...rows, ...overhead, ...verify, ...cpu, ...throughput, ...growth, ...bank]
publish('results', lines, !quick, { engine: surroundings.about.version })

/** What each rule does to equals and to betters; with `--duels` nothing else is measured. */
function benchDuels(): void {
  const rows = measureDuels(amounts.duels, say)
  process.stdout.write(`${renderDuels(rows)}\n`)
  if (!quick) fs.writeFileSync(DUELS, `${JSON.stringify({ rows }, undefined, 2)}\n`)
}

/** Who earns what in a simulated season; with `--season` nothing else is measured. */
function benchSeason(): void {
  publish('season', measureSeasons(amounts.seasons, say), !quick)
}

/** What weights and epochs cost; with `--chain` nothing else is measured. */
function benchChain(): void {
  say('weights and epochs')
  publish('chain', measureChain(quick ? 3 : 25), !quick)
}

/** What the gateway adds to calls of models; with `--gateway` nothing else is measured. */
async function benchGateway(all: Surroundings): Promise<void> {
  say('calls of models')
  const alone = await measureGateway(amounts)
  const inside = await measureInSandbox(all, { folder: folder.path, calls: amounts.calls })
  publish('gateway', [...alone, ...inside], !quick, { engine: all.about.version })
}

/** Six agents on the bundled tasks through a validator, half an hour; only with `--real-season`. */
async function benchRealSeason(): Promise<void> {
  const { lines, board } = await measureRealSeason(say)
  process.stdout.write(`${board}\n`)
  publish('real-season', lines, true)
}

/** Which copies are found, and who is taken for one; with `--copies` nothing else is measured. */
async function benchCopies(): Promise<void> {
  publish('copies', await measureCopies(amounts.disguises, say), !quick)
}

/** How alike patches of strangers are; only with `--patches <folder>`, for the data are others'. */
function benchPatches(folder: string | undefined): void {
  if (folder === undefined)
    throw new Error('Expected --patches <folder>: files of predictions, as test/bench/patches.ts says')
  const { lines, sources } = measurePatches(folder)
  publish('patches', lines, !quick, { sources })
}

/** How many submissions a second are taken; with `--intake` nothing else is measured. */
async function benchIntake(): Promise<void> {
  say('submissions')
  const size = { folder: folder.path, submissions: amounts.submissions }
  publish('intake', await measureIntake(size), !quick)
}

function say(what: string): void {
  process.stderr.write(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${what}\n`)
}

function prepare(task: Task): Promise<PreparedTask> {
  return prepareTask(surroundings.engine, task, { run: bare.run, say: () => {} })
}

async function make(
  name: string,
  size: Size,
): Promise<{ readonly prepared: PreparedTask } & AsyncDisposable> {
  const prepared = await prepare(writeSized(path.join(folder.path, name), size))
  return { prepared, [Symbol.asyncDispose]: () => surroundings.engine.removeImage(prepared.image.id) }
}

function temporaryFolder(): { readonly path: string } & AsyncDisposable {
  const made = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-bench-'))
  return {
    path: made,
    [Symbol.asyncDispose]: () => fs.promises.rm(made, { recursive: true, force: true }),
  }
}

/** What the database does a second, and with many receipts; with `--store` nothing else is measured. */
async function benchStore(): Promise<void> {
  say('records')
  publish('store', await measureStore(amounts), !quick)
}

/** What a validator answers a second; with `--service` nothing else is measured. */
async function benchService(): Promise<void> {
  say('a validator with many verdicts')
  publish('service', await measureService(amounts), !quick)
}

/** What it takes to make images of tasks and to find them again; with `--images` nothing else is measured. */
async function benchImages(all: Surroundings): Promise<void> {
  say('images')
  const run = `bench-${randomBytes(4).toString('hex')}`
  const size = { folder: folder.path, run, rounds: amounts.images }
  publish('images', await measureImages(all, size), !quick, { engine: all.about.version })
}

/** What tasks cost that are made of a repository's past, and by planting faults; with `--mine` nothing else is measured. */
async function benchMining(all: Surroundings): Promise<void> {
  const lines = await measureMining(all, { folder: folder.path, ...amounts.mining }, say)
  publish('mine', lines, !quick, { engine: all.about.version })
}

/** How soon a reader sees the board; only with `--pages`, for it needs a browser. */
async function benchPages(): Promise<void> {
  say('pages')
  publish('pages', await measurePages({ rounds: quick ? 2 : 15 }), !quick)
}
