import type { Affinetes } from '../../../task-bank/affinetes.ts'
import { loadEnvironments } from '../../draws/pool-files.ts'
import { UsageError } from '../errors.ts'
import { ENVIRONMENTS } from '../places.ts'
import { plain } from '../text.ts'

/** The declaration of an environment that brings its own image. @throws UsageError if there is none of this name, or a variable that it is to get is not set */
export function findAffinetes(name: string, file: string = ENVIRONMENTS): Affinetes {
  const { environments } = loadEnvironments(file)
  const found = environments[name]
  if (found?.protocol === 'affinetes') {
    const absent = found.env.filter(variable => process.env[variable] === undefined)
    if (absent.length === 0) return found
    throw new UsageError(
      `Cannot start "${plain(name)}": the variables ${absent.join(', ')} are declared for it, and not set here`,
    )
  }
  const known = Object.entries(environments).flatMap(([id, { protocol }]) =>
    protocol === 'affinetes' ? [id] : [],
  )
  const there = known.length === 0 ? 'none' : known.join(', ')
  throw new UsageError(
    found === undefined
      ? `Cannot use "${plain(name)}": it is not declared in ${plain(file)}; of affinetes there: ${there}`
      : `Cannot use "${plain(name)}": its tasks are folders; "arete task check" checks those`,
  )
}
