import net from 'node:net'
import { z } from 'zod'

const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/

/**
 * An entry of `allowed_hosts`: a host's name, `*.` and a name, an address, or a range of addresses (`192.0.2.0/24`). No URL,
 * no port. Comes out in lower case and without a dot at its end.
 */
export const HostPattern = z
  .string()
  .transform(text => text.trim().toLowerCase().replace(/\.$/, ''))
  .refine(isPattern, 'expected a host name, "*." and a name, an address or a range such as 192.0.2.0/24')

function isPattern(text: string): boolean {
  const [address, bits, ...more] = text.split('/')
  if (bits !== undefined) return more.length === 0 && isRange(address!, bits)
  if (net.isIP(text) !== 0) return true
  const name = text.startsWith('*.') ? text.slice(2) : text
  if (net.isIP(name) !== 0 || name.length > 253) return false
  return name.split('.').every(label => LABEL.test(label))
}

/** Only the bits of the network itself may be set. */
function isRange(address: string, bits: string): boolean {
  const version = net.isIP(address)
  const width = version === 4 ? 32 : 128
  if (version === 0 || !/^\d{1,3}$/.test(bits) || Number(bits) > width) return false
  const bytes = bytesOf(address)
  return bytes.every((byte, index) => {
    const own = Math.min(8, Math.max(0, Number(bits) - 8 * index))
    return (byte & (0xff >> own)) === 0
  })
}

/** The bytes of an address that `net.isIP` knows. */
function bytesOf(address: string): number[] {
  if (net.isIPv4(address)) return address.split('.').map(Number)
  const plain = address.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, ...four) => {
    const [a, b, c, d] = four.map(Number) as [number, number, number, number]
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
  })
  const [front = '', back] = plain.split('::')
  const groups = (text: string): string[] => (text === '' ? [] : text.split(':'))
  const before = groups(front)
  const after = back === undefined ? [] : groups(back)
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => '0')
  return [...before, ...zeros, ...after].flatMap(group => {
    const value = Number.parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

/** Whether a host that a program wants to reach is among the allowed ones; `*.` stands for one or more parts. */
export function matchHosts(patterns: readonly string[]): (host: string) => boolean {
  const names = new Set(patterns.filter(one => !one.includes('/') && !one.startsWith('*.')))
  const endings = patterns.filter(one => one.startsWith('*.')).map(one => one.slice(1))
  const ranges = new net.BlockList()
  for (const pattern of patterns) {
    const [address, bits] = pattern.split('/') as [string, string?]
    const version = net.isIP(address)
    if (version === 0) continue
    ranges.addSubnet(address, Number(bits ?? (version === 4 ? 32 : 128)), version === 4 ? 'ipv4' : 'ipv6')
  }
  return wanted => {
    const host = wanted.toLowerCase().replace(/\.$/, '')
    const version = net.isIP(host)
    if (version !== 0) return ranges.check(host, version === 4 ? 'ipv4' : 'ipv6')
    return names.has(host) || endings.some(ending => host.length > ending.length && host.endsWith(ending))
  }
}
