import fs from 'node:fs'
import path from 'node:path'
import type { AgentOutcome } from '../../sandbox/agent-phase.ts'
import { splitFiles } from '../../sandbox/archive.ts'
import type { Collected } from '../../sandbox/collect.ts'
import type { RecordedCall } from '../../sandbox/gateway/calls.ts'
import { buildCtrf } from '../../sandbox/report.ts'
import type { VerifyOutcome } from '../../sandbox/verify-phase.ts'
import { buildTrajectory } from '../attempt/trajectory.ts'
import type { Evaluation, StepEvaluation } from '../evaluate.ts'
import { type Rewards, rewardsOf } from '../scoring/steps.ts'
import { type AttemptRecord, json, saveRecord, type Wanted } from './record.ts'
import { writeTrial } from './trial-files.ts'

/** Writes everything of an attempt into its folder; `verdict.json` comes last, so that its presence means: complete. */
export function saveAttempt(
  runFolder: string,
  record: AttemptRecord,
  wanted: Wanted,
  evaluation: Evaluation,
): void {
  const folder = path.join(runFolder, record.folder)
  writeAttempt(folder, record, wanted, evaluation)
  writeTrial(runFolder, record, wanted, evaluation)
  saveRecord(runFolder, record)
}

/** Everything of an attempt as files, named as Harbor names them: `agent/ verifier/ artifacts/`, for steps below `steps/<name>/`. */
function writeAttempt(folder: string, record: AttemptRecord, wanted: Wanted, evaluation: Evaluation): void {
  const { agent, verify, started } = evaluation
  // A try that was interrupted may have left files that are not this one's.
  for (const name of ['verdict.json', 'patch.diff', 'report.json', 'verifier', 'artifacts', 'steps']) {
    fs.rmSync(path.join(folder, name), { recursive: true, force: true })
  }
  const calls = evaluation.models?.calls
  const common = { session: record.key.slice(0, 32), name: record.agent, wanted, started, calls }
  if (agent.patch.kind === 'patch') write(folder, 'patch.diff', agent.patch.patch.diff)
  if (evaluation.steps.length === 0) {
    writeAgent(folder, agent, { ...common, statement: wanted.task.instruction })
    if (verify !== undefined) {
      const ctrf = ctrfOf(verify, wanted, started.getTime() + Math.round(1000 * evaluation.seconds.agent))
      write(folder, 'report.json', ctrf)
      writeVerifier(folder, verify, ctrf, rewardsOf(evaluation))
    }
    writeArtifacts(path.join(folder, 'artifacts'), evaluation.artifacts)
    return
  }
  for (const [index, step] of evaluation.steps.entries()) {
    const own = path.join(folder, 'steps', step.name)
    const statement = wanted.task.steps[index]?.task.instruction ?? ''
    const during = calls?.filter(({ asked }) => isDuring(asked.at, step, evaluation.steps[index + 1]))
    writeAgent(own, step.agent, { ...common, statement, started: step.times.agent, calls: during })
    if (step.verify !== undefined)
      writeVerifier(
        own,
        step.verify,
        ctrfOf(step.verify, wanted, step.times.verify.getTime()),
        rewardsOf(step),
      )
    writeArtifacts(path.join(own, 'artifacts'), step.artifacts)
  }
}

function isDuring(at: string, step: StepEvaluation, next: StepEvaluation | undefined): boolean {
  const time = Date.parse(at)
  return time >= step.times.agent.getTime() && (next === undefined || time < next.times.agent.getTime())
}

function write(folder: string, name: string, content: string | Uint8Array): void {
  const file = path.join(folder, name)
  fs.mkdirSync(path.dirname(file), { recursive: true })
  fs.writeFileSync(file, content)
}

function writeAgent(
  folder: string,
  agent: AgentOutcome,
  about: {
    session: string
    name: string
    wanted: Wanted
    started: Date
    statement: string
    calls: readonly RecordedCall[] | undefined
  },
): void {
  const { kind } = about.wanted.agent
  const version = about.wanted.agent.kind === 'program' ? about.wanted.agent.manifest.version : '1'
  const trajectory = buildTrajectory({
    session: about.session,
    agent: { name: about.name, version },
    statement: about.statement,
    started: about.started,
    events: agent.events,
    ...(about.calls === undefined ? {} : { calls: about.calls }),
  })
  write(folder, 'agent/trajectory.json', json(trajectory))
  write(folder, 'agent/agent.log', agent.log)
  if (kind === 'oracle') write(folder, 'agent/oracle.txt', agent.log)
  if (agent.exitCode !== undefined && agent.exitCode !== 0)
    write(folder, 'agent/exit-code.txt', String(agent.exitCode))
}

function ctrfOf(verify: VerifyOutcome, wanted: Wanted, start: number): string {
  const times = { start, stop: start + Math.round(1000 * verify.seconds) }
  return json(buildCtrf(verify.report, times, wanted.task.verifier.runner.kind))
}

function writeVerifier(
  folder: string,
  verify: VerifyOutcome,
  ctrf: string,
  rewards: Rewards | undefined,
): void {
  write(folder, 'verifier/ctrf.json', ctrf)
  write(folder, 'verifier/test-stdout.txt', verify.log)
  if (rewards === undefined) return
  if (Object.keys(rewards).join() === 'reward') write(folder, 'verifier/reward.txt', String(rewards.reward))
  else write(folder, 'verifier/reward.json', json(rewards))
}

/**
 * Writes what was collected, and `manifest.json` of what became of each. Paths in it are the agent's choice: only plain
 * relative ones are written, never links.
 */
function writeArtifacts(folder: string, collected: readonly Collected[]): void {
  const claimed: string[] = []
  const manifest = collected.map(({ artifact, files, status, type }) => {
    const { source, destination, service } = artifact
    const isTaken = claimed.some(
      one => `${one}/`.startsWith(`${destination}/`) || `${destination}/`.startsWith(`${one}/`),
    )
    if (status !== 'failed' && !isTaken) {
      claimed.push(destination)
      for (const { entry, content } of splitFiles(files))
        if (entry.kind === 'file')
          writeArtifact(folder, destination + `/${entry.path}`.slice(source.length), content)
    }
    return {
      source,
      destination: `artifacts/${destination}`,
      type,
      status: isTaken && status !== 'failed' ? 'skipped' : status,
      service: service === 'main' ? null : service,
    }
  })
  if (manifest.length > 0) write(folder, 'manifest.json', json(manifest))
}

function writeArtifact(folder: string, name: string, content: Uint8Array): void {
  const parts = name.split('/')
  if (parts.some(part => part === '' || part === '.' || part === '..' || part.includes('\0'))) return
  const file = path.join(folder, ...parts)
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content, { flag: 'wx' })
  } catch (error) {
    // Names are the agent's: where two want one place the first has it, and what the disk cannot hold is left out.
    if (['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES', 'EIO'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error
  }
}
