import { matchForeignPaths, matchPaths } from './glob.ts'
import { LITTER, PROTECTED } from './protected.ts'
import { findSectionFile } from './sections.ts'

/** One path that a patch changes, as git sees it. */
export interface Change {
  readonly path: string
  readonly kind: 'added' | 'modified' | 'deleted'
  /** Octal mode after the change, `000000` if deleted. */
  readonly mode: string
  readonly blob: string
  /** Bytes after the change. */
  readonly size: number
}

export interface PatchLimits {
  readonly files: number
  /** Folders that hold them, all the way up. */
  readonly folders: number
  readonly bytes: number
  readonly pathBytes: number
  /** Of one part of a path: no file system takes more. */
  readonly nameBytes: number
}

export const PATCH_LIMITS: PatchLimits = {
  files: 1000,
  folders: 5000,
  bytes: 16 * 2 ** 20,
  pathBytes: 512,
  nameBytes: 255,
}

/** What becomes of each changed path. */
export type Decision =
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  | { readonly kind: 'accepted'; readonly applied: readonly Change[]; readonly dropped: readonly string[] }

export interface PatchRules {
  readonly protectedPaths: readonly string[]
  readonly allowedPaths: readonly string[]
  /** Where the hidden tests will lie: nothing else may be there, below it, or in the way of it. */
  readonly testPlaces: readonly string[]
  readonly limits: PatchLimits
  /** Paths of the repository's commit. */
  readonly tracked: ReadonlySet<string>
  /** Files and links of its work tree, those that it ignores included. */
  readonly standing: ReadonlySet<string>
}

/** Judges what git says a patch changes: all of it is refused for a hostile path, mode or size; protected paths fall away. */
export function checkPatch(changes: readonly Change[], rules: PatchRules): Decision {
  const reasons = [
    ...changes.flatMap(change => faults(change, rules.limits)),
    ...faultsTogether(changes, rules),
  ]
  if (reasons.length > 0) return { kind: 'refused', reasons: reasons.slice(0, 20) }
  const work = changes.filter(change => !isLitter(change.path))
  const mayNot = openProtection(rules)
  const free = new Set(work.filter(change => !mayNot(change)))
  const isBlocked = openPlaces(free, changes, rules.standing)
  const applied = [...free].filter(change => !isBlocked(change))
  const kept = new Set(applied)
  return {
    kind: 'accepted',
    applied,
    dropped: work.filter(change => !kept.has(change)).map(change => change.path),
  }
}

const isLitter = matchPaths(LITTER, 'iu')
const ROWS = Object.values(PROTECTED)
  .flat()
  .map(({ patterns, only, unless = [] }) => ({
    only,
    fits: matchPaths(patterns, 'iu'),
    excuses: matchPaths(unless, 'iu'),
  }))

/** Any case is protected, since some file systems tell none apart; what is allowed is allowed as it is written. */
function openProtection(rules: PatchRules): (change: Change) => boolean {
  const isExtra = matchForeignPaths(rules.protectedPaths, 'iu')
  const isAllowed = matchForeignPaths(rules.allowedPaths, 'u')
  const isTestPlace = openTestPlaces(rules.testPlaces)
  const isExcused = ROWS.map(row => {
    let excused: boolean | undefined
    return (): boolean => (excused ??= [...rules.tracked].some(row.excuses))
  })
  return ({ path: name, kind }) =>
    isTestPlace(name) ||
    (!isAllowed(name) &&
      (isExtra(name) ||
        ROWS.some(
          (row, index) =>
            row.fits(name) && (row.only === undefined || row.only === kind) && !isExcused[index]!(),
        )))
}

function openTestPlaces(places: readonly string[]): (name: string) => boolean {
  const files = new Set(places.map(fold))
  const folders = new Set(places.flatMap(parents).map(fold))
  return name => {
    const folded = fold(name)
    return files.has(folded) || folders.has(folded) || parents(folded).some(parent => files.has(parent))
  }
}

/** A file cannot come where a folder stays, nor below a file that stays: such a tree cannot be written. */
function openPlaces(
  free: ReadonlySet<Change>,
  all: readonly Change[],
  standing: ReadonlySet<string>,
): (change: Change) => boolean {
  // Of these, sections may have to stay.
  const goes = (change: Change): boolean =>
    change.kind === 'deleted' && free.has(change) && findSectionFile(change.path, false) === undefined
  const gone = new Set(all.filter(goes).map(change => change.path))
  const folders = new Set(
    all.filter(change => change.kind === 'deleted' && !goes(change)).flatMap(change => parents(change.path)),
  )
  return ({ path: name, kind }) =>
    kind === 'added' &&
    (folders.has(name) || parents(name).some(parent => standing.has(parent) && !gone.has(parent)))
}

function parents(name: string): string[] {
  const parts = name.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

function faults({ path: name, kind, mode }: Change, limits: PatchLimits): string[] {
  const parts = name.split('/')
  const shown = JSON.stringify(name.slice(0, 200))
  const reasons: string[] = []
  if (kind !== 'deleted' && mode === '120000') reasons.push(`${shown} is a symbolic link`)
  else if (kind !== 'deleted' && mode === '160000') reasons.push(`${shown} is a submodule`)
  else if (kind !== 'deleted' && mode !== '100644' && mode !== '100755')
    reasons.push(`${shown} has mode ${mode}`)
  if (Buffer.byteLength(name) > limits.pathBytes)
    reasons.push(`${shown} is a path of over ${limits.pathBytes} bytes`)
  else if (parts.some(part => Buffer.byteLength(part) > limits.nameBytes))
    reasons.push(`${shown} has a name of over ${limits.nameBytes} bytes`)
  if (name.startsWith('/') || parts.some(part => part === '' || part === '.' || part === '..'))
    reasons.push(`${shown} leaves the repository`)
  if (parts.some(isGitFolder)) reasons.push(`${shown} lies in a git folder`)
  // git writes such a name into a diff and cannot read it there again.
  else if (name.includes(' /')) reasons.push(`${shown} has a folder whose name ends in a space`)
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Cn}\u2028\u2029\ufffd\\]/u.test(name))
    reasons.push(`${shown} has a control character, a backslash or bytes that are not UTF-8`)
  return reasons
}

/** Also as other systems would read it: invisible characters are ignored, so are dots, spaces and streams at the end. */
function isGitFolder(part: string): boolean {
  const visible = part.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '')
  return /^(\.git|git~\d+)[. ]*(:.*)?$/iu.test(visible)
}

function faultsTogether(changes: readonly Change[], { limits, tracked }: PatchRules): string[] {
  const bytes = changes.reduce((sum, change) => sum + change.size, 0)
  const reasons: string[] = []
  if (changes.length > limits.files)
    reasons.push(`${changes.length} files are changed, ${limits.files} may be`)
  if (bytes > limits.bytes) reasons.push(`the changed files have ${bytes} bytes, ${limits.bytes} may be`)
  // Of a path that is refused for its length there may be millions.
  const written = changes.filter(
    ({ path: name, kind }) => kind !== 'deleted' && Buffer.byteLength(name) <= limits.pathBytes,
  )
  const folders = new Set(written.flatMap(change => parents(change.path)))
  if (folders.size > limits.folders)
    reasons.push(`the changed files lie in ${folders.size} folders, ${limits.folders} may be`)
  return [...reasons, ...findTwins(changes, tracked)]
}

/** Names that are one on systems which tell no case or form apart. Those that the repository has already are its own. */
function findTwins(changes: readonly Change[], tracked: ReadonlySet<string>): string[] {
  const added = changes.filter(change => change.kind === 'added').map(change => change.path)
  if (added.length === 0) return []
  const deleted = new Set(changes.filter(change => change.kind === 'deleted').map(change => change.path))
  const seen = new Map<string, string>()
  for (const name of tracked) if (!deleted.has(name)) seen.set(fold(name), name)
  return added.flatMap(name => {
    const twin = seen.get(fold(name))
    seen.set(fold(name), name)
    return twin === undefined || twin === name
      ? []
      : [`${JSON.stringify(name)} and ${JSON.stringify(twin)} differ only in case or form`]
  })
}

function fold(name: string): string {
  return name.normalize('NFC').toLowerCase()
}
