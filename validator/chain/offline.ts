import { createHash } from 'node:crypto'
import { decodeAddress } from '@polkadot/util-crypto/address'
import type { z } from 'zod'
import type { Chain } from './chain.ts'
import { confirmFrom } from './confirm.ts'
import { type OfflineCall, openCallLog } from './offline/calls.ts'
import { type OfflineChain, readDefinition } from './offline/definition.ts'
import { buildEpochInput } from './offline/epoch.ts'
import { buildSubnets } from './offline/markets.ts'
import { buildHyperparameters, buildMetagraph } from './offline/metagraph.ts'
import { openPallet } from './offline/pallet.ts'
import { NO_COMMITS } from './offline/state.ts'
import { refusalOfError } from './refusals.ts'
import type { Sealed } from './sealed.ts'

/**
 * A chain without a network, with one subnet that is paid as on the real one.
 *
 * @param source - the definition, or its file (`.toml` or `.json`); calls that were taken are kept beside it
 * @param now - the clock that makes blocks
 * @throws ChainError
 */
export function openOfflineChain(
  source: string | z.input<typeof OfflineChain>,
  now: () => Date = () => new Date(),
): Chain {
  const definition = readDefinition(source)
  const { netuid, start, secondsPerBlock, seed, isOpen, payments, commitments } = definition
  const first = new Date(start).getTime()
  const log = openCallLog(typeof source === 'string' ? `${source}.calls` : undefined)
  const pallet = openPallet(definition, log, hotkey => decodeAddress(hotkey, false, 42))
  const head = (): number => Math.max(0, Math.floor((now().getTime() - first) / 1000 / secondsPerBlock))
  const hashOf = (block: number): string =>
    `0x${createHash('sha256').update(`${seed}\0${block}`).digest('hex')}`
  const timeOf = (block: number): Date => new Date(first + block * secondsPerBlock * 1000)
  const members = () => buildMetagraph(pallet.at(head()), definition).members
  const named = new Set(definition.neurons.map(({ hotkey }) => hotkey))
  // Of an open chain only those that it names can be listed: everybody else is there as well.
  const neurons = () =>
    members()
      .filter(({ hotkey }) => named.has(hotkey))
      .map(({ uid, hotkey, coldkey, isValidator }) => ({ uid, hotkey, coldkey, isValidator }))
  return {
    async head() {
      const number = head()
      return { number, hash: hashOf(number), time: timeOf(number) }
    },
    async blockHash(block) {
      return Number.isInteger(block) && block >= 0 && block <= head() ? hashOf(block) : undefined
    },
    async neuron(asked, hotkey) {
      if (asked !== netuid) return undefined
      const found = neurons().find(neuron => neuron.hotkey === hotkey)
      if (found !== undefined || !isOpen) return found
      const { uid } = pallet.weightState(head(), hotkey, 0).own!
      return { uid, hotkey, coldkey: hotkey, isValidator: false }
    },
    neurons: async asked => (asked === netuid ? neurons() : []),
    metagraph: async asked => (asked === netuid ? buildMetagraph(pallet.at(head()), definition) : undefined),
    hyperparameters: async asked => (asked === netuid ? buildHyperparameters(head(), definition) : undefined),
    commitments: async asked => (asked === netuid ? commitments.filter(({ block }) => block <= head()) : []),
    async subnets() {
      const block = head()
      return { block, time: timeOf(block), subnets: buildSubnets(pallet.at(block), definition) }
    },
    async weightState(asked, hotkey, mechanism = 0) {
      const state = pallet.weightState(head(), hotkey, mechanism)
      return asked === netuid ? state : { ...state, netuid: asked, uids: 0, own: undefined }
    },
    async epochInput(asked, mechanism = 0) {
      if (asked !== netuid) return undefined
      return buildEpochInput(pallet.at(head()), definition, mechanism)
    },
    async weights(asked, hotkey, mechanism = 0) {
      const place = asked === netuid ? pallet.at(head()).places.get(hotkey) : undefined
      const weights = place?.weights[mechanism] ?? []
      return weights.length === 0 ? undefined : { block: place!.lastUpdate[mechanism]!, weights }
    },
    async submitWeights(sealed, { address }, reveal) {
      const block = head()
      const error =
        sealed.netuid === netuid
          ? pallet.take(block, address, callOf(sealed, reveal !== undefined))
          : 'SubnetNotExists'
      return error === undefined
        ? { kind: 'included', block }
        : { kind: 'refused', refusal: refusalOfError(error) }
    },
    async confirmWeights(sealed, hotkey) {
      const { mechanism } = sealed
      const { own, schedule, rules, block } = pallet.weightState(head(), hotkey, mechanism)
      const place = sealed.netuid === netuid ? pallet.at(head()).places.get(hotkey) : undefined
      return confirmFrom(sealed, {
        ...{ block, schedule, revealPeriods: rules.revealPeriods },
        uid: sealed.netuid === netuid ? own?.uid : undefined,
        weights: place?.weights[mechanism] ?? [],
        lastUpdate: own?.lastUpdate ?? 0,
        ...(place?.commits[mechanism] ?? NO_COMMITS),
      })
    },
    async lookUpEvent(reference) {
      const found = payments.find(one => one.reference === reference)
      if (found === undefined || Number(reference.split('-')[0]) > head()) return undefined
      return { netuid, coldkey: found.coldkey, rao: BigInt(found.rao) }
    },
    async [Symbol.asyncDispose]() {},
  }
}

function callOf(sealed: Sealed, isReveal: boolean): OfflineCall {
  const { mechanism, versionKey } = sealed
  const uids = sealed.weights.map(([uid]) => uid)
  const values = sealed.weights.map(([, weight]) => weight)
  switch (sealed.kind) {
    case 'plain':
      return { kind: 'set', mechanism, uids, values, versionKey }
    case 'hash':
      return isReveal
        ? { kind: 'reveal', mechanism, uids, values, versionKey, salt: sealed.salt }
        : { kind: 'hash', mechanism, hash: sealed.hash }
    case 'timelocked': {
      const { message, round, version } = sealed
      return { kind: 'timelocked', mechanism, message, round, version }
    }
  }
}
