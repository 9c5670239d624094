/** Why a call is not made, or came to nothing; the status is what HTTP clients go by. */
const STATUS = {
  'bad-request': 400,
  /** Money, tokens or requests of the attempt do not suffice. */
  budget: 402,
  'no-such-model': 404,
  'no-such-path': 404,
  'wrong-method': 405,
  /** A replayed run has no answer to this. */
  diverged: 409,
  'too-large': 413,
  'too-many': 429,
  'provider-failed': 502,
  'out-of-order': 503,
  'provider-silent': 504,
} as const

export type RefusalCode = keyof typeof STATUS

/** A call that is not made, as a value: it is the agent's matter what it does then. */
export interface Refused {
  readonly kind: 'refused'
  readonly status: number
  readonly code: RefusalCode
  readonly message: string
  /** The parameter that is at fault. */
  readonly param?: string
  /** When it may be worth to ask again. */
  readonly retryAfter?: number
}

/** What an agent sent is quoted back to it, and written down: a long text of its own must not be. */
const MOST_MESSAGE = 1000
const MOST_PARAM = 100

export function refuse(
  code: RefusalCode,
  message: string,
  { param, ...more }: { param?: string; retryAfter?: number; status?: number } = {},
): Refused {
  return {
    ...{ kind: 'refused', code, message: cut(message, MOST_MESSAGE), status: STATUS[code], ...more },
    ...(param === undefined ? {} : { param: cut(param, MOST_PARAM) }),
  }
}

/** A refusal as OpenAI's clients read it. */
export function errorBody({ code, message, param, status }: Refused): object {
  const type = status === 402 ? 'insufficient_quota' : status < 500 ? 'invalid_request_error' : 'server_error'
  return { error: { message, type, code, param: param ?? null } }
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}\u2026`
}
