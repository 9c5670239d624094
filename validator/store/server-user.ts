import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { StoreError } from './errors.ts'

/** A user of the system, by number. */
export interface ServerUser {
  readonly uid: number
  readonly gid: number
}

/** PostgreSQL's usual system user. */
const NAME = 'postgres'

/**
 * Who the server runs as: ourselves; as root, which PostgreSQL refuses to be, whoever owns the cluster, or its usual system user,
 * which is made if there is none.
 */
export async function findServerUser(cluster: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const owned = fs.statSync(cluster, { throwIfNoEntry: false })
  if (owned !== undefined && owned.uid !== 0) return { uid: owned.uid, gid: owned.gid }
  const found = await idsOf(NAME)
  if (found !== undefined) return found
  const home = ['--no-create-home', '--shell', '/usr/sbin/nologin']
  await execa('useradd', ['--system', '--user-group', ...home, NAME], { reject: false })
  const made = await idsOf(NAME)
  if (made !== undefined) return made
  throw new StoreError(
    'start',
    `Cannot start the database: there is no user "${NAME}" and "useradd" could not make one; run as a normal user, or give a server by DATABASE_URL`,
  )
}

async function idsOf(name: string): Promise<ServerUser | undefined> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async which => (await execa('id', [which, name], { reject: false })).stdout),
  )
  return uid === undefined || gid === undefined || uid === '' || gid === ''
    ? undefined
    : { uid: Number(uid), gid: Number(gid) }
}

/** @throws StoreError if that user cannot come to the folder, with what shuts it out */
export async function checkReach(folder: string, user: ServerUser): Promise<void> {
  const options = { ...user, reject: false, cwd: '/' } as const
  const parents = folder.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/') || '/')
  for (const parent of parents) {
    const { failed } = await execa('test', ['-x', parent], options)
    if (failed)
      throw new StoreError(
        'start',
        `Cannot start the database in ${folder}: its user "${NAME}" cannot enter ${parent}; run "chmod o+x ${path.resolve(parent)}", choose another data folder (ARETE_DATA), or give a server by DATABASE_URL`,
      )
  }
}

/** Gives a file to the server's user. */
export function giveTo(user: ServerUser | undefined, file: string): void {
  if (user !== undefined) fs.chownSync(file, user.uid, user.gid)
}
