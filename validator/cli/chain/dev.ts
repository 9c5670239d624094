import { setTimeout as pause } from 'node:timers/promises'
import { startDevChain } from '../../chain/dev/chopsticks.ts'
import { makeBlocks, prepareSubnet } from '../../chain/dev/prepare.ts'
import { openEndpoints } from '../../chain/endpoints.ts'
import { connect } from '../../chain/subtensor.ts'
import { UsageError } from '../errors.ts'
import { asJson } from '../text.ts'

interface Options {
  readonly spec: string
  readonly port: number
  readonly validators: number
  readonly miners: number
  readonly tempo: number
  readonly seconds: number
  readonly commitReveal?: true
  readonly json?: true
}

/** `arete chain dev`: a real runtime with a subnet, whose blocks come with the clock, until Ctrl-C. */
export async function runDev(options: Options): Promise<number> {
  const { spec, port, validators, miners, tempo, seconds, json } = options
  if (!(seconds > 0)) throw new UsageError(`Cannot use --seconds ${seconds}: more than 0 is needed`)
  const stop = new AbortController()
  const end = (): void => stop.abort()
  process.once('SIGINT', end).once('SIGTERM', end)
  const say = (what: string): void => console.error(what)
  await using dev = await startDevChain({ spec, port, say })
  await using node = openEndpoints({
    endpoints: [dev.url],
    connect,
    onAlarm: alarm => say(JSON.stringify(alarm)),
  })
  const wishes = { validators, miners, tempo, commitReveal: options.commitReveal === true }
  const { netuid, coldkey, hotkeys } = await prepareSubnet(node, wishes, say)
  if (json) console.log(asJson({ url: dev.url, netuid, coldkey, hotkeys }))
  else
    console.log(
      [
        `Subnet ${netuid} at ${dev.url}, a block every ${seconds} s`,
        ...hotkeys.map((hotkey, uid) => `  uid ${uid}  ${hotkey}  ${nameOf(uid, validators)}`),
        '',
        'In arete.toml:',
        `  network = "dev"`,
        `  netuid = ${netuid}`,
        '  [chain]',
        `  endpoints = ["${dev.url}"]`,
        '',
        'The keys are those that every development chain knows. Ctrl-C ends it, and nothing stays.',
      ].join('\n'),
    )
  while (!stop.signal.aborted) {
    await makeBlocks(node, 1)
    await Promise.race([pause(seconds * 1000, undefined, { signal: stop.signal }), dev.ended]).catch(() => {})
  }
  return 0
}

function nameOf(uid: number, validators: number): string {
  if (uid === 0) return '//owner, a validator'
  return uid <= validators ? `//validator${uid}` : `//miner${uid - validators}`
}
