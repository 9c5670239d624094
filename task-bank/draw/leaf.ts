import { digestFields } from './fields.ts'

/** What is known of a task of a pool when it is opened: hexadecimal digits, 32 bytes each, but for the repository. */
export interface Opening {
  /** Digest of the task's files (`digestTask`). */
  readonly digest: string
  readonly salt: string
  readonly repository: string
  readonly stratumSalt: string
}

/**
 * What a task puts into the tree of its pool, hidden until the salts are told:
 * `digestFields("arete/task/v1", salt, digest, stratum)`, all three as bytes.
 */
export function leafOf(task: Opening): Buffer {
  return digestFields(
    'arete/task/v1',
    Buffer.from(task.salt, 'hex'),
    Buffer.from(task.digest, 'hex'),
    Buffer.from(stratumOf(task), 'hex'),
  )
}

/**
 * Name of a repository in public, in hexadecimal digits: `digestFields("arete/stratum/v1", salt, repository)`. The salt is
 * that of the repository and not of the pool, so that opening one tells nothing of the others.
 */
export function stratumOf({ repository, stratumSalt }: Omit<Opening, 'digest' | 'salt'>): string {
  return digestFields('arete/stratum/v1', Buffer.from(stratumSalt, 'hex'), repository).toString('hex')
}
