import dns from 'node:dns/promises'
import net from 'node:net'
import os from 'node:os'

/** Opens a connection to a host outside. */
export type Dial = (host: string, port: number) => Promise<net.Socket>

const DIAL_MILLISECONDS = 15_000

/** Addresses that are not of the public network: never reached for a task, whatever it asks for. */
const PRIVATE = new net.BlockList()
for (const range of [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15', '224.0.0.0/4', '240.0.0.0/4'],
]) {
  const [address, bits] = range.split('/') as [string, string]
  PRIVATE.addSubnet(address, Number(bits), 'ipv4')
}
// Among them those that stand for IPv4 addresses, which would be a way around.
for (const range of [
  '::/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/32',
  '2002::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]) {
  const [address, bits] = range.split('/') as [string, string]
  PRIVATE.addSubnet(address, Number(bits), 'ipv6')
}

/** Whether an address may be reached: it is public, and not one of this machine's. */
export function isPublic(address: string): boolean {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1]
  if (mapped !== undefined) return isPublic(mapped)
  const version = net.isIP(address)
  if (version === 0 || /^::ffff:/i.test(address)) return false
  const own = Object.values(os.networkInterfaces()).flatMap(list => (list ?? []).map(one => one.address))
  return !own.includes(address) && !PRIVATE.check(address, version === 4 ? 'ipv4' : 'ipv6')
}

/** Looks a name up once and connects to what was found, so that a second answer cannot lead elsewhere. */
export const dialPublic: Dial = async (host, port) => {
  const found = net.isIP(host) === 0 ? await dns.lookup(host, { all: true }) : [{ address: host }]
  const address = found.map(one => one.address).find(isPublic)
  if (address === undefined) throw new Error(`${host} has no public address`)
  const socket = net.connect({ host: address, port, allowHalfOpen: true })
  const late = setTimeout(() => socket.destroy(new Error('no answer')), DIAL_MILLISECONDS)
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve)
      socket.once('error', reject)
      socket.once('close', () => reject(new Error('closed')))
    })
    return socket
  } finally {
    clearTimeout(late)
  }
}
