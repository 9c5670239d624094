import { type RecordedCall, readCalls } from './calls.ts'

/** What of an answer says when and how long, and whose account it was. */
const IDENTITY = ['id', 'created', 'system_fingerprint', 'provider', 'service_tier']

/**
 * Cuts the record of an attempt down to a fixture that is the same whenever it was recorded: calls without an answer, times, misses
 * and names of providers go, and answers lose what only says when they were made. Replays as the whole record does.
 *
 * @returns lines of JSON
 */
export function cutCassette(text: string): string {
  const lines = readCalls(text).flatMap((call, index) =>
    call.outcome === undefined ? [] : cut(call, index + 1),
  )
  return lines.map(line => `${JSON.stringify(line)}\n`).join('')
}

const NEVER = '2000-01-01T00:00:00.000Z'

function cut({ asked, outcome }: RecordedCall, id: number): object[] {
  const head = { ...asked, id, at: NEVER }
  if (outcome?.kind !== 'answered') return [head, { ...outcome, id, at: NEVER, misses: [] }]
  const { answer } = outcome
  const bare =
    'body' in answer ? { body: withoutIdentity(answer.body) } : { events: answer.events.map(bareEvent) }
  const milliseconds = { first: 0, all: 0 }
  return [head, { ...outcome, id, at: NEVER, provider: 'cassette', answer: bare, misses: [], milliseconds }]
}

function bareEvent(data: string): string {
  try {
    return JSON.stringify(withoutIdentity(JSON.parse(data)))
  } catch {
    return data
  }
}

function withoutIdentity(body: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).filter(([key]) => !IDENTITY.includes(key)))
}
