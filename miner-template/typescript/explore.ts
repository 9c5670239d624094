import type { Context } from 'arete'

/** What can be done without a model: looks around, and logs what it sees. */
export async function explore({ shell, log, task, signal }: Context): Promise<void> {
  const { stdout: files } = await shell('git ls-files || find . -type f -not -path "./.git/*"')
  log('Files of the repository', { count: files.trim().split('\n').length, first: files.slice(0, 4000) })

  const command = findTestCommand(files)
  if (command === undefined) {
    log('No visible tests found')
  } else {
    const { exitCode, stdout, stderr } = await shell(inCopy(command), { timeoutSeconds: 60 })
    log('Ran the visible tests', { command, exitCode, output: `${stdout}${stderr}`.slice(-4000) })
  }

  for (const name of findIdentifiers(task.problemStatement)) {
    if (signal.aborted) return
    const { stdout: places } = await shell(`grep -rnIFw --exclude-dir=.git -e '${name}' . | head -8`)
    log('Places of a name in the issue', { name, places: places.slice(0, 2000) })
  }
}

/** How the visible tests of a repository are run, by its files; undefined if it has none that are known. */
export function findTestCommand(files: string): string | undefined {
  return TESTS.find(([mark]) => mark.test(files))?.[1]
}

const TESTS: readonly (readonly [RegExp, string])[] = [
  [/^package\.json$/m, 'if command -v npm >/dev/null; then npm test; else node --run test; fi'],
  [
    /(^|\/)(test_[^/]*|[^/]*_test|conftest)\.py$/m,
    'if python3 -c "import pytest" 2>/dev/null; then python3 -m pytest -q; else python3 -m unittest discover; fi',
  ],
  [/^go\.mod$/m, 'go test ./...'],
  [/^Cargo\.toml$/m, 'cargo test --offline'],
  [/^Makefile$/m, 'make test'],
]

/** The same command in a copy: whatever a test run leaves behind in the tree would become part of the patch. */
export function inCopy(command: string): string {
  return `copy=$(mktemp -d) && trap 'rm -rf "$copy"' EXIT && cp -a . "$copy" && cd "$copy" && ${command}`
}

/** Names that look like code: in backticks, or with an underscore, a dot or a capital inside. */
function findIdentifiers(statement: string): string[] {
  const quoted = [...statement.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => code.match(NAME) ?? [])
  const plain = (statement.match(NAME) ?? []).filter(name => /[a-z0-9][A-Z]|\w[_.]\w/.test(name))
  return [...new Set([...quoted, ...plain])].filter(name => name.length > 3).slice(0, 12)
}

const NAME = /[A-Za-z_$][\w$]*(?:\.[\w$]+)*/g
