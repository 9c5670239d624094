import { type Context, runLoop, type Solution } from 'arete'

/**
 * A complete agent to start from. With a model it works through the reference loop and leaves its edits in the
 * tree; without one it only explores, says so, and changes nothing.
 */
export async function solve(context: Context): Promise<Solution> {
  if (context.model.available) {
    await runLoop(context, { instructions: INSTRUCTIONS })
  } else {
    await explore(context)
    context.log('This run offers no model: the repository was explored, nothing was changed or returned')
  }
  return undefined
}

/** Added to the system prompt of the loop: the first place to make this agent your own. */
const INSTRUCTIONS = `
Keep the change as small as the issue allows, and in the style of the code around it.`

async function explore({ shell, log, task, signal }: Context): Promise<void> {
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

function findTestCommand(files: string): string | undefined {
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

// Whatever a test run leaves behind in the tree would become part of the patch.
function inCopy(command: string): string {
  return `copy=$(mktemp -d) && trap 'rm -rf "$copy"' EXIT && cp -a . "$copy" && cd "$copy" && ${command}`
}

/** Names that look like code: in backticks, or with an underscore, a dot or a capital inside. */
function findIdentifiers(statement: string): string[] {
  const quoted = [...statement.matchAll(/`([^`\n]+)`/g)].flatMap(([, code = '']) => code.match(NAME) ?? [])
  const plain = (statement.match(NAME) ?? []).filter(name => /[a-z0-9][A-Z]|\w[_.]\w/.test(name))
  return [...new Set([...quoted, ...plain])].filter(name => name.length > 3).slice(0, 12)
}

const NAME = /[A-Za-z_$][\w$]*(?:\.[\w$]+)*/g
