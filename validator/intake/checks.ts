import type { Identity } from '../accept.ts'
import type { CommitMessage, SubmissionMessage } from './envelope.ts'
import type { Reason } from './reason.ts'

/** A signature counts for so long at most: nobody has to remember nonces for ever. */
export const MOST_AHEAD_SECONDS = 15 * 60

/** What speaks against a signed message without asking anybody: its time, and for whom it was signed. */
export function findMismatches(
  identity: Identity,
  message: SubmissionMessage | CommitMessage,
  now: Date,
): Reason[] {
  const reasons: Reason[] = []
  const object = (code: Reason['code'], text: string): void => void reasons.push({ code, message: text })
  const seconds = now.getTime() / 1000
  if (message.expires <= seconds)
    object('expired', `It was good until ${time(message.expires)}, it is ${time(seconds)} here: sign anew`)
  if (message.expires > seconds + MOST_AHEAD_SECONDS)
    object(
      'expired',
      `It is good until ${time(message.expires)}, it is ${time(seconds)} here: at most ${MOST_AHEAD_SECONDS / 60} minutes ahead may be`,
    )
  for (const key of ['network', 'netuid', 'validator'] as const)
    if (message[key] !== identity[key])
      object('other-validator', `It was signed for ${key} ${message[key]}; this is ${identity[key]}`)
  return reasons
}

/** The reason that both submissions and commits of strangers get. */
export function notRegistered({ network, netuid }: Identity, hotkey: string): Reason {
  return {
    code: 'not-registered',
    message: `The hotkey ${hotkey} is not registered on subnet ${netuid} of "${network}"`,
  }
}

function time(seconds: number): string {
  const date = new Date(seconds * 1000)
  return Number.isNaN(date.getTime()) ? `second ${seconds}` : date.toISOString()
}
