import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { CERTIFICATE_FILE, type Certificate, isCertified } from '../../task-bank/certificate.ts'
import { renderBoard } from '../../validator/cli/run/board.ts'
import { renderAttempt } from '../../validator/cli/run/live.ts'
import { renderDetails } from '../../validator/cli/run/view.ts'
import { asJson, oneLine, plain } from '../../validator/cli/text.ts'
import { AttemptRecord, readRecord } from '../../validator/runs/record.ts'
import { buildBoard } from '../../validator/scoring/board.ts'
import { anyText, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const RECORD = {
  key: 'k',
  folder: 'f__1',
  task: 'org/sums',
  taskFolder: '/tasks/sums',
  taskDigest: 'd',
  certified: true,
  environment: 'org',
  difficulty: 'easy',
  agent: 'a',
  agentSource: '/agents/a',
  agentDigest: 'e',
  attempt: 1,
  verdict: 'unsolved',
  reason: 'tests-failed',
  detail: '1 of 2',
  fault: 'agent',
  tests: { expected: ['x', 'y'], passed: ['x'], failed: ['y'] },
  seconds: { agent: 1, verify: 2, overhead: 0.1 },
  image: null,
  started: '2026-01-01T00:00:00.000Z',
  patch: 'patch.diff',
  patchDigest: 'p',
  dropped: ['conftest.py'],
  network: { agent: 'none', verify: 'none' },
  visits: [] as never[],
  rewards: null,
  exitCode: null,
  steps: [] as never[],
  spent: null,
  firstLook: { verdict: 'unsolved', reason: 'tests-failed', detail: 'no' },
} as const
const DIGEST = 'd'.repeat(64)
const CERTIFICATE: Certificate = {
  format: 3,
  task: 'org/sums',
  taskDigest: DIGEST,
  image: 'sha256:i',
  lift: null,
  tools: 'arete-runtime-0',
  versions: { arete: '0.1.0', engine: '20.10', runner: 'pytest 7.2.1', python: '3.11.2', node: null },
  date: '2026-01-01',
  rounds: 5,
  nopUnsolved: 5,
  oracleSolved: 5,
  busy: { rounds: 3, nopUnsolved: 3, oracleSolved: 3 },
  tests: 2,
  level: 'observed',
  testSeconds: 1,
  mutants: { possible: 9, tried: 4, killed: 4 },
  budget: null,
  licence: 'MIT',
  leaks: [],
}

interface StoredCase {
  readonly record: string
  readonly certificate: string
}

/** Records and certificates on disk: they are read, or they are none. */
export const stored = target<StoredCase>({
  name: 'stored',
  short: 100,
  cases: fc.record({
    record: mutated([JSON.stringify(RECORD)]),
    certificate: mutated([JSON.stringify(CERTIFICATE)], ['"rounds":0', '"leaks":["x"]']),
  }),
  check({ record, certificate }, folder) {
    fs.writeFileSync(path.join(folder, 'verdict.json'), record)
    fs.writeFileSync(path.join(folder, CERTIFICATE_FILE), certificate)
    const read = readRecord(folder)
    if (read !== undefined)
      must(
        JSON.stringify(AttemptRecord.parse(read)) === JSON.stringify(read),
        'A record is another one when read again',
      )
    const good = isCertified({ folder, digest: DIGEST })
    must(!good || /"nopUnsolved"/.test(certificate), 'Something else is a certificate', certificate)
  },
})

/** What a terminal would obey, or what would hide what stands there. */
const ORDERS = /[^\P{C}\n\t]/u

/** Text made harmless. */
export const terminalText = target<string>({
  name: 'terminal-text',
  short: 1000,
  cases: anyText,
  check(text) {
    must(!ORDERS.test(plain(text)), 'A control character gets through', plain(text))
    const document = asJson({ [text]: [text] })
    must(!ORDERS.test(document), 'A control character gets through in JSON', document)
    must(
      JSON.stringify(JSON.parse(document)) === JSON.stringify({ [text]: [text] }),
      'JSON is other data',
      document,
    )
    for (const width of [0, 1, 10, 80]) {
      const line = oneLine(text, width)
      must(!ORDERS.test(line) && !/[\n\t]/.test(line), 'A line is no line', line)
      must(line.length <= Math.max(1, width), 'A line is too long', line)
    }
  },
})

interface ShownCase {
  readonly texts: readonly string[]
  readonly diff: string
  readonly trajectory: string
  readonly width: number
  readonly verdict: 'solved' | 'unsolved' | 'invalid' | null
}

const TRAJECTORY = JSON.stringify({
  steps: [
    { step_id: 2, source: 'agent', message: 'hi' },
    { step_id: 3, source: 'agent', tool_calls: [{ arguments: { command: 'ls' } }], extra: { exit_code: 1 } },
  ],
})

/** An attempt whose every text is an agent's or a task's, as `run` and `view` show it: nothing in it commands the terminal. */
export const shown = target<ShownCase>({
  name: 'shown',
  short: 200,
  cases: fc.record({
    texts: fc.array(anyText, { minLength: 12, maxLength: 12 }),
    diff: anyText,
    trajectory: mutated([TRAJECTORY]),
    width: fc.constantFrom(20, 80, 200),
    verdict: fc.constantFrom('solved', 'unsolved', 'invalid', null),
  }),
  check({ texts, diff, trajectory, width, verdict }, folder) {
    const text = (index: number): string => texts[index % texts.length] ?? ''
    fs.mkdirSync(path.join(folder, 'agent'), { recursive: true })
    fs.writeFileSync(path.join(folder, 'patch.diff'), diff)
    fs.writeFileSync(path.join(folder, 'agent/trajectory.json'), trajectory)
    const record: AttemptRecord = {
      ...RECORD,
      verdict,
      task: text(0),
      taskFolder: `/tasks/${text(1)}`,
      environment: text(2),
      agent: text(3),
      agentSource: `/agents/${text(4)}`,
      reason: text(5),
      detail: text(6),
      level: 'observed',
      evidence: [text(6)],
      tests: { expected: [text(7)], passed: [text(7)], failed: [text(8)] },
      dropped: [text(9)],
      replaced: [{ kind: 'image', from: text(9), to: text(9) }],
      spent: null,
      firstLook: { verdict: 'unsolved', reason: text(10), detail: text(11) },
    }
    const board = buildBoard([{ ...record, verdict: verdict ?? undefined }])
    for (const shownText of [
      renderAttempt(record, width),
      renderDetails(record, folder, width, true),
      renderBoard(board, width),
    ]) {
      const odd = ORDERS.exec(uncoloured(shownText))
      must(odd === null, 'A control character gets through', odd?.[0], shownText)
    }
    must(!renderAttempt(record, width).includes('\n'), 'A line is more than one')
  },
})

/** Without the colours that we put around things ourselves, if this process has any. */
function uncoloured(text: string): string {
  return text.replace(/\u001b\[(1|2|22|31|32|33|36|39)m/g, '')
}
