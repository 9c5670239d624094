import fs from 'node:fs'
import path from 'node:path'
import { loadAgent } from '../../../sandbox/agent.ts'
import { readCalls } from '../../../sandbox/gateway/calls.ts'
import { cutCassette } from '../../../sandbox/gateway/cassette.ts'
import { CALLS } from '../../models/run-models.ts'
import { buildChats, type Provenance } from '../../models/training.ts'
import { type AttemptRecord, readRecord } from '../../runs/record.ts'
import { UsageError } from '../errors.ts'
import { shown } from '../places.ts'
import { asJson, counted } from '../text.ts'

/** `arete export`: conversations of solved attempts, one a line, for whoever trains models. */
export async function exportChats(
  folders: readonly string[],
  { to, all, json }: { readonly to: string; readonly all?: true; readonly json?: true },
): Promise<number> {
  const attempts = folders.flatMap(listAttempts)
  const lines: string[] = []
  const left = { unsolved: 0, withoutConsent: 0 }
  for (const { folder, record } of attempts) {
    if (record.verdict !== 'solved' || record.evidence.length > 0) {
      left.unsolved += 1
      continue
    }
    const from = await provenanceOf(record)
    if (!from.consent && !all) {
      left.withoutConsent += 1
      continue
    }
    const calls = readCalls(fs.readFileSync(path.join(folder, CALLS), 'utf8'))
    for (const chat of buildChats(calls, from)) lines.push(`${JSON.stringify(chat)}\n`)
  }
  fs.writeFileSync(to, lines.join(''))
  if (json) console.log(asJson({ to, conversations: lines.length, attempts: attempts.length, left }))
  else {
    console.log(`Wrote     ${counted(lines.length, 'conversation')} to ${shown(to)}
Left out  ${counted(left.unsolved, 'attempt')} not solved, ${left.withoutConsent} whose agent.json does not say "training": true`)
  }
  return 0
}

/** `arete cassette`: the record of an attempt as a fixture for tests. */
export async function cassette(attempt: string, { to }: { readonly to: string }): Promise<number> {
  const file = path.join(attempt, CALLS)
  if (!fs.existsSync(file)) throw new UsageError(`Cannot cut ${attempt}: it has no ${CALLS}`)
  const text = cutCassette(fs.readFileSync(file, 'utf8'))
  fs.writeFileSync(to, text)
  console.log(`Wrote ${counted(readCalls(text).length, 'call')} to ${shown(to)}`)
  return 0
}

/** Attempts of a run, or a single one, that asked models. */
function listAttempts(folder: string): { folder: string; record: AttemptRecord }[] {
  if (!fs.existsSync(folder)) throw new UsageError(`Cannot export ${folder}: there is no such folder`)
  const names = [
    '',
    ...fs.readdirSync(folder, { withFileTypes: true }).flatMap(one => (one.isDirectory() ? [one.name] : [])),
  ]
  return names.flatMap(name => {
    const own = path.join(folder, name)
    const record = readRecord(own)
    return record !== undefined && fs.existsSync(path.join(own, CALLS)) ? [{ folder: own, record }] : []
  })
}

/** What the agent's author allows, as its manifest says it now; an agent that is not there any more allows nothing. */
async function provenanceOf(record: AttemptRecord): Promise<Provenance> {
  const agent = await loadAgent(record.agentSource).catch(() => undefined)
  const isSame = agent?.kind === 'program' && agent.digest === record.agentDigest
  const manifest = isSame ? agent.manifest : undefined
  return {
    ...{ task: record.task, taskDigest: record.taskDigest, environment: record.environment },
    ...{ agent: record.agent, version: manifest?.version ?? '' },
    ...{ license: manifest?.license ?? null, consent: manifest?.training === true },
    ...{ verdict: 'solved', level: record.level, patchDigest: record.patchDigest },
  }
}
