import { groupBy } from '../group.ts'
import { type Commitment, rootOf, type Terms } from './commitment.ts'
import { leafOf, stratumOf } from './leaf.ts'
import { buildTree } from './merkle.ts'
import type { Secrets, SecretTask } from './secrets.ts'

export interface Candidate extends SecretTask {
  readonly repository: string
}

/**
 * Makes the two halves of a pool: tasks stand by the public name of their repository, then by their leaf. So their numbers
 * follow from tasks and salts, whatever order they come in.
 *
 * @param saltOf - the salt of a repository's name, 64 hexadecimal digits
 */
export function commitPool(
  terms: Terms,
  candidates: readonly Candidate[],
  saltOf: (repository: string) => string,
): { readonly commitment: Commitment; readonly secrets: Secrets } {
  const strata = [...groupBy(candidates, ({ repository }) => repository)]
    .map(([repository, tasks]) => {
      const salt = saltOf(repository)
      const id = stratumOf({ repository, stratumSalt: salt })
      return { repository, salt, id, tasks: inOrder(tasks, salt) }
    })
    .sort((one, other) => (one.id < other.id ? -1 : 1))
  const placed = strata.flatMap(({ tasks }) => tasks)
  const unrooted = {
    terms,
    tree: buildTree(placed.map(({ leaf }) => leaf)).root.toString('hex'),
    strata: strata.map(({ id, tasks }) => ({ id, size: tasks.length })),
  }
  const root = rootOf(unrooted)
  return {
    commitment: { root, ...unrooted },
    secrets: {
      format: 'arete/pool-secrets/v1',
      root,
      strata: strata.map(({ repository, salt }) => ({ repository, salt })),
      leaves: placed.map(({ leaf }) => leaf),
      tasks: placed.map(({ task: { name, folder, digest, salt } }) =>
        JSON.stringify({ name, folder, digest, salt } satisfies SecretTask),
      ),
    },
  }
}

function inOrder(
  tasks: readonly Candidate[],
  stratumSalt: string,
): { readonly task: Candidate; readonly leaf: Buffer }[] {
  return tasks
    .map(task => ({ task, leaf: leafOf({ ...task, stratumSalt }) }))
    .sort((one, other) => Buffer.compare(one.leaf, other.leaf))
}
