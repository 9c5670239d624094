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
  const uid = Number(row?.[2] ?? user)
  const home = row?.[5] ?? '/tmp'
  return {
    name: row?.[0] ?? user,
    uid,
    gid: group === undefined ? Number(row?.[3] ?? uid) : findGroup(group, groups),
    home: /^\/[\w./-]+$/.test(home) ? home : '/tmp',
  }
}

function findGroup(wanted: string, groups: string): number {
  if (/^\d+$/.test(wanted)) return Number(wanted)
  const row = rows(groups).find(([name]) => name === wanted)
  if (row === undefined)
    throw new SandboxError('task-unusable', `Cannot run as group "${wanted}": the image has no such group`)
  return Number(row[2])
}

function rows(text: string): string[][] {
  return text.split('\n').map(line => line.split(':'))
}
