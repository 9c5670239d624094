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
}

export const PATCH_LIMITS: PatchLimits = { files: 1000, folders: 5000, bytes: 16 * 2 ** 20, pathBytes: 512 }

/** Files that decide how tests are found, started or judged; a patch that touches them counts without that part. */
const PROTECTED: readonly RegExp[] = [
  /(^|\/)(sitecustomize|usercustomize)\.py$/,
  /\.pth$/,
  /(^|\/)__pycache__\//,
  /\.py[co]$/,
  /(^|\/)conftest\.py$/,
  /(^|\/)(pytest\.ini|tox\.ini|\.coveragerc)$/,
  /(^|\/)node_modules\//,
  /(^|\/)\.npmrc$/,
  /(^|\/)(vitest|jest|mocha)\.(config|setup)\.[cm]?[jt]s$/,
  /(^|\/)\.mocharc/,
  /(^|\/)\.git(ignore|attributes|modules|keep)?$/,
]

/** Leavings of running things, never part of anybody's work. */
const JUNK: readonly RegExp[] = [
  /(^|\/)(\.pytest_cache|\.mypy_cache|\.ruff_cache|\.tox|\.venv|\.hypothesis|\.nyc_output)\//,
  /(^|\/)\.coverage$/,
]

/** What becomes of each changed path. */
export type Decision =
  | { readonly kind: 'refused'; readonly reasons: readonly string[] }
  | { readonly kind: 'accepted'; readonly applied: readonly Change[]; readonly dropped: readonly string[] }

/** Judges what git says a patch changes: all of it is refused for a hostile path, mode or size; protected paths fall away. */
export function checkPatch(
  changes: readonly Change[],
  rules: { protectedPaths: readonly string[]; allowedPaths: readonly string[]; limits: PatchLimits },
): Decision {
  const reasons = [
    ...changes.flatMap(change => faults(change, rules.limits)),
    ...faultsTogether(changes, rules.limits),
  ]
  if (reasons.length > 0) return { kind: 'refused', reasons: reasons.slice(0, 20) }
  const extra = rules.protectedPaths.map(toPattern)
  const allowed = rules.allowedPaths.map(toPattern)
  const isProtected = (name: string): boolean =>
    [...PROTECTED, ...extra].some(pattern => pattern.test(name)) &&
    !allowed.some(pattern => pattern.test(name))
  const isJunk = (name: string): boolean => JUNK.some(pattern => pattern.test(name))
  return {
    kind: 'accepted',
    applied: changes.filter(change => !isProtected(change.path) && !isJunk(change.path)),
    dropped: changes.map(change => change.path).filter(name => isProtected(name) && !isJunk(name)),
  }
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
  if (name.startsWith('/') || parts.some(part => part === '' || part === '.' || part === '..'))
    reasons.push(`${shown} leaves the repository`)
  if (parts.some(part => part.toLowerCase() === '.git' || /^git~\d+$/i.test(part)))
    reasons.push(`${shown} lies in a git folder`)
  if (/[\p{Cc}\p{Cf}\p{Co}\p{Cn}\u2028\u2029\ufffd\\]/u.test(name))
    reasons.push(`${shown} has a control character, a backslash or bytes that are not UTF-8`)
  return reasons
}

function faultsTogether(changes: readonly Change[], limits: PatchLimits): string[] {
  const bytes = changes.reduce((sum, change) => sum + change.size, 0)
  const reasons: string[] = []
  if (changes.length > limits.files)
    reasons.push(`${changes.length} files are changed, ${limits.files} may be`)
  if (bytes > limits.bytes) reasons.push(`the changed files have ${bytes} bytes, ${limits.bytes} may be`)
  const folders = new Set(
    changes.flatMap(({ path: name, kind }) => (kind === 'deleted' ? [] : parentsOf(name))),
  )
  if (folders.size > limits.folders)
    reasons.push(`the changed files lie in ${folders.size} folders, ${limits.folders} may be`)
  const seen = new Map<string, string>()
  for (const { path: name, kind } of changes) {
    if (kind === 'deleted') continue
    const folded = name.normalize('NFC').toLowerCase()
    const twin = seen.get(folded)
    if (twin !== undefined)
      reasons.push(`${JSON.stringify(name)} and ${JSON.stringify(twin)} differ only in case or form`)
    seen.set(folded, name)
  }
  return reasons
}

function parentsOf(name: string): string[] {
  const parts = name.split('/')
  return parts.slice(1).map((_, index) => parts.slice(0, index + 1).join('/'))
}

/** `*` within a part, `**` across parts; a pattern without `/` but at its end fits the name in any folder. */
function toPattern(glob: string): RegExp {
  const name = glob.replace(/\/+$/, '')
  const anchored = name.includes('/') ? name.replace(/^\//, '') : `**/${name}`
  const source = anchored
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .map(
      part =>
        ({ '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' })[part] ??
        part.replace(/[.+^${}()|[\]\\]/g, '\\$&'),
    )
    .join('')
  return new RegExp(`^${source}(/|$)`)
}
