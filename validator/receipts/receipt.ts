import { z } from 'zod'
import { digestValue, isSigned, type Signer, signValue } from '../intake/signature.ts'
import { Draw, Duel, Entry, Settlement } from '../scoring/season/facts.ts'

const Digest = z.string().regex(/^[0-9a-f]{64}$/)
const Time = z.iso.datetime()

const Fault = z.strictObject({
  worker: z.string(),
  kind: z.enum(['task', 'harness']),
  code: z.string(),
  evidence: z.record(z.string(), z.unknown()),
  at: Time,
})

/** What every receipt says: whose attempt at what, and why at this. */
const Common = {
  format: z.literal('arete/receipt/v1'),
  attempt: z.string(),
  submission: z.strictObject({ id: z.string(), hotkey: z.string(), digest: Digest }),
  stage: z.enum(['smoke', 'screen', 'full', 'confirmation']),
  /** `digest` is that of the proof in its canonical form. */
  draw: z.strictObject({ id: z.string(), digest: Digest, place: z.int().nonnegative() }),
  task: z.strictObject({ name: z.string(), environment: z.string(), digest: Digest }),
  /** Failures of our side on the way. */
  faults: z.array(Fault),
  ended: Time,
}

const VerdictBody = z.strictObject({
  kind: z.literal('verdict'),
  ...Common,
  verdict: z.enum(['solved', 'unsolved', 'invalid']),
  reason: z.string(),
  detail: z.string(),
  fault: z.enum(['agent', 'task']).nullable(),
  level: z.enum(['observed', 'reported', 'reward']),
  evidence: z.array(z.string()),
  /** Of the tests that count, how many passed; `digest` is of the ids, as `{ expected, passed, failed }`. */
  tests: z.strictObject({
    expected: z.int().nonnegative(),
    passed: z.int().nonnegative(),
    failed: z.int().nonnegative(),
    digest: Digest,
  }),
  /** SHA-256 of the diff; null if there is none. */
  patch: Digest.nullable(),
  dropped: z.array(z.string()),
  /** SHA-256 of the report (CTRF); null if nothing was verified. */
  report: Digest.nullable(),
  /** The image that was used, as the engine names its content; null if the agent never got one. */
  image: z.string().nullable(),
  started: Time,
  seconds: z.strictObject({ agent: z.number(), verify: z.number(), overhead: z.number() }),
  limits: z.strictObject({
    agentSeconds: z.number(),
    verifierSeconds: z.number(),
    cpus: z.number(),
    memoryMegabytes: z.number(),
    storageMegabytes: z.number(),
    pids: z.number(),
    network: z.strictObject({ agent: z.string(), verify: z.string() }),
  }),
  versions: z.strictObject({ arete: z.string(), runtime: z.string(), engine: z.string(), node: z.string() }),
  workers: z.strictObject({ agent: z.string(), verify: z.string() }),
  /** What its agent used of language models; dollars by the gateway's count. Absent if it was offered none. */
  spent: z
    .strictObject({
      usd: z.number().nonnegative(),
      inputTokens: z.int().nonnegative(),
      cachedTokens: z.int().nonnegative(),
      outputTokens: z.int().nonnegative(),
      requests: z.int().nonnegative(),
      refused: z.int().nonnegative(),
      bytesOut: z.int().nonnegative(),
    })
    .optional(),
  /** What a first look on a busy machine said, if there was a second. */
  firstLook: z.strictObject({ verdict: z.string(), reason: z.string(), detail: z.string() }).nullable(),
})

/** An attempt that counts for nobody, although nobody judged it, or whatever it was judged. */
const VoidBody = z.strictObject({
  kind: z.literal('void'),
  ...Common,
  reason: z.string(),
  detail: z.string(),
})

const format = Common.format
const EntryBody = z.strictObject({ kind: z.literal('entry'), format, ...Entry.shape })
const DrawBody = z.strictObject({ kind: z.literal('draw'), format, ...Draw.shape })
const DuelBody = z.strictObject({ kind: z.literal('duel'), format, ...Duel.shape })
const SettlementBody = z.strictObject({ kind: z.literal('settlement'), format, ...Settlement.shape })

/** A verdict or void of an attempt, or one of the facts from which the board follows. */
export const ReceiptBody = z.discriminatedUnion('kind', [
  VerdictBody,
  VoidBody,
  EntryBody,
  DrawBody,
  DuelBody,
  SettlementBody,
])
export type ReceiptBody = z.infer<typeof ReceiptBody>

const Link = {
  body: ReceiptBody,
  /** Place in the chain, from 1 on. */
  sequence: z.int().positive(),
  /** Digest of the receipt before; 64 zeros for the first. */
  previous: Digest,
  /** Hotkey of the validator, in SS58 form. */
  signer: z.string(),
}

/**
 * The signed record of a verdict or fact. `digest` is SHA-256 of the canonical form (RFC 8785) of `body`, `sequence`, `previous` and
 * `signer`; the signature (sr25519, signing context `substrate`) is over that same form.
 */
export const Receipt = z.strictObject({
  ...Link,
  digest: Digest,
  signature: z.string().regex(/^[0-9a-f]{128}$/),
})
export type Receipt = z.infer<typeof Receipt>

export const FIRST = '0'.repeat(64)

/** Digest of everything in a receipt that is signed. */
export function receiptDigest({ body, sequence, previous, signer }: Omit<Receipt, 'digest' | 'signature'>) {
  return digestValue({ body, sequence, previous, signer })
}

/** A body at its place in the chain, signed. */
export async function linkReceipt(
  signer: Signer,
  body: ReceiptBody,
  before: Pick<Receipt, 'sequence' | 'digest'> | undefined,
): Promise<Receipt> {
  const link = {
    body,
    sequence: (before?.sequence ?? 0) + 1,
    previous: before?.digest ?? FIRST,
    signer: signer.address,
  }
  return { ...link, digest: receiptDigest(link), signature: await signValue(signer, link) }
}

/** What is wrong with a receipt by itself; nothing if it is what its signer signed. */
export async function checkReceipt(raw: unknown): Promise<string[]> {
  const parsed = Receipt.safeParse(raw)
  if (!parsed.success)
    return parsed.error.issues.map(issue => `${issue.path.join('.') || 'receipt'}: ${issue.message}`)
  const { digest, signature, ...link } = parsed.data
  if (receiptDigest(link) !== digest)
    return [`receipt ${link.sequence}: digest: it is not that of its content`]
  return (await isSigned(link.signer, link, signature))
    ? []
    : [`receipt ${link.sequence}: signature: it is not that of ${link.signer} over this content`]
}

/** What is wrong with how receipts follow each other; they may begin anywhere, but nothing may be missing between. */
export function checkChain(receipts: readonly Receipt[]): string[] {
  const sorted = receipts.toSorted((one, other) => one.sequence - other.sequence)
  return sorted.slice(1).flatMap((receipt, index) => {
    const before = sorted[index]!
    if (receipt.sequence === before.sequence)
      return receipt.digest === before.digest
        ? []
        : [`receipt ${receipt.sequence}: there are two of this place, so that the chain forks`]
    if (receipt.sequence !== before.sequence + 1)
      return [`receipts ${before.sequence + 1} to ${receipt.sequence - 1} are missing`]
    return receipt.previous === before.digest
      ? []
      : [`receipt ${receipt.sequence}: previous: it is not the digest of receipt ${before.sequence}`]
  })
}
