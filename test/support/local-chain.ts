import { afterAll } from 'vitest'
import { devAccount } from '../../validator/chain/dev/accounts.ts'
import { startDevChain } from '../../validator/chain/dev/chopsticks.ts'
import {
  makeBlocks,
  type Prepared,
  prepareSubnet,
  sendWithBlocks,
  withBlocks,
} from '../../validator/chain/dev/prepare.ts'
import { openEndpoints } from '../../validator/chain/endpoints.ts'
import type { Node } from '../../validator/chain/node.ts'
import { openSubtensor } from '../../validator/chain/subtensor/chain.ts'
import { connect } from '../../validator/chain/subtensor.ts'
import type { ChainCase, OpenCase } from '../validator/chain/contract.ts'
import type { LoopCase } from '../validator/chain/loop.ts'
import { signerNamed } from './miner.ts'

/**
 * A real runtime to try: a node whose blocks are made on request (`ARETE_CHAIN_URL`), or a published spec that is run here
 * (`ARETE_CHAIN_SPEC`, with Chopsticks in the folder `ARETE_CHOPSTICKS` or fetched).
 */
export function openLocalCase(
  env: Env,
): Local<(about: Parameters<OpenCase>[0]) => Promise<ChainCase & { readonly node: Node }>> {
  return openLocal(env, [], opening => async ({ commitReveal }) => {
    const { node, prepared } = await opening()
    const { netuid, hotkeys } = prepared
    const args = [
      { pallet: 'adminUtils', call: 'sudoSetCommitRevealWeightsEnabled', args: [netuid, commitReveal] },
    ]
    await sendWithBlocks(node, { pallet: 'sudo', call: 'sudo', args }, await devAccount('//Alice'))
    return {
      ...{ node, chain: openSubtensor(node), netuid, hotkeys },
      validator: await devAccount('//owner'),
      miner: await devAccount('//miner3'),
      stranger: await devAccount('//nobody'),
      ...movesOf(node),
    }
  })
}

/** The same with `ann` and `bob` among the miners. */
export function openLocalLoop(env: Env): Local<() => Promise<LoopCase>> {
  return openLocal(env, ['ann', 'bob'], opening => async () => {
    const { node, prepared } = await opening()
    const [ann, bob] = await Promise.all(['ann', 'bob'].map(async name => (await signerNamed(name)).address))
    return {
      ...{ chain: openSubtensor(node), netuid: prepared.netuid, ann: ann!, bob: bob! },
      validator: await devAccount('//owner'),
      ...movesOf(node),
    }
  })
}

type Env = Readonly<Record<string, string | undefined>>
type Local<Open> =
  | { readonly kind: 'skipped'; readonly why: string }
  | { readonly kind: 'open'; readonly what: string; readonly open: Open }
type Opening = () => Promise<{ readonly node: Node & AsyncDisposable; readonly prepared: Prepared }>

function openLocal<Open>(
  { ARETE_CHAIN_URL: url, ARETE_CHAIN_SPEC: spec }: Env,
  others: readonly string[],
  build: (opening: Opening) => Open,
): Local<Open> {
  if (url === undefined && spec === undefined)
    return {
      kind: 'skipped',
      why: 'neither ARETE_CHAIN_URL nor ARETE_CHAIN_SPEC is set; see "A real chain here" in validator/chain/README.md',
    }
  const opening = makeLazy(async () => {
    const started = url === undefined ? await startDevChain({ spec: spec!, port: 0 }) : undefined
    const node = openEndpoints({ endpoints: [url ?? started!.url], connect, onAlarm: () => {} })
    const prepared = await prepareSubnet(
      node,
      {
        ...{ validators: 2, miners: others.length > 0 ? 0 : 3, tempo: 10, commitReveal: false },
        others: await Promise.all(others.map(async name => (await signerNamed(name)).address)),
      },
      () => {},
    )
    return { started, node, prepared }
  })
  afterAll(async () => {
    if (!opening.isOpen()) return
    const { started, node } = await opening.get()
    await node[Symbol.asyncDispose]()
    await started?.[Symbol.asyncDispose]()
  })
  return { kind: 'open', what: url ?? spec!, open: build(opening.get) }
}

function movesOf(node: Node): Pick<ChainCase, 'advance' | 'during'> {
  return {
    advance: async blocks => await makeBlocks(node, blocks),
    during: async work => await withBlocks(node, work),
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
