/** Why something was refused: a code for programs, a sentence for people that says what to do. */
export interface Reason {
  readonly code: RefusalCode
  readonly message: string
}

/** HTTP status of each refusal: what is wrong with the request (4xx), or with us now (503). */
export const REFUSALS = {
  form: 400,
  expired: 400,
  'other-validator': 400,
  'wrong-bytes': 400,
  signature: 401,
  'not-registered': 403,
  banned: 403,
  unpaid: 403,
  replayed: 409,
  size: 413,
  'archive-unreadable': 422,
  'archive-too-large': 422,
  'too-many-files': 422,
  'odd-entry': 422,
  'unsafe-path': 422,
  'duplicate-name': 422,
  manifest: 422,
  'entry-missing': 422,
  commit: 422,
  rate: 429,
  paused: 503,
} as const
export type RefusalCode = keyof typeof REFUSALS

/** The status that an answer with these reasons has: the gravest first reason decides. */
export function statusOf(reasons: readonly Reason[]): (typeof REFUSALS)[RefusalCode] {
  return REFUSALS[reasons[0]!.code]
}
