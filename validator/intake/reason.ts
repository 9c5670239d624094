import type { z } from 'zod'

/** Why something was refused: a code for programs, a sentence for people that says what to do. */
export interface Reason {
  readonly code: RefusalCode
  readonly message: string
}

/** Each refusal: its HTTP status (4xx: the request, 503: we, now), and what helps. */
export const REFUSALS = {
  form: { status: 400, cure: 'send what "arete submit" sends' },
  expired: { status: 400, cure: 'sign anew; set the clock of your machine' },
  'other-validator': { status: 400, cure: 'sign for the network, netuid and hotkey that GET /v1/info says' },
  'wrong-bytes': { status: 400, cure: 'sign for the SHA-256 of just the bytes that you send' },
  signature: { status: 401, cure: 'sign the canonical JSON of the message with the hotkey that it names' },
  'not-registered': { status: 403, cure: 'register the hotkey on the subnet' },
  banned: { status: 403, cure: 'wait until the ban is over, or write to the operator' },
  unpaid: { status: 403, cure: 'pay for a submission, or ask the operator for a credit' },
  replayed: { status: 409, cure: 'take a new nonce and sign anew' },
  size: { status: 413, cure: 'leave out what the agent does not need' },
  'archive-unreadable': { status: 422, cure: 'pack with "arete agent pack"' },
  'archive-too-large': { status: 422, cure: 'leave out what the agent does not need' },
  'too-many-files': { status: 422, cure: 'leave out what the agent does not need' },
  'odd-entry': { status: 422, cure: 'put files in place of links and devices; pack with "arete agent pack"' },
  'unsafe-path': { status: 422, cure: 'rename the file' },
  'duplicate-name': { status: 422, cure: 'give each file a name of its own, also without regard to case' },
  manifest: { status: 422, cure: 'mend agent.json; "arete agent inspect" checks it' },
  'entry-missing': { status: 422, cure: 'let "entry" in agent.json name a file of the agent' },
  unloadable: { status: 422, cure: 'see "arete agent inspect"; only files of the agent can be imported' },
  commit: {
    status: 422,
    cure: 'commit first and reveal in time, with the same hotkey and salt; or leave out the salt',
  },
  'model-key': {
    status: 422,
    cure: 'seal it with "arete submit --model-key" for the modelRecipient of GET /v1/info; or leave it out',
  },
  rate: { status: 429, cure: 'wait until the time that the message says' },
  paused: { status: 503, cure: 'try again later' },
  full: { status: 503, cure: 'try the same again later: the operator has to make room' },
  'disk-full': {
    status: 503,
    cure: 'try the same again later: the operator has to make room for the database',
  },
} as const satisfies Record<string, { status: number; cure: string }>
export type RefusalCode = keyof typeof REFUSALS

/** The status that an answer with these reasons has: the first reason decides. */
export function statusOf(reasons: readonly Reason[]): (typeof REFUSALS)[RefusalCode]['status'] {
  return REFUSALS[reasons[0]!.code].status
}

/** A reason for each part of a message that is not as it must be. */
export function formReasons(error: z.ZodError): Reason[] {
  return error.issues.slice(0, MOST_REASONS).map(issue => ({
    code: 'form',
    message: `The signed message: ${issue.path.join('.') || 'all'}: ${issue.message}`.slice(0, 300),
  }))
}

const MOST_REASONS = 20
