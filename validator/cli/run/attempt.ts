import fs from 'node:fs'
import path from 'node:path'
import { type Patch, patchFromDiff } from '../../../sandbox/patch.ts'
import { type PreparedTask, prepareTask } from '../../../sandbox/prepare.ts'
import type { Surroundings } from '../../../sandbox/setup.ts'
import { patchRulesOf } from '../../../sandbox/suite.ts'
import { loadHarborTask } from '../../../task-bank/harbor.ts'
import { type AttemptRecord, readRecord } from '../../runs/record.ts'
import { UsageError } from '../errors.ts'

/** A recorded attempt, made ready to be judged again. */
export interface Recorded {
  readonly record: AttemptRecord
  readonly prepared: PreparedTask
  readonly patch: Patch | undefined
}

/** Reads an attempt's folder and makes a patch of its recorded diff, as if an agent had returned it. */
export async function openAttempt(
  surroundings: Surroundings,
  folder: string,
  run: string,
): Promise<Recorded> {
  const record = readRecord(folder)
  if (record === undefined) throw new UsageError(`Cannot open ${folder}: it has no complete verdict.json`)
  if (record.verdict === null || record.reason === 'invalid-patch' || record.reason.startsWith('agent-')) {
    throw new UsageError(
      `Cannot judge again: no tests ran on this attempt (${record.reason}: ${record.detail})`,
    )
  }
  const isPublic = Object.values(record.network).includes('public')
  const task = loadHarborTask(record.taskFolder, process.env, isPublic ? 'public' : 'allowlist')
  if (task.digest !== record.taskDigest)
    throw new UsageError(
      `Cannot judge again: the task in ${record.taskFolder} is not what it was (digest ${task.digest.slice(0, 12)}, then ${record.taskDigest.slice(0, 12)})`,
    )
  const prepared = await prepareTask(surroundings.engine, task, { run, say: () => {} })
  if (prepared.repository === undefined)
    throw new UsageError(`Cannot open ${folder}: in snapshot mode the agent's machine is not kept`)
  if (record.patch === null) return { record, prepared, patch: undefined }
  const outcome = await patchFromDiff(
    prepared.repository,
    fs.readFileSync(path.join(folder, record.patch)),
    patchRulesOf(prepared),
  )
  switch (outcome.kind) {
    case 'patch':
      if (outcome.patch.digest !== record.patchDigest)
        throw new UsageError(
          `Cannot judge again: ${record.patch} is not the recorded patch (SHA-256 ${outcome.patch.digest.slice(0, 12)}, recorded ${record.patchDigest?.slice(0, 12)})`,
        )
      return { record, prepared, patch: outcome.patch }
    case 'empty':
    case 'snapshot':
      return { record, prepared, patch: undefined }
    case 'invalid':
      throw new UsageError(`Cannot judge again: ${outcome.reasons.join('; ')}`)
  }
}
