import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files of a minute and more, the longest first: what begins last must not be what all wait for. */
const LONG = [
  'attacks/attacks.docker',
  'attacks/honest/honest.docker',
  'validator/mining/mine.docker',
  'sandbox/leaks.docker',
  'validator/foreign.docker',
  'sandbox/thicker.docker',
  'e2e/run.e2e',
  'validator/web/hostile',
  'fuzz/fuzz',
  'validator/store/kill',
  'validator/store/backup',
]

/** Begins with the long files. Vitest would go by how long they took before, which a fresh machine does not know. */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rest = await super.sort(files)
    const rank = ({ moduleId }: TestSpecification): number => {
      const index = LONG.findIndex(name => moduleId.endsWith(`/${name}.test.ts`))
      return index === -1 ? LONG.length : index
    }
    return rest.toSorted((one, other) => rank(one) - rank(other))
  }
}
