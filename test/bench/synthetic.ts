import fs from 'node:fs'
import path from 'node:path'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import type { Task } from '../../task-bank/task.ts'

/** Writes a task whose repository has so many files and bytes, always the same ones. */
export function writeTask(
  folder: string,
  { files, bytes, runner }: { files: number; bytes: number; runner: 'pytest' | 'script' },
): Task {
  const write = (name: string, content: string): void => {
    fs.mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    fs.writeFileSync(path.join(folder, name), content)
  }
  write('task.toml', manifest(path.basename(folder), runner))
  write('instruction.md', 'Make `answer()` return 42.\n')
  write('environment/Dockerfile', DOCKERFILE)
  write('environment/repository/answer.py', 'def answer():\n    return 41\n')
  for (let number = 1; number < files; number++) {
    const name = `environment/repository/part${number % 20}/file${number}.txt`
    write(name, text(number, Math.floor(bytes / files)))
  }
  write('tests/test.sh', '#!/bin/bash\necho 0 > /logs/verifier/reward.txt\n')
  write(
    'tests/test_answer.py',
    'from answer import answer\n\n\ndef test_answer():\n    assert answer() == 42\n',
  )
  write('solution/solve.sh', "#!/bin/bash\ncd /app && sed -i 's/41/42/' answer.py\n")
  return loadHarborTask(folder, {})
}

const DOCKERFILE = `FROM arete/base:1
COPY repository /app
RUN cd /app && git init -q -b main && git add -A && git -c user.name=bench -c user.email=bench@example.org commit -qm start && chown -R agent:agent /app
WORKDIR /app
`

function manifest(name: string, runner: 'pytest' | 'script'): string {
  return `[task]
name = "bench/${name}"
[agent]
timeout_sec = 60
user = "agent"
[verifier]
timeout_sec = 60
user = "agent"
[environment]
cpus = 1
memory_mb = 512
storage_mb = 256
[arete]
environment = "bench"
mode = "patch"
workdir = "/app"
runner = "${runner}"
${runner === 'pytest' ? 'fail_to_pass = ["test_answer.py::test_answer"]' : ''}
`
}

/** Lines of pseudo-random words; compresses about as badly as source does. */
function text(seed: number, bytes: number): string {
  let state = seed
  let result = ''
  while (result.length < bytes) {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    result += state.toString(36) + (state % 7 === 0 ? '\n' : ' ')
  }
  return result.slice(0, bytes)
}
