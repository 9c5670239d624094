import fs from 'node:fs'
import path from 'node:path'
import { AgentEventLine, type AgentEventRecord } from '../../sandbox/agent-events.ts'
import { openJsonLines } from '../../sandbox/json-lines.ts'
import { buildTrajectory } from '../attempt/trajectory.ts'
import type { Spent } from '../models/spent.ts'
import type { AttemptPage } from '../pages/attempt.ts'
import { clip, clipStart } from '../pages/clip.ts'
import { counted, money } from '../pages/format.ts'
import { readTests } from '../pages/tests.ts'
import { readSteps } from '../pages/trajectory.ts'
import { type AttemptRecord, readRecord } from '../runs/record.ts'

const MOST_PATCH = 400_000
const MOST_LOG = 100_000
/** A file that is larger is not read at all: what it holds is an agent's choice. */
const MOST_JSON = 64 * 2 ** 20

/** Files of an attempt that may be asked for, by the name in their address. */
export const ATTEMPT_FILES: Readonly<Record<string, string>> = {
  'verdict.json': 'verdict.json',
  'patch.diff': 'patch.diff',
  'report.json': 'report.json',
  'trajectory.json': 'agent/trajectory.json',
  'agent.log': 'agent/agent.log',
  'test-stdout.txt': 'verifier/test-stdout.txt',
}

/** What the record of an attempt says of how its verdict can be trusted. */
const TRUST: Readonly<Record<NonNullable<AttemptRecord['level']>, string>> = {
  observed: 'observed: what the tests saw was compared outside of the sandbox',
  reported: "reported: the tests' own processes say so, and got the canaries right",
  reward: "reward: a number that the task's own script wrote",
}

/**
 * One attempt of a run folder as its page shows it; undefined if there is none.
 *
 * @param shown - how a person here would type the folder
 */
export function readAttemptFolder(run: string, name: string, shown: string): AttemptPage | undefined {
  const folder = path.join(run, name)
  if (!fs.existsSync(folder)) return undefined
  const record = readRecord(folder)
  const files = Object.entries(ATTEMPT_FILES)
    .filter(([, file]) => fs.existsSync(path.join(folder, file)))
    .map(([label]) => ({ label, href: `/attempts/${encodeURIComponent(name)}/${label}` }))
  const common = {
    ...{ id: name, files, receipt: null, closed: null },
    within: { label: 'run', href: '/' },
    logs: readLogs(folder, files),
  }
  if (record === undefined) return { ...common, ...readWorking(folder, name) }
  const patch = record.patch === null ? undefined : readText(path.join(folder, record.patch))
  const isJudged = record.verdict !== null
  return {
    ...common,
    task: { label: record.task, href: null },
    agent: { label: record.agent, href: null },
    environment: record.environment,
    state: isJudged ? 'judged' : 'failed',
    verdict: record.verdict,
    reason: record.reason,
    detail: record.detail,
    evidence: record.evidence,
    started: record.started,
    seconds: record.seconds,
    tests:
      record.tests.expected.length === 0
        ? null
        : readTests(record.tests, readJson(path.join(folder, 'report.json'))),
    patch: patch === undefined ? null : clip(patch, MOST_PATCH),
    dropped: record.dropped,
    steps: readSteps(readJson(path.join(folder, 'agent/trajectory.json'))),
    facts: factsOf(record),
    commands: commandsOf(record, shown),
  }
}

function factsOf(record: AttemptRecord): AttemptPage['facts'] {
  const { level, firstLook, image, network, rewards, exitCode, spent } = record
  return [
    ...(level === null ? [] : [{ name: 'Verdict', value: TRUST[level] }]),
    ...(firstLook === null
      ? []
      : [{ name: 'First look', value: `on the busy machine: ${firstLook.reason}` }]),
    ...(exitCode === null || exitCode === 0 ? [] : [{ name: 'Exit code', value: String(exitCode) }]),
    ...(rewards === null ? [] : [{ name: 'Rewards', value: JSON.stringify(rewards) }]),
    { name: 'Network', value: `${network.agent} for the agent, ${network.verify} for the tests` },
    ...(spent === null ? [] : [{ name: 'Language models', value: sayModels(spent) }]),
    ...(image === null ? [] : [{ name: 'Image', value: image.id }]),
  ]
}

function sayModels({ requests, inputTokens, outputTokens, usd, replayed }: Spent): string {
  const tokens = counted(inputTokens + outputTokens, 'token')
  return `${counted(requests, 'call')}, ${tokens}, ${money(usd)}${replayed === null ? '' : ', replayed from a record'}`
}

function commandsOf(record: AttemptRecord, shown: string): AttemptPage['commands'] {
  const { verdict, reason } = record
  const wereTestsRun = verdict !== null && reason !== 'invalid-patch' && !reason.startsWith('agent-')
  return [
    ...(wereTestsRun
      ? [
          { what: 'Judge again', command: `npx arete verify ${shown}` },
          { what: 'Look around', command: `npx arete shell ${shown}` },
        ]
      : []),
    { what: 'In the terminal', command: `npx arete view ${shown}` },
  ]
}

/** While an agent works, its events are all there is. */
function readWorking(folder: string, name: string) {
  const events: AgentEventRecord[] = []
  const read = openJsonLines(value => {
    const parsed = AgentEventLine.safeParse(value)
    if (parsed.success) events.push(parsed.data)
  })
  read(readBytes(path.join(folder, 'agent/events.jsonl')) ?? Buffer.alloc(0))
  const first = events.find(event => 'at' in event && event.at !== '')
  const started = first !== undefined && 'at' in first ? new Date(first.at) : undefined
  const isTimed = started !== undefined && Number.isFinite(started.getTime())
  const trajectory = buildTrajectory({
    ...{ session: name, agent: { name, version: '' }, statement: '', events },
    started: isTimed ? started : new Date(0),
  })
  const { shown, left } = readSteps(trajectory)
  return {
    task: { label: name.slice(0, name.lastIndexOf('__')), href: null },
    agent: { label: 'agent', href: null },
    ...{ environment: 'this run', state: 'working', verdict: null, reason: '', detail: '', evidence: [] },
    started: isTimed ? started.toISOString() : null,
    ...{ seconds: null, tests: null, patch: null, dropped: [], facts: [], commands: [] },
    steps: { shown: shown.slice(1), left },
  }
}

function readLogs(folder: string, files: readonly { readonly label: string; readonly href: string }[]) {
  const logs = { 'agent.log': 'What the agent printed', 'test-stdout.txt': 'What the tests printed' }
  return Object.entries(logs).flatMap(([label, name]) => {
    const text = readText(path.join(folder, ATTEMPT_FILES[label]!))
    const href = files.find(file => file.label === label)?.href ?? null
    return text === undefined ? [] : [{ name, text: clipStart(text, MOST_LOG), href }]
  })
}

function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file) ?? '')
  } catch {
    return undefined
  }
}

function readText(file: string): string | undefined {
  return readBytes(file)?.toString('utf8')
}

/** @returns undefined for what is not there, is no plain file, or is too large to be read */
export function readBytes(file: string): Buffer | undefined {
  const found = fs.lstatSync(file, { throwIfNoEntry: false })
  return found?.isFile() && found.size <= MOST_JSON ? fs.readFileSync(file) : undefined
}
