import { parseArgs } from 'node:util'
import { Worker } from 'node:worker_threads'
import fc from 'fast-check'
import pLimit from 'p-limit'
import { type Failure, renderFailure } from './batch.ts'
import { MAX_SECONDS, type Target } from './target.ts'
import { TARGETS } from './targets.ts'
import type { WorkerData } from './worker.ts'

/**
 * Tries many cases: `npm run fuzz -- [--target name] [--cases n] [--seed n] [--jobs n]`. Cases are shared out among the
 * targets as in `npm test`. The same seed tries the same cases. Exit code 1 if a law is broken.
 */
const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
    jobs: { type: 'string', default: '1' },
  },
})
const chosen = TARGETS.filter(target => values.target === undefined || target.name === values.target)
const [total, seed, jobs] = [values.cases, values.seed, values.jobs].map(Number) as [number, number, number]
if (chosen.length === 0)
  exit(`There is no target "${values.target}": ${TARGETS.map(one => one.name).join(', ')}`)
if (![total, seed, jobs].every(Number.isInteger) || total < 1 || jobs < 1)
  exit('--cases, --seed and --jobs are whole numbers')

/** A batch is a part of a run that can be repeated by its seed alone. */
const BATCH = 20
const MEMORY_MEGABYTES = 1024

const start = performance.now()
const shares = chosen.reduce((sum, target) => sum + target.short, 0)
const limit = pLimit(jobs)
let failed = 0
let tried = 0
console.log(`${total} cases, seed ${seed}, ${jobs} ${jobs === 1 ? 'job' : 'jobs'}`)
await Promise.all(chosen.map(target => fuzz(target, Math.ceil((total * target.short) / shares))))
const seconds = (performance.now() - start) / 1000
console.log(
  `${tried} cases in ${seconds.toFixed(0)} s, ${(tried / seconds).toFixed(0)}/s, ${failed} of ${chosen.length} targets failed`,
)
process.exitCode = failed > 0 ? 1 : 0

async function fuzz(target: Target, cases: number): Promise<void> {
  const size = BATCH * target.short
  let done = 0
  let spent = 0
  let failure: Failure | undefined
  const batches = Array.from({ length: Math.ceil(cases / size) }, (_, index) =>
    limit(async () => {
      if (failure !== undefined) return
      const count = Math.min(size, cases - index * size)
      const began = performance.now()
      failure ??= await runWorker(target, (seed + index) % 2 ** 31, count)
      spent += (performance.now() - began) / 1000
      done += count
      tried += count
      console.log(
        `${target.name.padEnd(16)} ${String(done).padStart(8)} of ${cases}  ${(done / spent).toFixed(0).padStart(6)}/s`,
      )
    }),
  )
  await Promise.all(batches)
  if (failure === undefined) return
  failed += 1
  console.log(`\n${renderFailure(target, failure)}\n`)
}

/** A batch in a thread of its own, which is ended when a case takes for ever or memory without end. */
async function runWorker(target: Target, batchSeed: number, cases: number): Promise<Failure | undefined> {
  const begun = new Int32Array(new SharedArrayBuffer(4))
  const workerData: WorkerData = { name: target.name, seed: batchSeed, cases, begun }
  const worker = new Worker(new URL('./thread.mjs', import.meta.url), {
    workerData,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MEGABYTES },
  })
  const giveUp = (message: string): Failure => {
    const number = Atomics.load(begun, 0)
    const drawn =
      number > cases ? undefined : fc.sample(target.cases, { seed: batchSeed, numRuns: number }).at(-1)
    return {
      seed: batchSeed,
      message,
      counterexample: JSON.stringify(drawn) ?? 'found while it was made smaller',
    }
  }
  return await new Promise(resolve => {
    let before = -1
    let still = 0
    const watch = setInterval(() => {
      const now = Atomics.load(begun, 0)
      still = now === before ? still + 1 : 0
      before = now
      if (still <= 3 * MAX_SECONDS) return
      resolve(giveUp('it does not end'))
      void worker.terminate()
    }, 1000)
    worker.on('message', resolve)
    worker.on('error', error => resolve(giveUp(String(error))))
    worker.on('exit', () => {
      clearInterval(watch)
      resolve(giveUp('its thread ended'))
    })
  })
}

function exit(message: string): never {
  console.error(message)
  process.exit(2)
}
