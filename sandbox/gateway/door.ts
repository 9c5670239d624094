import type { Duplex } from 'node:stream'
import { GATEWAY_PORT, PROXY_PORT } from '../../agent-runtime/outlet.ts'
import { answerQuestion } from '../names.ts'
import type { Doorkeeper } from '../outlet.ts'
import type { Sandbox } from '../sandbox.ts'

/** Takes connections of an agent to its models. */
export interface ModelDoor {
  readonly accept: (channel: Duplex) => void
  /** Hosts whose connections come to the gateway, too; none if absent. */
  readonly intercepted?: Interception
}

/** Hosts that some agents have written into them. */
export interface Interception {
  readonly hosts: readonly string[]
  readonly acceptSecure: (channel: Duplex) => void
}

/** Names that are intercepted have these addresses of the sandbox's own; the gate's begin elsewhere. */
const FIRST_ADDRESS = '127.65.0.'
const SECURE_PORT = 443

/**
 * Opens what an agent's sandbox reaches: hosts through the gate, if its task lists any, models through the gateway, if its run
 * offers any. Whatever comes to another port, or for another name, comes to nothing.
 */
export async function openDoor(
  sandbox: Sandbox,
  { gate, models, names }: { gate: Doorkeeper | undefined; models: ModelDoor | undefined; names: boolean },
): Promise<void> {
  if (gate === undefined && models === undefined) return
  const intercepted = models?.intercepted
  const addresses = new Map(intercepted?.hosts.map((host, index) => [host, `${FIRST_ADDRESS}${index + 1}`]))
  const door: Doorkeeper = {
    accept(channel, port, address) {
      if (models !== undefined && port === GATEWAY_PORT) return models.accept(channel)
      if (intercepted !== undefined && address.startsWith(FIRST_ADDRESS))
        return port === SECURE_PORT ? intercepted.acceptSecure(channel) : models!.accept(channel)
      if (gate !== undefined) return gate.accept(channel, port, address)
      channel.destroy()
      return
    },
    answer(question) {
      let isOurs = false
      const answer = answerQuestion(question, name => {
        const address = addresses.get(name)
        isOurs = address !== undefined
        return address
      })
      return isOurs || gate === undefined ? answer : gate.answer(question)
    },
  }
  const ports = [...(gate === undefined ? [] : [PROXY_PORT]), ...(models === undefined ? [] : [GATEWAY_PORT])]
  await sandbox.openOutlet(door, { ports, names: names && (gate !== undefined || addresses.size > 0) })
}

/** Where models are listened for and nobody answers: in the tests' sandbox, which shall look like the agent's. */
export const CLOSED: ModelDoor = { accept: channel => void channel.destroy() }
