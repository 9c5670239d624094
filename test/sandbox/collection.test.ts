import fs from 'node:fs'
import path from 'node:path'
import { execaSync } from 'execa'
import { beforeEach, expect, test, vi } from 'vitest'
import { openCollections } from '../../sandbox/collection.ts'
import type { TaskError } from '../../task-bank/errors.ts'
import { digestPackage } from '../../task-bank/harbor/dataset.ts'
import { loadTasks } from '../../task-bank/load.ts'
import { makeFolder } from '../support/folder.ts'
import { makeZip } from '../support/zip.ts'

/** Two tasks as files below a folder. */
const TASKS = Object.fromEntries(
  ['one', 'two'].flatMap(name => [
    [`set/${name}/task.toml`, `[task]\nname = "org/${name}"\n`],
    [`set/${name}/instruction.md`, `Do ${name}.\n`],
    [`set/${name}/environment/Dockerfile`, 'FROM x\n'],
    [`set/${name}/tests/test.sh`, 'exit 0\n'],
  ]),
)

beforeEach(() => {
  vi.stubEnv('ARETE_CACHE', makeFolder({}))
})

test('a folder of tasks is what it is', async () => {
  const folder = makeFolder(TASKS)

  expect(await openCollections([folder])).toEqual([folder])
})

test.each(['tar', 'tar.gz', 'tgz'])('an archive in .%s is unpacked once, by its content', async ending => {
  const folder = makeFolder(TASKS)
  const file = path.join(folder, `tasks.${ending}`)
  execaSync('tar', [ending === 'tar' ? '-cf' : '-czf', file, '-C', folder, 'set'])

  const [unpacked] = await openCollections([file])
  const again = await openCollections([file])

  expect(loadTasks([unpacked!], {}).map(task => task.name)).toEqual(['org/one', 'org/two'])
  expect(again).toEqual([unpacked])
})

test('an archive in .zip is unpacked once, by its content; nothing of one that is refused stays', async () => {
  const content = Object.entries(TASKS).map(([name, text]) => ({ name, content: text }))
  const folder = makeFolder({})
  const write = (name: string, bytes: Buffer): string => {
    fs.writeFileSync(path.join(folder, name), bytes)
    return path.join(folder, name)
  }
  const good = write('tasks.zip', makeZip(content))
  const bad = write('bad.zip', makeZip([...content, { name: 'set/../../x', content: 'x' }]))

  const [unpacked] = await openCollections([good])
  const again = await openCollections([good])

  expect(loadTasks([unpacked!], {}).map(task => task.name)).toEqual(['org/one', 'org/two'])
  expect(path.basename(unpacked!)).toBe('tasks')
  expect(again).toEqual([unpacked])
  await expect(openCollections([bad])).rejects.toThrow(
    'bad.zip:\n  cannot be unpacked: "set/../../x" is no path inside the archive',
  )
  expect(fs.readdirSync(path.join(process.env.ARETE_CACHE!, 'collections'))).toHaveLength(1)
})

test('an archive that is none, or is cut off, is an error with its name', async () => {
  const folder = makeFolder({ 'a.tgz': 'no archive at all', 'b.zip': 'PK', 'c.rar': 'Rar!' })

  await expect(openCollections([path.join(folder, 'a.tgz')])).rejects.toThrow(/a\.tgz:\n {2}/)
  await expect(openCollections([path.join(folder, 'b.zip')])).rejects.toThrow(
    /b\.zip:\n {2}cannot be unpacked/,
  )
  await expect(openCollections([path.join(folder, 'c.rar')])).rejects.toThrow(
    'is none of these: a folder, .tar',
  )
  await expect(openCollections([path.join(folder, 'none')])).rejects.toThrow(
    'there is no such file or folder',
  )
})

test('a dataset.toml names tasks by their digests; what is missing or differs is said', async () => {
  const folder = makeFolder({ ...TASKS, 'metric.py': 'x = 1\n' })
  const digest = digestPackage(path.join(folder, 'set/one'))
  const write = (tasks: string, files = ''): string => {
    fs.writeFileSync(path.join(folder, 'dataset.toml'), `[dataset]\nname = "org/set"\n${tasks}${files}`)
    return path.join(folder, 'dataset.toml')
  }
  const entry = (name: string, sum: string): string =>
    `[[tasks]]\nname = "org/${name}"\ndigest = "sha256:${sum}"\n`

  expect(await openCollections([write(entry('one', digest))])).toEqual([path.join(folder, 'set/one')])
  expect(await openCollections([folder])).toEqual([path.join(folder, 'set/one')])
  const wrong = write(
    entry('one', digest) + entry('two', 'a'.repeat(64)) + entry('three', 'b'.repeat(64)),
    `[[files]]\npath = "metric.py"\ndigest = "sha256:${'c'.repeat(64)}"\n[[files]]\npath = "gone.py"\n`,
  )
  const error = await openCollections([wrong]).catch((one: TaskError) => one)
  expect((error as TaskError).reasons).toEqual([
    `tasks: "org/two": set/two has the digest sha256:${digestPackage(path.join(folder, 'set/two'))}, expected sha256:${'a'.repeat(64)}`,
    'tasks: "org/three": there is no such task below the folder of the file',
    expect.stringMatching(/^files: "metric.py": has the digest sha256:[0-9a-f]{64}, expected sha256:c{64}$/),
    'files: "gone.py": is missing',
  ])
})

test('digestPackage() leaves out what .gitignore names, or what is usually no part of a task', () => {
  const folder = makeFolder(TASKS)
  const task = path.join(folder, 'set/one')
  const before = digestPackage(task)

  fs.mkdirSync(path.join(task, 'tests/__pycache__'))
  fs.writeFileSync(path.join(task, 'tests/__pycache__/x.pyc'), 'x')
  fs.writeFileSync(path.join(task, 'tests/old~'), 'x')
  fs.writeFileSync(path.join(task, 'certificate.json'), '{}')
  expect(digestPackage(task)).toBe(before)
  fs.writeFileSync(path.join(task, 'tests/note.log'), 'x')
  expect(digestPackage(task)).not.toBe(before)
  fs.writeFileSync(path.join(task, '.gitignore'), '*.log\n__pycache__/\n*~\n')
  expect(digestPackage(task)).toBe(before)
})

test('a registry takes tasks out of the commit of a clone, or says which clone is missing', async () => {
  vi.stubEnv('ARETE_OFFLINE', '1')
  const folder = makeFolder(TASKS)
  const git = (...args: string[]): string =>
    execaSync('git', ['-C', folder, '-c', 'user.name=arete', '-c', 'user.email=arete@example.org', ...args])
      .stdout
  git('init', '-q')
  git('add', '.')
  git('commit', '-q', '-m', 'tasks')
  const commit = git('rev-parse', 'HEAD')
  fs.writeFileSync(path.join(folder, 'set/one/instruction.md'), 'Changed later.\n')
  const url = 'https://example.org/tasks.git'
  const at = (name: string, inside: string, sha = commit) => ({
    name,
    git_url: url,
    git_commit_id: sha,
    path: inside,
  })
  const registry = path.join(
    makeFolder({
      'registry.json': JSON.stringify([
        { name: 'small', version: '1.0', tasks: [at('one', 'set/one'), at('two', 'set/two/')] },
        {
          name: 'broken',
          version: '2.0',
          tasks: [at('gone', 'set/gone'), at('old', 'set/one', 'a'.repeat(40))],
        },
      ]),
    }),
    'registry.json',
  )

  const found = await openCollections([`${registry}#small@1.0`], { clones: { [url]: folder } })
  const failures = await Promise.all(
    [
      openCollections([registry]),
      openCollections([`${registry}#other`]),
      openCollections([`${registry}#small`]),
      openCollections([`${registry}#broken`], { clones: { [url]: folder } }),
    ].map(one =>
      one.then(
        () => [],
        (error: TaskError) => error.reasons,
      ),
    ),
  )

  expect(loadTasks(found, {}).map(task => task.instruction)).toEqual(['Do one.\n', 'Do two.\n'])
  expect(
    failures.map(reasons => reasons.map(one => one.replaceAll(folder, 'CLONE').replaceAll(registry, 'FILE'))),
  ).toEqual([
    ['has more than one dataset: write FILE#<dataset> with one of small@1.0, broken@2.0'],
    ['has no dataset "other": write FILE#<dataset> with one of small@1.0, broken@2.0'],
    ['one', 'two'].map(
      name =>
        `${name}: ${url} may not be fetched (--offline), and no clone of it is at hand: clone it, and add --clone ${url}=<folder of the clone>`,
    ),
    [
      `gone: the clone CLONE has no set/gone at commit ${commit}`,
      `old: the clone CLONE has no set/one at commit ${'a'.repeat(40)}`,
    ],
  ])
})

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is what stands in the file
const OLD = {
  'old/task.yaml':
    'instruction: |\n  Make hello.txt.\ndifficulty: easy\ntags: [files]\nparser_name: pytest\nmax_agent_timeout_sec: 60\nmax_test_timeout_sec: 30\n',
  'old/Dockerfile': 'FROM arete/base:1\nCOPY data.txt /app/\nWORKDIR /app\n',
  'old/data.txt': 'data\n',
  'old/run-tests.sh': 'grep -q hello $TEST_DIR/expected.txt && test -f hello.txt\n',
  'old/tests/expected.txt': 'hello\n',
  'old/solution.sh': 'echo hello > hello.txt\n',
  'old/docker-compose.yaml': `services:
  client:
    build: { dockerfile: Dockerfile }
    image: \${T_BENCH_TASK_DOCKER_CLIENT_IMAGE_NAME}
    container_name: \${T_BENCH_TASK_DOCKER_CLIENT_CONTAINER_NAME}
    command: ["sh", "-c", "sleep infinity"]
    environment: ["TEST_DIR=\${T_BENCH_TEST_DIR}"]
    volumes: ["\${T_BENCH_TASK_LOGS_PATH}:\${T_BENCH_CONTAINER_LOGS_PATH}", "\${T_BENCH_TASK_AGENT_LOGS_PATH}:\${T_BENCH_CONTAINER_AGENT_LOGS_PATH}"]
    depends_on: [db]
  db:
    image: db:1
    container_name: \${T_BENCH_TASK_DOCKER_NAME_PREFIX}_db
`,
}
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is what stands in the file

test('a task of Terminal-bench 1 becomes one of Harbor: its client is the agent’s machine', async () => {
  const files = Object.fromEntries(Object.entries(OLD).map(([name, text]) => [`Set/${name}`, text]))
  const [folder] = await openCollections([makeFolder(files)])
  const [task] = loadTasks([folder!], {})

  expect(task).toMatchObject({
    name: 'old',
    environment: 'set',
    difficulty: 'easy',
    instruction: 'Make hello.txt.\n',
    agentSeconds: 60,
    verifier: { seconds: 30 },
    env: { TEST_DIR: '/tests' },
    compose: {
      main: { image: undefined, command: undefined, volumes: [], dependsOn: { db: 'service_started' } },
      services: [{ name: 'db' }],
    },
  })
  const made = fs
    .readdirSync(folder!, { recursive: true, encoding: 'utf8' })
    .filter(name => path.extname(name) !== '')
  expect(made.toSorted()).toEqual([
    'environment/data.txt',
    'environment/docker-compose.yaml',
    'instruction.md',
    'solution/solve.sh',
    'task.toml',
    'tests/expected.txt',
    'tests/run-tests.sh',
    'tests/test.sh',
  ])
})

test('of a task of Terminal-bench 1 it is said what cannot be carried over', async () => {
  const folder = makeFolder({
    ...OLD,
    'old/task.yaml': 'parser_name: swebench\nmax_agent_timeout_sec: soon\n',
    'old/docker-compose.yaml': 'services: {}\n',
  })
  fs.renameSync(path.join(folder, 'old/solution.sh'), path.join(folder, 'old/solution.yaml'))

  const error = await openCollections([folder]).catch((one: TaskError) => one)

  expect((error as TaskError).reasons).toEqual([
    'task.yaml: max_agent_timeout_sec: Invalid input: expected number, received string',
    'solution.yaml: keys typed into a terminal cannot be carried over: write a solution.sh',
    'docker-compose.yaml: services: there is none',
  ])
})
