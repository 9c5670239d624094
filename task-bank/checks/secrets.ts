/** A key to something, in a text that many will read. */
export interface Secret {
  readonly kind: string
  readonly line: number
  /** Its first letters: enough to find it, not to use it. */
  readonly begins: string
}

/** Forms that nothing else has; the first group is the secret if there is one. */
const FORMS: readonly (readonly [kind: string, form: RegExp])[] = [
  ['a private key', /-----BEGIN (?:[A-Z]{2,12} ){0,2}PRIVATE KEY(?: BLOCK)?-----/g],
  ['a key of AWS', /\b(?:AKIA|ASIA)[A-Z2-7]{16}\b/g],
  ['a token of GitHub', /\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9]{22}_[A-Za-z0-9]{59})\b/g],
  ['a token of GitLab', /\bglpat-[A-Za-z0-9_-]{20}\b/g],
  ['a token of npm', /\bnpm_[A-Za-z0-9]{36}\b/g],
  ['a token of PyPI', /\bpypi-AgEI[A-Za-z0-9_-]{50,200}/g],
  ['a token of Slack', /\bxox[abprs]-[0-9]{10,14}-[A-Za-z0-9-]{20,80}/g],
  ['a key of Stripe', /\b[rs]k_live_[A-Za-z0-9]{24,99}\b/g],
  ['a key of Google', /\bAIza[A-Za-z0-9_-]{35}\b/g],
  ['a key of a model provider', /\bsk-(?:ant-|proj-|or-v1-)[A-Za-z0-9_-]{32,200}\b/g],
  ['a token of Hugging Face', /\bhf_[A-Za-z0-9]{34}\b/g],
  [
    'a password in an address',
    /\b[a-z][a-z0-9+]{1,10}:\/\/[^\s:@/'"]{1,40}:([^\s:@/'"]{8,80})@[\w.-]{4,80}/g,
  ],
  [
    'what is called a secret',
    /\b(?:api[_-]?key|secret|token|passw(?:or)?d|credentials?)["']?\s{0,4}[:=]\s{0,4}["']([A-Za-z0-9+/=_-]{20,120})["']/gi,
  ],
]

/** What examples are made of. */
const EXAMPLE =
  /example|sample|dummy|fake|placeholder|changeme|xxxx|0123456789|1234567890|abcdefgh|your[_-]?/i
/** Names and sentences, whatever they are called. */
const WORDS = /^[a-z0-9]+([-_/][a-z0-9]+)+$/
/** Of the bits that so many letters could have, at least this share: words repeat their letters, drawn keys do not. */
const LEAST_ENTROPY = 0.75
const MAX_LENGTH = 2 ** 20

/** Secrets in a text: of a form that nothing else has, or drawn as keys are where something is called one. */
export function findSecrets(text: string): Secret[] {
  const part = text.slice(0, MAX_LENGTH)
  const found = new Map<string, Secret>()
  for (const [kind, form] of FORMS) {
    for (const match of part.matchAll(form)) {
      const secret = match[1] ?? match[0]
      if (EXAMPLE.test(secret) || (match[1] !== undefined && !isDrawn(secret)) || found.has(secret)) continue
      found.set(secret, { kind, line: lineAt(part, match.index), begins: `${secret.slice(0, 6)}…` })
    }
  }
  return [...found.values()]
}

function isDrawn(text: string): boolean {
  const most = Math.log2(Math.min(text.length, 64))
  return (
    /\d/.test(text) && /[A-Za-z]/.test(text) && !WORDS.test(text) && entropy(text) >= LEAST_ENTROPY * most
  )
}

function entropy(text: string): number {
  const counts = new Map<string, number>()
  for (const letter of text) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  let bits = 0
  for (const count of counts.values()) bits -= (count / text.length) * Math.log2(count / text.length)
  return bits
}

function lineAt(text: string, offset: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line += 1
  return line
}
