import { SandboxError } from './errors.ts'

/** A user of an image. */
export interface User {
  readonly name: string
  readonly uid: number
  readonly gid: number
  readonly home: string
}

/**
 * Finds a user as Docker names it (`name`, `uid`, `name:group`, `uid:gid`) in the image's own lists.
 *
 * @throws SandboxError `task-unusable` if the image has no such name
 */
export function findUser(wanted: string, passwd: string, groups: string): User {
  const [user = '', group] = wanted.split(':')
  const row = rows(passwd).find(([name, , uid]) => name === user || uid === user)
  const numeric = /^\d+$/.test(user)
  if (row === undefined && !numeric)
    throw new SandboxError('task-unusable', `Cannot run as user "${wanted}": the image has no such user`)
  const name = row?.[0] ?? user
  if (/\p{C}/u.test(name))
    throw new SandboxError('task-unusable', `Cannot run as user "${wanted}": its name has control characters`)
  const uid = numberOf(row?.[2] ?? user, wanted)
  const home = row?.[5] ?? '/tmp'
  return {
    name,
    uid,
    gid: group === undefined ? numberOf(row?.[3] ?? String(uid), wanted) : findGroup(group, groups),
    home: /^\/[\w./-]+$/.test(home) ? home : '/tmp',
  }
}

function findGroup(wanted: string, groups: string): number {
  if (/^\d+$/.test(wanted)) return numberOf(wanted, wanted)
  const row = rows(groups).find(([name]) => name === wanted)
  if (row === undefined)
    throw new SandboxError('task-unusable', `Cannot run as group "${wanted}": the image has no such group`)
  return numberOf(row[2] ?? '', wanted)
}

/** The lists are the image's: what stands in them need not be a number that a kernel knows. */
function numberOf(text: string, wanted: string): number {
  if (/^\d{1,10}$/.test(text) && Number(text) < 2 ** 32 - 1) return Number(text)
  throw new SandboxError('task-unusable', `Cannot run as "${wanted}": its number in the image is "${text}"`)
}

function rows(text: string): string[][] {
  return text.split('\n').map(line => line.split(':'))
}
