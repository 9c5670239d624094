import { createHash } from 'node:crypto'
import type { AcceptContext } from '../../validator/accept.ts'
import { openOfflineChain } from '../../validator/chain/offline.ts'
import type { Envelope } from '../../validator/intake/envelope.ts'
import { packFiles } from '../../validator/intake/pack.ts'
import { FREE } from '../../validator/intake/payment.ts'
import { freshNonce, type Signer, signerOf, signMessage } from '../../validator/intake/signature.ts'
import type { Blobs } from '../../validator/store/blobs.ts'
import type { Database } from '../../validator/store/database.ts'

/** A key that exists in tests only: its seed is the digest of a name. */
export async function signerNamed(name: string): Promise<Signer> {
  return await signerOf(createHash('sha256').update(`a key for tests: ${name}`).digest())
}

/** Files of an agent, packed. */
export async function packOf(
  files: Readonly<Record<string, string>>,
  manifest: Readonly<Record<string, unknown>> = {},
): Promise<Buffer> {
  const all = {
    'agent.json': JSON.stringify({
      ...{ name: 'tester', version: '1', language: 'python', entry: 'agent.py' },
      ...manifest,
    }),
    ...files,
  }
  return await packFiles(
    Object.entries(all).map(([path, content]) => ({
      path,
      executable: false,
      content: Buffer.from(content),
    })),
  )
}

/** An agent that does nothing, told apart from others by a word. */
export async function idlePack(word: string): Promise<Buffer> {
  return await packOf({ 'agent.py': `# ${word}\ndef agent_main(input):\n    return {"patch": ""}\n` })
}

export const NOW = new Date('2026-06-01T12:00:00Z')

/** What `accept` wants, on a chain where these hotkeys are registered; all with one coldkey each unless said otherwise. */
export async function intakeOf(
  database: Database,
  blobs: Blobs,
  miners: readonly { hotkey: Signer; coldkey?: Signer }[],
  change: Partial<AcceptContext> = {},
): Promise<AcceptContext & { readonly queued: string[] }> {
  const validator = await signerNamed('validator')
  const queued: string[] = []
  const neurons = miners.map(({ hotkey, coldkey }) => ({
    hotkey: hotkey.address,
    coldkey: (coldkey ?? hotkey).address,
    isValidator: false,
  }))
  return {
    database,
    blobs,
    identity: { network: 'local', netuid: 2, validator: validator.address },
    rules: { rates: { hours: 24, hotkey: 100, coldkey: 100, commits: 100 }, payment: FREE },
    windowBlocks: 100,
    now: () => NOW,
    chain: openOfflineChain(
      { netuid: 2, start: '2026-06-01T00:00:00Z', secondsPerBlock: 12, seed: 'test', neurons, isOpen: false },
      () => NOW,
    ),
    onStored: submission => void queued.push(submission),
    queued,
    ...change,
  }
}

/** A submission signed by a miner, good for ten minutes. */
export async function envelopeOf(
  context: AcceptContext,
  miner: Signer,
  bytes: Buffer,
  change: Partial<Envelope['message']> = {},
): Promise<Envelope> {
  return await signMessage(miner, {
    domain: 'arete/submission/1',
    ...context.identity,
    miner: miner.address,
    digest: createHash('sha256').update(bytes).digest('hex'),
    nonce: freshNonce(),
    expires: Math.floor(context.now().getTime() / 1000) + 600,
    ...change,
  })
}
