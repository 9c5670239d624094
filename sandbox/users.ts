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

/** Who works in an image that says nobody or root, if it need not be root: most images call 1000 their first user. */
const UNPRIVILEGED = '1000'

/**
 * The user of a task that names none. In patch mode nothing of the image can be changed, so that root has no use but to
 * read what is root's alone: it is root only if the repository or a program on the path lies in root's own folder.
 */
export function chooseUser(
  image: { readonly user: string; readonly env: readonly string[] },
  { mode, workdir }: { readonly mode: 'patch' | 'snapshot'; readonly workdir: string },
): string {
  const isRoot = /^(root|0)?(:|$)/.test(image.user)
  if (mode === 'snapshot' || !isRoot) return image.user
  const paths = image.env.filter(pair => pair.startsWith('PATH=')).flatMap(pair => pair.slice(5).split(':'))
  const needsRoot = [workdir, ...paths].some(folder => /^\/root(\/|$)/.test(folder))
  return needsRoot ? image.user : UNPRIVILEGED
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
