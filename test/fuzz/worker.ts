import { parentPort, workerData } from 'node:worker_threads'
import { runBatch } from './batch.ts'
import { TARGETS } from './targets.ts'

/** One batch, in a thread that can be ended when a case does not end. */
export interface WorkerData {
  readonly name: string
  readonly seed: number
  readonly cases: number
  /** Counts the cases that were begun. */
  readonly begun: Int32Array
}

const { name, seed, cases, begun } = workerData as WorkerData
const target = TARGETS.find(one => one.name === name)!
const onCase = (): void => void Atomics.add(begun, 0, 1)
parentPort!.postMessage(await runBatch(target, { seed, cases, onCase }))
