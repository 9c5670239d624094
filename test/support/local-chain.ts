import { afterAll } from 'vitest'
import { devAccount } from '../../validator/chain/dev/accounts.ts'
import { startDevChain } from '../../validator/chain/dev/chopsticks.ts'
import { makeBlocks, prepareSubnet, sendWithBlocks, withBlocks } from '../../validator/chain/dev/prepare.ts'
import { openEndpoints } from '../../validator/chain/endpoints.ts'
import type { Node } from '../../validator/chain/node.ts'
import { openSubtensor } from '../../validator/chain/subtensor/chain.ts'
import { connect } from '../../validator/chain/subtensor.ts'
import type { ChainCase, OpenCase } from '../validator/chain/contract.ts'

type Local =
  | { readonly kind: 'skipped'; readonly why: string }
  | {
      readonly kind: 'open'
      readonly what: string
      readonly open: OpenCase
      readonly node: () => Promise<Node>
    }

/**
 * A real runtime to try: a node whose blocks are made on request (`ARETE_CHAIN_URL`), or a published spec that is run here
 * (`ARETE_CHAIN_SPEC`, with Chopsticks in the folder `ARETE_CHOPSTICKS` or fetched).
 */
export function openLocalCase(env: Readonly<Record<string, string | undefined>>): Local {
  const { ARETE_CHAIN_URL: url, ARETE_CHAIN_SPEC: spec } = env
  if (url === undefined && spec === undefined)
    return {
      kind: 'skipped',
      why: 'neither ARETE_CHAIN_URL nor ARETE_CHAIN_SPEC is set; see "A real chain here" in validator/chain/README.md',
    }
  const opening = makeLazy(async () => {
    const started = url === undefined ? await startDevChain({ spec: spec!, port: 0 }) : undefined
    const node = openEndpoints({ endpoints: [url ?? started!.url], connect, onAlarm: () => {} })
    const wishes = { validators: 2, miners: 3, tempo: 10, commitReveal: false }
    const prepared = await prepareSubnet(node, wishes, () => {})
    return { started, node, prepared }
  })
  afterAll(async () => {
    if (!opening.isOpen()) return
    const { started, node } = await opening.get()
    await node[Symbol.asyncDispose]()
    await started?.[Symbol.asyncDispose]()
  })
  return {
    kind: 'open',
    what: url ?? spec!,
    node: async () => (await opening.get()).node,
    async open({ commitReveal }): Promise<ChainCase> {
      const { node, prepared } = await opening.get()
      const { netuid, hotkeys } = prepared
      const args = [
        { pallet: 'adminUtils', call: 'sudoSetCommitRevealWeightsEnabled', args: [netuid, commitReveal] },
      ]
      await sendWithBlocks(node, { pallet: 'sudo', call: 'sudo', args }, await devAccount('//Alice'))
      return {
        ...{ chain: openSubtensor(node), netuid, hotkeys },
        validator: await devAccount('//owner'),
        miner: await devAccount('//miner3'),
        stranger: await devAccount('//nobody'),
        advance: async blocks => await makeBlocks(node, blocks),
        during: async work => await withBlocks(node, work),
      }
    },
  }
}

function makeLazy<T>(make: () => Promise<T>): {
  readonly get: () => Promise<T>
  readonly isOpen: () => boolean
} {
  let made: Promise<T> | undefined
  return {
    get: () => {
      made ??= make()
      return made
    },
    isOpen: () => made !== undefined,
  }
}
