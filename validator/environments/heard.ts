import type { Disposition } from '../../sandbox/affinetes/disposition.ts'
import { SandboxError, type SandboxErrorCode } from '../../sandbox/errors.ts'
import type { VerifyEnding, VerifyOutcome } from '../../sandbox/verify-phase.ts'

/**
 * What the call of an environment came to, as tests would have said it: its score is the reward.
 *
 * @param name - of what it asked for, as of a test
 * @throws SandboxError if there is no score for anybody
 */
export function verifyOutcomeOf(
  name: string,
  disposition: Disposition,
  call: { readonly seconds: number; readonly most: number },
): VerifyOutcome {
  const { seconds } = call
  const rest = { unmet: new Map<string, readonly string[]>(), log: logOf(disposition), seconds }
  const nothing = { tests: [], observations: [], through: [], problems: [], reward: undefined }
  switch (disposition.kind) {
    case 'scored': {
      const { score } = disposition
      const status = score >= 1 ? 'passed' : 'failed'
      const tests = [{ id: name, status, seconds, message: '' } as const]
      return { ...rest, ending: { kind: 'reported' }, report: { ...nothing, tests, reward: score } }
    }
    case 'failed':
      return { ...rest, ending: endingOf(disposition, call.most), report: nothing }
    case 'void':
      throw new SandboxError(
        codeOf(disposition),
        `Cannot judge an attempt at "${name}": the call of its environment is void (${disposition.code}): ${disposition.evidence.detail ?? ''}`,
      )
  }
}

function endingOf(
  { code, evidence }: Extract<Disposition, { kind: 'failed' }>,
  seconds: number,
): VerifyEnding {
  switch (code) {
    case 'late':
      return { kind: 'timed-out', seconds }
    case 'out-of-memory':
      return { kind: 'out-of-memory' }
    default:
      return { kind: 'ended-early', message: `its environment gave no score (${code}): ${evidence.detail}` }
  }
}

/** Codes of our own machinery stay what they are. */
function codeOf({ fault, code }: Extract<Disposition, { kind: 'void' }>): SandboxErrorCode {
  if (OWN.includes(code as SandboxErrorCode)) return code as SandboxErrorCode
  return fault === 'task' ? 'task-unusable' : 'sandbox-lost'
}

const OWN: readonly SandboxErrorCode[] = [
  'engine-missing',
  'engine-denied',
  'engine-failed',
  'image-missing',
  'name-taken',
  'sandbox-lost',
  'task-unusable',
  'setup-failed',
]

function logOf({ evidence }: Disposition): Buffer {
  return Buffer.from(`${JSON.stringify(evidence, undefined, 2)}\n`)
}
