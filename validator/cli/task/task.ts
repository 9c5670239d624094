import fs from 'node:fs'
import path from 'node:path'
import colors from 'picocolors'
import { simpleGit } from 'simple-git'
import { gitOrThrow } from '../../../sandbox/git.ts'
import { isCertified } from '../../../task-bank/certificate.ts'
import { UsageError } from '../errors.ts'
import { BUNDLED_TASKS, shown } from '../places.ts'
import { asJson, oneLine } from '../text.ts'
import { openTasks, type TaskOptions } from './tasks.ts'

/** `arete task list`. */
export async function list(
  sources: readonly string[],
  options: TaskOptions & { json?: true },
): Promise<number> {
  const tasks = await openTasks(sources.length > 0 ? sources : [BUNDLED_TASKS], options)
  const rows = tasks.map(task => ({
    name: task.name,
    environment: task.environment,
    difficulty: task.difficulty,
    runner: task.verifier.runner.kind,
    mode: task.mode,
    certified: isCertified(task),
    notes: task.notes,
    folder: shown(task.folder),
  }))
  if (options.json) console.log(asJson(rows))
  else {
    const width = Math.max(...rows.map(row => oneLine(row.name, 64).length))
    for (const row of rows) {
      const mark = row.certified ? colors.green('certified') : colors.yellow('unchecked')
      console.log(
        `${oneLine(row.environment, 64).padEnd(18)} ${oneLine(row.name, 64).padEnd(width)}  ${oneLine(row.difficulty, 8).padEnd(8)} ${row.runner.padEnd(7)} ${mark}`,
      )
    }
  }
  return 0
}

/** `arete task new`: a task's folder with the repository's history in it and everything else to be filled in. */
export async function create(repository: string, folder: string): Promise<number> {
  if (fs.existsSync(folder)) throw new UsageError(`Cannot make a task in ${folder}: it exists already`)
  if (!fs.existsSync(repository)) throw new UsageError(`Cannot read ${repository}: there is no such folder`)
  const git = simpleGit(repository)
  if (!(await git.checkIsRepo()))
    throw new UsageError(`Cannot read ${repository}: it is not a git repository`)
  const head = (await git.revparse(['HEAD'])).trim()
  const gitDir = path.resolve(repository, (await git.revparse(['--git-dir'])).trim())
  const history = await gitOrThrow(['fast-export', '--refspec=HEAD:refs/heads/main', 'HEAD'], { gitDir })
  const files = await git.raw(['ls-tree', '-r', '--name-only', head])
  const python = /\.py$/m.test(files)
  const write = (name: string, content: string | Uint8Array): void => {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
  }
  write(
    'task.toml',
    manifestOf(path.basename(folder), path.basename(path.dirname(path.resolve(folder))), python),
  )
  write(
    'instruction.md',
    'Say what a user of this repository sees and what they expect instead. Do not name the place of the fault.\n',
  )
  write('environment/repository.fi', history)
  write('environment/Dockerfile', DOCKERFILE)
  write(python ? 'tests/test_hidden.py' : 'tests/hidden.test.js', python ? PYTHON_TEST : NODE_TEST)
  write('tests/test.sh', python ? PYTHON_SCRIPT : NODE_SCRIPT)
  write('solution/solve.sh', '#!/bin/bash\ncd /app && git apply /solution/fix.patch\n')
  write('solution/fix.patch', '')
  console.log(`Made ${shown(folder)}. Now write:
  instruction.md        the issue
  tests/                the hidden tests, and their ids in task.toml
  solution/fix.patch    the reference, as "git diff" prints it
Then: npx arete task check ${shown(folder)}`)
  return 0
}

function manifestOf(name: string, environment: string, python: boolean): string {
  const id = python ? 'test_hidden.py::test_the_fault' : 'hidden.test.js::the fault'
  return `schema_version = "1.4"

[task]
name = "arete/${name}"
description = ""
keywords = []

[metadata]
difficulty = "medium"
category = "edge-case"

[agent]
timeout_sec = 300
user = "agent"

[verifier]
timeout_sec = 60
user = "agent"

[environment]
cpus = 1
memory_mb = 1024
storage_mb = 256
network_mode = "no-network"

[arete]
environment = "${environment.toLowerCase().replace(/[^a-z0-9-]/g, '-')}"
mode = "patch"
runner = "${python ? 'pytest' : 'node'}"
workdir = "/app"
fail_to_pass = ["${id}"]
pass_to_pass = []
`
}

const DOCKERFILE = `FROM arete/base:1
COPY repository.fi /tmp/repository.fi
RUN git init -q -b main /app && cd /app && git fast-import --quiet < /tmp/repository.fi && git reset -q --hard main && chown -R agent:agent /app && rm /tmp/repository.fi
WORKDIR /app
`
const PYTHON_TEST = 'def test_the_fault():\n    assert False, "say here what must hold"\n'
const NODE_TEST =
  "import test from 'node:test'\nimport assert from 'node:assert/strict'\n\ntest('the fault', () => {\n  assert.fail('say here what must hold')\n})\n"
const PYTHON_SCRIPT = scriptOf(
  'PYTHONPATH=/app python3 -m pytest -q -p no:cacheprovider --rootdir /tests /tests',
)
const NODE_SCRIPT = scriptOf('node --test /tests/*.test.js')

function scriptOf(command: string): string {
  return `#!/bin/bash
cd /app
mkdir -p /logs/verifier
if ${command}; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
`
}
