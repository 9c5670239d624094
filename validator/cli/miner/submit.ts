import { createHash, randomBytes } from 'node:crypto'
import { AgentError } from '../../../sandbox/agent.ts'
import { KEY_VARIABLES, ModelKey, sealKey } from '../../../sandbox/gateway/sealed-key.ts'
import { commitHash } from '../../intake/commit-hash.ts'
import type { Envelope } from '../../intake/envelope.ts'
import { askInfo, type HandedIn, handIn, layDown, type Refused } from '../../intake/hand-in.ts'
import type { ValidatorInfo } from '../../intake/info.ts'
import { loadPacked } from '../../intake/load-packed.ts'
import { packAgent } from '../../intake/pack.ts'
import { REFUSALS } from '../../intake/reason.ts'
import { freshNonce, type Signer, signMessage, signValue } from '../../intake/signature.ts'
import { readWallet, type WalletPlace } from '../../intake/wallet.ts'
import { UsageError } from '../errors.ts'
import { asJson, plain } from '../text.ts'
import { findPassword } from './password.ts'

export interface SubmitOptions {
  readonly validator: string
  readonly wallet?: string
  readonly hotkey?: string
  readonly walletPath?: string
  readonly keyFile?: string
  readonly commitFirst?: true
  readonly salt?: string
  readonly payment?: string
  /** Name of the variable that holds it. */
  readonly modelKey?: keyof typeof KEY_VARIABLES
  readonly json?: true
}

/** A signature is good for so long: enough for a slow line, and too short to be of use to a thief. */
const GOOD_SECONDS = 600

/** `arete submit`: packs, looks for mistakes here, signs for this validator, hands in, and says what comes next. */
export async function submit(source: string, options: SubmitOptions): Promise<number> {
  const url = readUrl(options.validator)
  const place = placeOf(options)
  const salt = saltOf(options)
  const bytes = await packAgent(source)
  const loaded = await loadPacked(bytes)
  if ('reasons' in loaded)
    throw new AgentError(
      source,
      loaded.reasons.map(({ message }) => message),
    )
  const signer = await readWallet(place, { password: findPassword })
  const info = await askInfo(url)
  const say = (line: string): void => void (options.json ? undefined : console.error(line))
  const { name, version } = loaded.manifest
  say(`${name} ${version}, ${bytes.length} bytes, by ${signer.address}`)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (salt !== undefined && options.commitFirst) {
    const laid = await commitFirst(url, info, signer, commitHash(salt, digest, signer.address))
    if (laid.kind === 'refused') return tellRefusal('commit', laid, options)
    say(`Committed in block ${laid.precedence.block}; should the next step fail, go on with --salt ${salt}`)
  }
  const { payment } = options
  const modelKey = await sealModelKey(info, options)
  const envelope: Envelope = await signMessage(signer, {
    domain: 'arete/submission/1',
    ...signedFor(info, signer),
    digest,
    ...(salt === undefined ? {} : { salt }),
    ...(payment === undefined ? {} : { payment }),
    ...(modelKey === undefined ? {} : { modelKey: createHash('sha256').update(modelKey).digest('hex') }),
  })
  const answer = await handIn(url, envelope, bytes, modelKey)
  return answer.kind === 'refused'
    ? tellRefusal('submission', answer, options)
    : tellAccepted(answer, { digest, url }, options)
}

/** The key leaves this machine only as the validator alone can read it. */
async function sealModelKey(
  { modelRecipient }: ValidatorInfo,
  { modelKey: variable }: SubmitOptions,
): Promise<Buffer | undefined> {
  if (variable === undefined) return undefined
  if (modelRecipient === null)
    throw new UsageError('Cannot use --model-key: this validator takes no keys for language models')
  const parsed = ModelKey.safeParse({ kind: KEY_VARIABLES[variable], key: process.env[variable] })
  if (!parsed.success)
    throw new UsageError(`Cannot use --model-key: put the key into the variable ${variable}`)
  return await sealKey(modelRecipient, parsed.data)
}

/** What every message says of whom it is for, and how long it is good. */
function signedFor({ network, netuid, validator, time }: ValidatorInfo, signer: Signer) {
  return {
    ...{ network, netuid, validator },
    miner: signer.address,
    nonce: freshNonce(),
    // By the validator's clock: ours may be wrong, and only his counts.
    expires: Math.floor(new Date(time).getTime() / 1000) + GOOD_SECONDS,
  }
}

async function commitFirst(url: string, info: ValidatorInfo, signer: Signer, hash: string) {
  const message = { domain: 'arete/commit/1' as const, ...signedFor(info, signer), hash }
  return await layDown(url, { message, signature: await signValue(signer, message) })
}

function tellAccepted(
  { id, place, precedence, isNew }: HandedIn,
  { digest, url }: { digest: string; url: string },
  { json }: SubmitOptions,
): number {
  const next = `npx arete watch ${id} --validator ${url}`
  if (json) console.log(asJson({ id, place, precedence, isNew, digest, next }))
  else
    console.log(`Handed in  ${id}${isNew ? '' : ' (it was there already)'}
Digest     ${digest}
Place      ${place} in the queue, counted from block ${precedence.block}
Watch      ${next}`)
  return 0
}

function tellRefusal(
  what: 'commit' | 'submission',
  { status, reasons }: Refused,
  { json }: SubmitOptions,
): number {
  const told = reasons.map(({ code, message }) => ({ code, message, cure: cureOf(code) }))
  if (json) console.log(asJson({ refused: what, status, reasons: told }))
  else {
    console.error(`The validator refused the ${what}:`)
    for (const { code, message, cure } of told)
      console.error(plain(`  ${code}  ${message}${cure === undefined ? '' : `\n    → ${cure}`}`))
  }
  return 1
}

function cureOf(code: string): string | undefined {
  return Object.entries(REFUSALS).find(([known]) => known === code)?.[1].cure
}

function readUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(
      `Cannot use --validator "${text}": an address such as http://127.0.0.1:8062 is needed`,
    )
  return url.href.replace(/\/$/, '')
}

function placeOf({ keyFile, wallet, hotkey, walletPath }: SubmitOptions): WalletPlace {
  const named = [wallet, hotkey, walletPath].some(option => option !== undefined)
  if (keyFile !== undefined && !named) return { path: keyFile }
  if (keyFile === undefined && named)
    return { name: wallet ?? 'default', hotkey: hotkey ?? 'default', folder: walletPath }
  throw new UsageError('Cannot find the key: name --wallet and --hotkey, or --key-file')
}

function saltOf({ salt, commitFirst: first }: SubmitOptions): string | undefined {
  if (salt !== undefined && first)
    throw new UsageError('Cannot use both --commit-first and --salt: a commit has one salt')
  if (salt !== undefined && !/^[0-9a-f]{64}$/.test(salt))
    throw new UsageError(
      'Cannot use --salt: 64 hexadecimal digits are needed, as --commit-first printed them',
    )
  return first ? randomBytes(32).toString('hex') : salt
}
