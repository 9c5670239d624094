import { isIPv6 } from 'node:net'
import { getConnInfo } from '@hono/node-server/conninfo'
import type { Context } from 'hono'

/** Whom a request is counted for; undefined for this machine's own, which are not counted. */
export function callerOf(c: Context): string | undefined {
  const { address } = getConnInfo(c).remote
  if (address === undefined || isOwn(address)) return undefined
  return isIPv6(address) ? networkOf(address) : address
}

function isOwn(address: string): boolean {
  return address === '::1' || address.replace(/^::ffff:/, '').startsWith('127.')
}

/** Whoever has one address of version 6 has the 64 bits behind it as well, so these count as one. */
function networkOf(address: string): string {
  if (address.startsWith('::ffff:')) return address.slice('::ffff:'.length)
  const [before = '', after] = address.split('%')[0]!.split('::')
  const groups = before === '' ? [] : before.split(':')
  const rest = after === undefined || after === '' ? [] : after.split(':')
  const all = [...groups, ...Array(Math.max(0, 8 - groups.length - rest.length)).fill('0'), ...rest]
  return all
    .slice(0, 4)
    .map(group => Number.parseInt(group, 16).toString(16))
    .join(':')
}
