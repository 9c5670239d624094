import fs from 'node:fs'
import path from 'node:path'

/** What differs from the usual tiny task: a function that subtracts where it should add. */
export interface TaskDraft {
  readonly name?: string
  readonly repository?: Readonly<Record<string, string>>
  /** Lines of the Dockerfile after the repository has been copied to `/app`. */
  readonly dockerfile?: readonly string[]
  /** Hidden tests. */
  readonly tests?: Readonly<Record<string, string>>
  /** Text of `solve.sh`. */
  readonly solution?: string
  readonly instruction?: string
  /** `unnamed`: the task says nothing of it, as foreign ones do. */
  readonly runner?: 'pytest' | 'node' | 'vitest' | 'script' | 'unnamed'
  readonly place?: 'tests' | 'repository'
  readonly mode?: 'patch' | 'snapshot'
  readonly failToPass?: readonly string[]
  readonly passToPass?: readonly string[]
  readonly protectedPaths?: readonly string[]
  /** Who agent and tests are: `agent` if undefined, nobody named if empty. */
  readonly user?: string
  readonly agentSeconds?: number
  readonly verifierSeconds?: number
  readonly cpus?: number
  readonly memoryMegabytes?: number
  readonly storageMegabytes?: number
  readonly pids?: number
}

export const SUMS = 'def add(a, b):\n    return a - b\n'
export const SUMS_FIXED = 'def add(a, b):\n    return a + b\n'

/** The diff that solves the usual task. */
export const SUMS_DIFF = `diff --git a/sums.py b/sums.py
--- a/sums.py
+++ b/sums.py
@@ -1,2 +1,2 @@
 def add(a, b):
-    return a - b
+    return a + b
`

const SUMS_TESTS = `from sums import add


def test_adds():
    assert add(2, 3) == 5


def test_zero():
    assert add(7, 0) == 7
`

/**
 * Writes a Harbor task folder.
 *
 * @param mark - makes the image another one than that of any other draft, so that it can be removed
 */
export function writeTask(folder: string, draft: TaskDraft, mark: string): void {
  const {
    repository = { 'sums.py': SUMS, 'README.md': '# Sums\n' },
    tests = { 'test_sums.py': SUMS_TESTS },
    solution = `cat > sums.py <<'END'\n${SUMS_FIXED}END\n`,
  } = draft
  writeFiles(folder, {
    'task.toml': manifestOf(draft),
    'instruction.md': draft.instruction ?? 'The function add() is wrong.\n',
    'environment/Dockerfile': [
      'FROM arete/base:1',
      'COPY --chown=agent:agent repository /app',
      'WORKDIR /app',
      ...(draft.dockerfile ?? []),
      `LABEL arete.test=${mark}`,
    ].join('\n'),
    'tests/test.sh': 'echo 0 > /logs/verifier/reward.txt\n',
    'solution/solve.sh': solution,
  })
  writeFiles(path.join(folder, 'environment/repository'), repository)
  writeFiles(path.join(folder, 'tests'), tests)
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content)
  }
}

function manifestOf(draft: TaskDraft): string {
  const value = (one: unknown): string => JSON.stringify(one)
  const user = draft.user === '' ? '' : `user = ${value(draft.user ?? 'agent')}`
  return `
schema_version = "1.4"
[task]
name = ${value(`tests/${draft.name ?? 'sums'}`)}
[agent]
timeout_sec = ${draft.agentSeconds ?? 20}
${user}
[verifier]
timeout_sec = ${draft.verifierSeconds ?? 20}
${user}
[environment]
cpus = ${draft.cpus ?? 1}
memory_mb = ${draft.memoryMegabytes ?? 256}
storage_mb = ${draft.storageMegabytes ?? 64}
network_mode = "no-network"
[arete]
mode = ${value(draft.mode ?? 'patch')}
${draft.runner === 'unnamed' ? '' : `runner = ${value(draft.runner ?? 'pytest')}`}
place = ${value(draft.place ?? 'tests')}
workdir = "/app"
pids = ${draft.pids ?? 64}
fail_to_pass = ${value(draft.failToPass ?? ['test_sums.py::test_adds'])}
pass_to_pass = ${value(draft.passToPass ?? ['test_sums.py::test_zero'])}
protected = ${value(draft.protectedPaths ?? [])}
`
}
