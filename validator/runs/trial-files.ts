import fs from 'node:fs'
import path from 'node:path'
import type { Evaluation } from '../evaluate.ts'
import { buildJobConfig, buildJobLock, buildJobResult, type Job } from './harbor-job.ts'
import { buildTrialConfig, buildTrialLock, buildTrialResult } from './harbor-result.ts'
import { type AttemptRecord, json, type Wanted } from './record.ts'

/** Writes an attempt's folder the way Harbor's own tools read a trial: `config.json`, `lock.json`, `result.json`. */
export function writeTrial(
  runFolder: string,
  record: AttemptRecord,
  wanted: Wanted,
  evaluation: Evaluation | undefined,
): void {
  const folder = path.join(path.resolve(runFolder), record.folder)
  fs.mkdirSync(folder, { recursive: true })
  const write = (name: string, value: unknown): void => fs.writeFileSync(path.join(folder, name), json(value))
  write('config.json', buildTrialConfig(runFolder, record, wanted))
  write('lock.json', buildTrialLock(record, wanted))
  write('result.json', buildTrialResult(runFolder, record, wanted, evaluation))
}

/** Writes a run's folder the way Harbor's own tools read a job. */
export function writeJob(job: Job): void {
  const write = (name: string, value: unknown): void =>
    fs.writeFileSync(path.join(job.folder, name), json(value))
  write('config.json', buildJobConfig(job))
  write('lock.json', buildJobLock(job))
  write('result.json', buildJobResult(job))
}
