import fc from 'fast-check'
import { type Change, checkPatch, PATCH_LIMITS } from '../../sandbox/policy.ts'
import { must, target } from './target.ts'

const PARTS = [
  'a',
  'A',
  'b',
  'lib',
  'é',
  'e\u0301',
  'conftest.py',
  '.gitignore',
  '.coverage',
  '.pytest_cache',
  'sitecustomize.py',
  'x.pth',
  'node_modules',
  '.git',
  '.GIT',
  'git~1',
  '..',
  '.',
  '',
  '\n',
  '\\',
  '\u202e',
  '\ufffd',
  'x'.repeat(260),
]
const GLOB_PARTS = ['*', '**', '**/', '/', '?', 'a', 'lib', 'conftest.py', '.', '[', '(', '+', '\\', '$']

/** Names that no patch may bring, whatever folder they are in. */
const NEVER = new Set(['conftest.py', '.gitignore', 'sitecustomize.py', 'x.pth'])

interface Case {
  readonly changes: readonly Change[]
  readonly protectedPaths: readonly string[]
  readonly allowedPaths: readonly string[]
  readonly testPlaces: readonly string[]
}

const change: fc.Arbitrary<Change> = fc
  .record({
    path: fc
      .array(
        fc.oneof(
          { weight: 20, arbitrary: fc.constantFrom(...PARTS.slice(0, 13)) },
          { weight: 1, arbitrary: fc.constantFrom(...PARTS) },
        ),
        { minLength: 1, maxLength: 4 },
      )
      .map(parts => parts.join('/')),
    kind: fc.constantFrom('added', 'modified', 'deleted'),
    mode: fc.oneof(
      { weight: 20, arbitrary: fc.constantFrom('100644', '100755') },
      { weight: 1, arbitrary: fc.constantFrom('120000', '160000', '040000', '') },
    ),
    size: fc.oneof(
      { weight: 20, arbitrary: fc.nat(1000) },
      { weight: 1, arbitrary: fc.constantFrom(PATCH_LIMITS.bytes, 2 ** 50) },
    ),
  })
  .map(one => ({ ...one, blob: '0'.repeat(40) }))
const globs = fc.array(
  fc.oneof(
    fc.array(fc.constantFrom(...GLOB_PARTS), { minLength: 1, maxLength: 12 }).map(parts => parts.join('')),
    fc
      .array(fc.constantFrom('a', 'b', 'lib', 'é'), { minLength: 1, maxLength: 2 })
      .map(parts => parts.join('/')),
  ),
  { maxLength: 2 },
)

/** What a patch may change: a hostile path, mode or size never gets through, and what is not applied stays as it was. */
export const policy = target<Case>({
  name: 'policy',
  short: 1000,
  cases: fc.record({
    changes: fc.array(change, { maxLength: 8 }).map(consistent),
    protectedPaths: globs,
    testPlaces: fc.array(fc.constantFrom('a', 'a/b', 'tests/a.py', 'src/é'), { maxLength: 3 }),
    allowedPaths: fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: globs }),
  }),
  check({ changes, ...rules }) {
    const before = new Set(changes.filter(one => one.kind !== 'added').map(one => one.path))
    const all = { ...rules, limits: PATCH_LIMITS, tracked: before, standing: before }
    const decision = checkPatch(changes, all)
    const again = checkPatch([...changes].reverse(), all)

    must(decision.kind === again.kind, 'The order of changes decides')
    if (decision.kind === 'refused') {
      must(decision.reasons.length > 0, 'It is refused without a reason')
      return
    }
    const { applied, dropped } = decision
    must(changes.every(isHarmless), 'Something hostile is accepted', changes)
    const names = [...applied.map(one => one.path), ...dropped]
    must(new Set(names).size === names.length, 'A path is both applied and dropped', names)
    must(
      names.every(name => changes.some(one => one.path === name)),
      'A path comes from nowhere',
      names,
    )
    if (rules.allowedPaths.length === 0) {
      must(
        applied.every(one => !NEVER.has(one.path.split('/').at(-1)!)),
        'A protected path is applied',
        applied,
      )
    }
    const conflict = findConflict(changes, applied)
    must(conflict === undefined, 'What is not applied does not stay as it was', conflict)
  },
})

/** A written path below or above one that stays: it could not be put in place without taking the other away. */
export function findConflict(changes: readonly Change[], applied: readonly Change[]): string | undefined {
  const done = new Set(applied.map(one => one.path))
  const kept = changes.filter(one => one.kind !== 'added' && !done.has(one.path)).map(one => one.path)
  return applied
    .filter(one => one.kind !== 'deleted')
    .map(one => one.path)
    .find(name => kept.some(other => name.startsWith(`${other}/`) || other.startsWith(`${name}/`)))
}

function isHarmless({ path, kind, mode, size }: Change): boolean {
  return (
    path.split('/').every(part => !['', '.', '..', '.git', 'git~1'].includes(part.toLowerCase())) &&
    !/[\n\\\u202e\ufffd]/.test(path) &&
    path.length <= PATCH_LIMITS.pathBytes &&
    (kind === 'deleted' || mode === '100644' || mode === '100755') &&
    size <= PATCH_LIMITS.bytes
  )
}

/** Each path once, and no path is both file and folder, neither before nor after: git could not say anything else. */
function consistent(changes: readonly Change[]): Change[] {
  const kept: Change[] = []
  for (const one of changes) {
    const clashes = kept.some(other => {
      if (other.path === one.path) return true
      const isNested = one.path.startsWith(`${other.path}/`) || other.path.startsWith(`${one.path}/`)
      const bothBefore = one.kind !== 'added' && other.kind !== 'added'
      const bothAfter = one.kind !== 'deleted' && other.kind !== 'deleted'
      return isNested && (bothBefore || bothAfter)
    })
    if (!clashes) kept.push(one)
  }
  return kept
}
