import { type DecodedPacket, decode, encode } from 'dns-packet'

/**
 * Answers a question of DNS (RFC 1035) out of what is known here.
 *
 * @param addressOf - the IPv4 address of a name in lower case; undefined: there is no such name
 * @returns undefined for what is no question
 */
export function answerQuestion(
  question: Buffer,
  addressOf: (name: string) => string | undefined,
): Buffer | undefined {
  let asked: DecodedPacket
  try {
    asked = decode(question)
  } catch {
    return undefined
  }
  const one = asked.questions?.[0]
  if (one === undefined || asked.type !== 'query') return undefined
  const address = addressOf(one.name.toLowerCase())
  const answers =
    address !== undefined && one.type === 'A'
      ? [{ type: 'A' as const, name: one.name, ttl: 60, data: address }]
      : []
  // 384: an answer, recursion was wanted and can be had; 3: there is no such name.
  const flags = 384 | (address === undefined ? 3 : 0)
  return encode({ id: asked.id ?? 0, type: 'response', flags, questions: [one], answers })
}
