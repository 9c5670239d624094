import path from 'node:path'
import type { KnownTests, OwnRunner, TestFiles } from './task.ts'

/**
 * Recognises the usual verifier script of Harbor tasks: it starts a known test tool, and writes 1 if that succeeds, else 0. Its
 * tests can then be run by our own runners, at a better level of trust than a reward that a script wrote.
 *
 * @returns undefined for a script with anything else in it, however harmless it looks
 */
export function recogniseScript(text: string): KnownTests | undefined {
  const body = cutOutcome(readLines(text))
  if (body === undefined) return undefined
  const copies: Copy[] = []
  const env: Record<string, string> = {}
  let cwd = ''
  let start = ''
  let tool: Tool | undefined
  for (const line of body) {
    if (IDLE.some(pattern => pattern.test(line))) continue
    const words = splitWords(line)
    const variable = EXPORT.exec(line)
    // What comes after the tests could change what they meant.
    if (tool !== undefined) return undefined
    if (variable !== null && !STEERING.test(variable[1]!)) env[variable[1]!] = unquote(variable[2]!)
    else if (words === undefined) return undefined
    else if (words[0] === 'cd' && words.length === 2 && isPlain(words[1]!)) {
      cwd = join(cwd, words[1]!)
      if (copies.length === 0) start = cwd
    } else if (words[0] === 'cp') {
      const copy = readCopy(words, cwd)
      if (copy === undefined) return undefined
      copies.push(copy)
    } else {
      tool = readTool(words)
      if (tool === undefined) return undefined
    }
  }
  const files = tool && layOut(tool, cwd, start, copies)
  return tool && files && { kind: tool.kind, tests: { ...files, cwd, env } }
}

interface Tool {
  readonly kind: OwnRunner
  /** Files and folders that it is given. */
  readonly targets: readonly string[]
}

interface Copy {
  /** Below `/tests`. */
  readonly from: string
  readonly to: string
}

/** Tests lie in `/tests`, or each that is run is copied to where it belongs. */
function layOut(
  { targets, kind }: Tool,
  cwd: string,
  start: string,
  copies: readonly Copy[],
): Pick<TestFiles, 'root' | 'names' | 'run'> | undefined {
  const wanted = targets.map(target => join(cwd, target).replace(/\/$/, ''))
  if (wanted.length === 0) wanted.push(cwd)
  const root = copies.length === 0 ? '/tests' : start
  if (copies.length === 0 && wanted.every(name => name === '/tests'))
    return { root, names: undefined, run: undefined }
  const run = wanted.map(name => below(root, name))
  const names = copies.map(({ from, to }) => [from, below(root, to)] as const)
  const isRun = (name: string | undefined): name is string => name !== undefined && TESTS[kind].test(name)
  const isNamed = (name: readonly [string, string | undefined]): name is readonly [string, string] =>
    name[1] !== undefined
  if (!run.every(isRun) || !names.every(isNamed)) return undefined
  if (copies.length === 0) return { root, names: undefined, run }
  const laid = new Map(names)
  const hidden = new Set(laid.values())
  return run.every(name => hidden.has(name)) ? { root, names: laid, run } : undefined
}

const TESTS: Readonly<Record<OwnRunner, RegExp>> = {
  pytest: /\.py$/,
  node: /\.[cm]?[jt]s$/,
  vitest: /\.[cm]?[jt]sx?$/,
}

function join(folder: string, name: string): string {
  const joined = name.startsWith('/') ? path.posix.normalize(name) : path.posix.join(folder, name)
  return joined === '.' ? '' : joined
}

/** A path relative to a folder that holds it; both absolute or both relative to the same. */
function below(folder: string, name: string): string | undefined {
  if (folder === '') return name.startsWith('/') || name === '' ? undefined : name
  return name.startsWith(`${folder}/`) ? name.slice(folder.length + 1) : undefined
}

/** Neither tests nor rewards depend on these; what they would install cannot be had without a network anyway. */
const IDLE = [
  /^set [-+]\w+( pipefail)?$/,
  /^set [-+]o pipefail$/,
  /^echo ("[^"`$]*"|'[^']*')$/,
  /^mkdir -p [\w./"-]+$/,
  /^(apt-get|apt) (-\w+ )*(update|install)( [\w.=+-]+)*( > ?\/dev\/null( 2>&1)?)?$/,
  /^apt-get update && apt-get install -y( [\w.=+-]+)*$/,
  /^curl -LsSf https:\/\/astral\.sh\/uv\/[\w./-]+ \| (env [\w="./-]+ )?sh$/,
  /^(source|\.) "?\$HOME\/\.(local\/bin|cargo)\/env"?$/,
  /^(python3? -m )?pip3? install( [\w.=<>[\]+"'-]+)*$/,
]

const EXPORT = /^export ([A-Z_][A-Z0-9_]*)=("[^"$`\\]*"|'[^']*'|[\w./:,-]*)$/

/** Variables that would change what our runners load. */
const STEERING = /^(PATH|NODE_OPTIONS|PYTEST_\w+|LD_\w+|BASH_ENV|ENV|IFS|HOME)$/

/** Lines without comments, indentation and continuations. */
function readLines(text: string): string[] {
  return text
    .replace(/\\\r?\n/g, ' ')
    .split(/\r?\n/)
    .map(line => line.trim().replace(/\s+/g, ' '))
    .filter(line => line !== '' && !line.startsWith('#'))
}

const REWARD = String.raw`(?:"?/logs/verifier/reward\.txt"?)`
const WRITE = (value: 0 | 1): string => String.raw`echo "?${value}"? ?> ?${REWARD}\n`
const SAID = String.raw`(?:echo (?:"[^"\`$]*"|'[^']*')\n)*`
const BRANCHES = `then\n${SAID}${WRITE(1)}${SAID}else\n${SAID}${WRITE(0)}${SAID}fi\n`
const ENDS = String.raw`(?:exit [\w$"{}]+\n)?`
const SETS = String.raw`(?:set [-+]e(?:uo pipefail)?\n|mkdir -p /logs/verifier\n)*`
/** The status of the tool becomes the reward, by way of a variable or at once. */
const ASKED = String.raw`(?:(?<status>\w+)=\$\?\n${SETS}${SAID}${SETS}if \[\[? "?\$\{?\k<status>\}?|if \[\[? "?\$\?)`
const OUTCOME = new RegExp(String.raw`^${ASKED}"? (?:-eq|==|=) 0 \]\]? ?; ?${BRANCHES}${SETS}${ENDS}$`)
const WRAPPED = new RegExp(String.raw`^if ([^\n;]+); ?${BRANCHES}${ENDS}$`)

/** The lines before the script starts to judge; undefined if it does not in the usual way. */
function cutOutcome(lines: readonly string[]): string[] | undefined {
  const folded = foldGuard(lines)
  for (let at = folded.length - 1; at >= 0; at -= 1) {
    const rest = `${folded.slice(at).join('\n')}\n`
    const wrapped = WRAPPED.exec(rest)?.[1]
    if (wrapped !== undefined && startsTool(wrapped)) return [...folded.slice(0, at), wrapped]
    // The status is the one of the line before.
    if (OUTCOME.test(rest) && startsTool(folded[at - 1] ?? '')) return folded.slice(0, at)
  }
  return undefined
}

function startsTool(line: string): boolean {
  const words = splitWords(line)
  return words !== undefined && readTool(words) !== undefined
}

/** Takes out the usual complaint about a missing working directory. */
function foldGuard(lines: readonly string[]): string[] {
  const text = `${lines.join('\n')}\n`
  const guard = new RegExp(
    String.raw`if \[ "\$PWD" = "/" \]; ?then\n${SAID}(?:echo 0 ?> ?${REWARD}\n)?exit \d\nfi\n`,
  )
  return text.replace(guard, '').split('\n').filter(Boolean)
}

/** Words of a simple command, quotes taken off; undefined if it is anything more. */
function splitWords(line: string): string[] | undefined {
  const words = line.match(/"[^"]*"|'[^']*'|[^\s"']+/g)
  if (words === null || words.join(' ') !== line) return undefined
  const plain = words.map(unquote)
  return plain.every(word => !/[`$;&|<>(){}*?!~\\]/.test(word)) ? plain : undefined
}

function unquote(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, '$2')
}

function isPlain(name: string): boolean {
  return name !== '' && !name.startsWith('-') && !name.split('/').includes('..')
}

/** One file below `/tests` to one place. */
function readCopy(words: readonly string[], cwd: string): Copy | undefined {
  const [, from = '', to = ''] = words
  if (words.length !== 3 || !from.startsWith('/tests/') || !isPlain(from) || !isPlain(to)) return undefined
  const name = to.endsWith('/') || to === '.' ? path.posix.join(to, path.posix.basename(from)) : to
  return { from: from.slice('/tests/'.length), to: join(cwd, name) }
}

/** Flags that change how much is said, or that keep a run as our runners make it anyway. */
const PYTEST_FLAGS =
  /^(-r\w+|-v+|-q+|-s|-l|-x|--tb=\w+|--color=\w+|--no-header|--capture=\w+|--disable-warnings|--durations=\d+|-p|no:cacheprovider|--verbose|--showlocals)$/
const NODE_FLAGS = /^(--test-reporter=\w+|--test-concurrency=\d+|--no-warnings|--test-force-exit)$/
const VITEST_FLAGS =
  /^(run|--run|--reporter=\w+|--no-color|--no-watch|--watch=false|--globals|--no-coverage|--coverage=false)$/

function readTool(words: readonly string[]): Tool | undefined {
  const rest = [...words]
  const take = (...starts: string[][]): boolean => {
    const start = starts.find(one => one.every((word, index) => rest[index] === word))
    if (start === undefined) return false
    rest.splice(0, start.length)
    return true
  }
  if (take(['uvx'], ['uv', 'tool', 'run'])) {
    while (rest[0] !== undefined && /^(--with|-w|-p|--python|--from)$/.test(rest[0])) rest.splice(0, 2)
    return take(['pytest']) ? withTargets('pytest', rest, PYTEST_FLAGS) : undefined
  }
  take(['uv', 'run'])
  if (take(['pytest'], ['python', '-m', 'pytest'], ['python3', '-m', 'pytest']))
    return withTargets('pytest', rest, PYTEST_FLAGS)
  if (take(['node', '--test'])) return withTargets('node', rest, NODE_FLAGS)
  take(['npx', '--no-install'], ['npx', '--yes'], ['npx', '-y'], ['npx'], ['pnpm', 'exec'], ['yarn'])
  if (take(['vitest'])) return withTargets('vitest', rest, VITEST_FLAGS)
  return undefined
}

function withTargets(kind: OwnRunner, words: readonly string[], flags: RegExp): Tool | undefined {
  const targets: string[] = []
  for (let index = 0; index < words.length; index += 1) {
    const word = words[index]!
    if (word === '--ctrf' || word === '--junitxml') index += 1
    else if (/^--(ctrf|junitxml)=/.test(word) || flags.test(word)) continue
    else if (isPlain(word) && !word.includes('::')) targets.push(word)
    else return undefined
  }
  return { kind, targets }
}
