/** One path of a container's file system that is not as in its image. */
export interface MachineChange {
  readonly path: string
  readonly kind: 'added' | 'modified' | 'deleted'
}

/** What of an agent's machine must be as the image has it before tests may run there. */
export interface Restoration {
  /** To be put back from the image. Of folders only the kind: that they are folders, and no links to others. */
  readonly restored: readonly MachineChange[]
  /** New files that tools would read, or take for a part of them: to be emptied at once, and removed. */
  readonly strange: readonly string[]
  /** New files named as a tool: the same if the image has that tool elsewhere on the search path. */
  readonly rivals: readonly string[]
}

/** Programs that tests start by name. */
const TOOLS = new Set(
  [
    'sh bash dash zsh busybox env test [ true false timeout xargs tee cat echo printf cp mv rm ln ls mkdir chmod chown',
    'touch mktemp install head tail cut sort uniq tr wc seq date sleep kill ps pgrep stat id grep egrep fgrep sed awk',
    'gawk mawk diff cmp find file jq md5sum sha256sum pytest pytest-3 py.test pip pip3 uv uvx node nodejs npm npx git',
    'curl wget make cmake go cargo java mvn gradle ruby perl php',
  ].flatMap(line => line.split(' ')),
)
const isToolName = (name: string): boolean => TOOLS.has(name) || /^python([23](\.\d+)?)?$/.test(name)

const USUAL_PATH = ['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin']

/** What linkers, shells and interpreters read before they come to the tests. */
const READ_BY_TOOLS: readonly RegExp[] = [
  /^\/etc\/ld\.so\./,
  /^\/etc\/(profile|environment|bash[^/]*|zsh[^/]*|zsh\/.*|profile\.d\/.*)$/,
  /^\/etc\/alternatives\/[^/]+$/,
  /^\/(root|home\/[^/]+)\/\.(bash|zsh|k?sh)?(rc|env|profile|_profile|_login|_logout)$/,
  /\/(ld-linux|ld-musl|ld-\d)[^/]*$/,
  /\/lib(c|dl|pthread)[.-][^/]*$/,
  /\/(sitecustomize|usercustomize)(\.py|\/|$)/,
  /\/(site|dist)-packages\/[^/]+\.pth$/,
  /\/(site|dist)-packages\/(pytest|_pytest|pluggy|iniconfig)([/.]|$)/,
  /^\/usr\/(local\/)?lib\/python[\d.]+\/(?!(site|dist)-packages(\/|$))/,
  // Where tests are started, it would be taken for the tool.
  /\/(pytest|_pytest|pluggy|iniconfig)(\.py|\/__init__\.py)$/,
  // Looked for upwards from the tests.
  /^\/(conftest\.py|pytest\.ini|\.pytest\.ini|tox\.ini|setup\.cfg|pyproject\.toml|package\.json)$/,
]

/** Places that must be what they are in the image: a link in place of one leads to other tools. */
const PLACES = /^\/(bin|sbin|lib|lib32|lib64|etc|usr|usr\/(local|bin|sbin|lib|local\/(bin|sbin|lib)))$/

/**
 * Says what of a changed machine has to be as in the image before its tests run: the tools that run them and what these
 * read. The rest is the agent's work.
 *
 * @param searchPath - folders of the image's `PATH`
 * @param isAllowed - whether the task lets an agent change a path
 */
export function planRestoration(
  changes: readonly MachineChange[],
  searchPath: readonly string[],
  isAllowed: (path: string) => boolean,
): Restoration {
  const folders = new Set([...USUAL_PATH, ...searchPath])
  const isTool = (path: string): boolean => {
    const cut = path.lastIndexOf('/')
    return folders.has(path.slice(0, cut)) && isToolName(path.slice(cut + 1))
  }
  const isRead = (path: string): boolean => READ_BY_TOOLS.some(pattern => pattern.test(path))
  const held = changes.filter(({ path }) => !isAllowed(path))
  const added = held.filter(({ kind }) => kind === 'added').map(({ path }) => path)
  return {
    restored: held.filter(
      ({ path, kind }) => kind !== 'added' && (isTool(path) || isRead(path) || PLACES.test(path)),
    ),
    strange: outermost(added.filter(isRead)),
    rivals: added.filter(path => isTool(path) && !isRead(path)),
  }
}

/** Folders in which the image may have the same tool. */
export function rivalsOf(path: string, searchPath: readonly string[]): string[] {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return [...new Set([...USUAL_PATH, ...searchPath])]
    .map(folder => `${folder}/${name}`)
    .filter(other => other !== path)
}

/** Without what lies below another one of them. */
function outermost(paths: readonly string[]): string[] {
  const all = new Set(paths)
  return paths.filter(path => {
    const parts = path.split('/')
    return !parts.some((_, index) => index > 1 && all.has(parts.slice(0, index).join('/')))
  })
}

/** What two lists of changes, the second made on what came of the first, come to together. */
export function joinChanges(
  before: readonly MachineChange[],
  after: readonly MachineChange[],
): MachineChange[] {
  const all = new Map(before.map(({ path, kind }) => [path, kind]))
  for (const { path, kind } of after) {
    const first = all.get(path)
    if (first === 'added' && kind === 'deleted') all.delete(path)
    else
      all.set(path, first === 'added' ? 'added' : first === 'deleted' && kind === 'added' ? 'modified' : kind)
  }
  return [...all].map(([path, kind]) => ({ path, kind }))
}
