import type { ReceiptBody } from '../../validator/receipts/receipt.ts'
import { digestOf } from './pool.ts'

/** The body of a receipt, of an attempt that this name stands for. */
export function bodyOf(name: string): ReceiptBody & { kind: 'verdict' } {
  return {
    kind: 'verdict',
    format: 'arete/receipt/v1',
    attempt: digestOf(name).slice(0, 24),
    submission: { id: 'abc', hotkey: '5abc', digest: digestOf('agent') },
    stage: 'full',
    draw: { id: 'd', digest: digestOf('draw'), place: 3 },
    task: { name: 'org/task', environment: 'python-fixes', digest: digestOf('task') },
    faults: [
      {
        ...{ worker: 'w', kind: 'harness', code: 'engine-failed', at: '2026-06-01T12:00:00.000Z' },
        evidence: { message: 'it went away' },
      },
    ],
    ended: '2026-06-01T12:00:30.000Z',
    verdict: 'solved',
    reason: 'tests-passed',
    detail: 'All expected tests passed',
    fault: null,
    level: 'observed',
    evidence: ['nothing'],
    tests: { expected: 3, passed: 3, failed: 0, digest: digestOf('tests') },
    patch: digestOf('patch'),
    dropped: ['tests/x.py'],
    report: digestOf('report'),
    image: 'sha256:abc',
    started: '2026-06-01T12:00:00.000Z',
    seconds: { agent: 1.5, verify: 0.25, overhead: 0.1 },
    limits: {
      ...{
        agentSeconds: 60,
        verifierSeconds: 30,
        cpus: 1,
        memoryMegabytes: 512,
        storageMegabytes: 64,
        pids: 64,
      },
      network: { agent: 'none', verify: 'none' },
    },
    versions: { arete: '0.1.0', runtime: 'r', engine: '28', node: 'v20' },
    workers: { agent: 'a', verify: 'b' },
    firstLook: { verdict: 'unsolved', reason: 'tests-failed', detail: '1 of 3' },
  }
}
