import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TaskError } from '../../task-bank/errors.ts'
import { isHarborTask, loadHarborTask } from '../../task-bank/harbor.ts'
import type { Task } from '../../task-bank/task.ts'
import { makeFolder } from '../support/folder.ts'
import { writeFiles } from '../support/task.ts'

test('loadHarborTask() reads the smallest task with the defaults', () => {
  const folder = makeFolder({ 'family/some-task/.keep': '' })
  const task = load({}, {}, path.join(folder, 'family/some-task'))

  expect({
    ...task,
    folder: path.basename(task.folder),
    digest: task.digest.length,
    image: task.image.kind,
    testFolders: task.testFolders.map(one => path.basename(one)),
  }).toMatchInlineSnapshot(`
    {
      "accepts": "reward",
      "agentSeconds": 1800,
      "agentUser": undefined,
      "allowedPaths": [],
      "artifacts": [
        {
          "destination": "logs/artifacts",
          "exclude": [],
          "service": "main",
          "source": "/logs/artifacts",
        },
      ],
      "buildSeconds": 600,
      "collect": [],
      "compose": undefined,
      "dialogue": undefined,
      "difficulty": "unknown",
      "digest": 64,
      "env": {},
      "environment": "family",
      "folder": "some-task",
      "healthcheck": undefined,
      "image": "build",
      "instruction": "Do it.
    ",
      "limits": {
        "cpus": 1,
        "memoryMegabytes": 2048,
        "pids": 512,
        "storageMegabytes": 1024,
      },
      "mcpServers": [],
      "mode": "snapshot",
      "name": "some-task",
      "network": {
        "kind": "none",
      },
      "notes": [
        "asks for a public network and runs without any",
      ],
      "protectedPaths": [],
      "repository": undefined,
      "rewardOf": "mean",
      "skillsFolder": undefined,
      "solutionEnv": {},
      "solutionFolder": undefined,
      "steps": [],
      "testFolders": [
        "tests",
      ],
      "uploads": undefined,
      "verifier": {
        "compose": undefined,
        "env": {},
        "healthcheck": undefined,
        "image": undefined,
        "limits": {
          "cpus": 1,
          "memoryMegabytes": 2048,
          "pids": 512,
          "storageMegabytes": 1024,
        },
        "machineEnv": {},
        "network": {
          "kind": "none",
        },
        "runner": {
          "kind": "script",
          "known": undefined,
        },
        "seconds": 600,
        "user": undefined,
        "workdir": undefined,
      },
      "workdir": undefined,
    }
  `)
})

test('loadHarborTask() takes name, limits, users and times from the manifest', () => {
  const task = load({
    'task.toml': `
artifacts = ["/app/out.txt", { source = "/var/log/app", destination = "logs" }]
[metadata]
difficulty = "hard"
[task]
name = "Some-Org/some-task"
[agent]
timeout_sec = 12.5
user = 1000
[verifier]
timeout_sec = 7
user = "root"
[environment]
build_timeout_sec = 90
cpus = 0.5
memory = "1G"
storage = "512M"
[arete]
mode = "patch"
runner = "pytest"
pids = 33
workdir = "/app"
fail_to_pass = ["a", "b"]
pass_to_pass = ["c"]
protected = ["*.lock"]
allowed = ["conftest.py"]
`,
  })

  expect(task).toMatchObject({
    name: 'Some-Org/some-task',
    environment: 'some-org',
    difficulty: 'hard',
    mode: 'patch',
    workdir: '/app',
    agentUser: '1000',
    agentSeconds: 12.5,
    buildSeconds: 90,
    limits: { cpus: 0.5, memoryMegabytes: 1024, storageMegabytes: 512, pids: 33 },
    verifier: {
      runner: { kind: 'pytest', expected: { failToPass: ['a', 'b'], passToPass: ['c'] } },
      seconds: 7,
      user: 'root',
      image: undefined,
    },
    artifacts: [
      { source: '/logs/artifacts', destination: 'logs/artifacts', exclude: [], service: 'main' },
      { source: '/app/out.txt', destination: 'app/out.txt', exclude: [], service: 'main' },
      { source: '/var/log/app', destination: 'logs', exclude: [], service: 'main' },
    ],
    protectedPaths: ['*.lock'],
    allowedPaths: ['conftest.py'],
  })
})

test.each([
  { toml: '[arete]\nenvironment = "parsers"\n[task]\nname = "org/x"', expected: 'parsers' },
  { toml: '[task]\nname = "Org/x"', expected: 'org' },
])('loadHarborTask() finds the environment $expected', ({ toml, expected }) => {
  expect(load({ 'task.toml': toml }).environment).toBe(expected)
})

test('loadHarborTask() prefers our working directory to that of the environment', () => {
  expect(load({ 'task.toml': '[environment]\nworkdir = "/srv"' }).workdir).toBe('/srv')
  expect(load({ 'task.toml': '[environment]\nworkdir = "/srv"\n[arete]\nworkdir = "/app"' }).workdir).toBe(
    '/app',
  )
})

test.each([
  {
    name: 'a reference',
    toml: '[environment]\ndocker_image = "python:3.12"',
    expected: { kind: 'reference', reference: 'python:3.12' },
  },
  {
    name: 'a Dockerfile',
    toml: '',
    expected: { kind: 'build', folder: expect.stringMatching(/\/environment$/) },
  },
])('loadHarborTask() takes the image from $name', ({ toml, expected }) => {
  expect(load({ 'task.toml': toml }).image).toEqual(expected)
})

test.each([
  {
    name: 'its mode',
    toml: '[verifier]\nenvironment_mode = "separate"',
    expected: { kind: 'build', folder: expect.stringMatching(/\/tests$/) },
  },
  {
    name: 'its own environment',
    toml: '[verifier.environment]\ndocker_image = "v:1"',
    expected: { kind: 'reference', reference: 'v:1' },
  },
])('loadHarborTask() knows a separate verifier by $name', ({ toml, expected }) => {
  expect(load({ 'task.toml': toml, 'tests/Dockerfile': 'FROM arete/base:1\n' }).verifier.image).toEqual(
    expected,
  )
})

test.each([
  { key: 'environment.os = "windows"', toml: '[environment]\nos = "Windows"\nworkdir = "C:/app"' },
  { key: 'environment.gpus', toml: '[environment]\ngpus = 1' },
  { key: 'environment.tpu', toml: '[environment.tpu]\ntype = "v4"' },
  { key: 'verifier.environment.gpus', toml: '[verifier.environment]\ngpus = 2' },
  {
    key: 'steps.0.verifier.environment.gpus',
    toml: '[[steps]]\nname = "one"\n[steps.verifier.environment]\ngpus = 2',
  },
])('loadHarborTask() refuses $key', ({ key, toml }) => {
  expect(reasonsOf({ 'task.toml': toml })).toContain(`task.toml: ${key}: not supported`)
})

test('loadHarborTask() gives each step what it does not say itself from its task', () => {
  const task = load({
    'task.toml': `artifacts = ["/task"]
multi_step_reward_strategy = "final"
[agent]
user = "agent"
timeout_sec = 50
[verifier]
timeout_sec = 40
environment_mode = "separate"
env = { A = "task", B = "task" }
[environment]
network_mode = "no-network"
[[steps]]
name = "one"
min_reward = 0.5
artifacts = ["/step"]
[steps.agent]
network_mode = "allowlist"
allowed_hosts = ["A.example"]
[steps.verifier]
environment_mode = "shared"
env = { B = "step" }
[[steps]]
name = "two"
min_reward = { form = 1 }
[steps.agent]
timeout_sec = 5
[steps.verifier]
timeout_sec = 4
[steps.verifier.environment]
docker_image = "judge:1"
network_mode = "no-network"
workdir = "/judge"
`,
    'steps/one/instruction.md': '# canary\nOne.\n',
    'steps/one/tests/test.sh': '',
    'steps/one/workdir/setup.sh': '',
    'steps/two/instruction.md': 'Two.\n',
    'steps/two/solution/solve.sh': '',
  })
  const [one, two] = task.steps

  expect(task.verifier.image).toBeUndefined()
  expect(task.rewardOf).toBe('final')
  expect(one).toMatchObject({
    name: 'one',
    least: { reward: 0.5 },
    workdirFolder: expect.stringMatching(/steps\/one\/workdir$/),
    task: {
      instruction: 'One.\n',
      agentUser: 'agent',
      agentSeconds: 50,
      network: { kind: 'allowlist', hosts: ['a.example'] },
      verifier: { seconds: 40, env: { A: 'task', B: 'step' }, image: undefined, network: { kind: 'none' } },
      solutionFolder: undefined,
    },
  })
  expect(one?.task.artifacts.map(({ source }) => source)).toEqual(['/logs/artifacts', '/task', '/step'])
  expect(one?.task.testFolders.map(folder => path.relative(task.folder, folder))).toEqual([
    'tests',
    'steps/one/tests',
  ])
  expect(two).toMatchObject({
    least: { form: 1 },
    workdirFolder: undefined,
    task: {
      agentSeconds: 5,
      verifier: { seconds: 4, image: { kind: 'reference', reference: 'judge:1' }, workdir: '/judge' },
      solutionFolder: expect.stringMatching(/steps\/two\/solution$/),
    },
  })
})

test('loadHarborTask() says what an author has to mend', () => {
  const mistaken = [
    '[arete]\nrunner = "pytest"',
    '[arete]\nrunner = "node"\nfail_to_pass = ["a", "b"]\npass_to_pass = ["b"]',
    'artifacts = ["/app/../etc/passwd"]',
    'artifacts = [{ source = "/app/x", destination = "../x" }]',
    'artifacts = [{ source = "/app/x", service = "database" }]',
    'artifacts = [{ source = "x", service = "main", destination = "/x" }]',
    'artifacts = [{ source = "/x", destination = "manifest.json" }]',
    '[[verifier.collect]]\ncommand = "date"\nservice = "clock"',
    '[arete]\nmode = "patch"\n[[steps]]\nname = "one"',
    '[arete]\nrunner = "pytest"\nfail_to_pass = ["a"]\n[[steps]]\nname = "one"',
    '[[steps]]\nname = "one"\n[[steps]]\nname = "one"',
    '[[steps]]\nname = "../one"',
    '[agent]\nallowed_hosts = ["a.example"]',
    '[environment]\nnetwork_mode = "allowlist"\nallowed_hosts = ["http://a.example", "10.0.0.1/8", "*.1.2.3.4", "a b"]',
    '[[environment.mcp_servers]]\nname = "files"',
    '[[environment.mcp_servers]]\nname = "files"\ntransport = "stdio"',
    '[environment.healthcheck]\ncommand = ""',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what stands in the file
    '[environment.env]\nKEY = "${NOT_SET}"',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what stands in the file
    '[solution.env]\nKEY = "${NOT_SET}"\n[verifier.env]\nKEY = "${constructor}"',
    'not toml',
  ]

  const said = mistaken.map(
    toml => `${toml.replaceAll('\n', ' ⏎ ')}  →  ${reasonsOf({ 'task.toml': toml }).join(' | ')}`,
  )

  expect(said.join('\n')).toMatchInlineSnapshot(`
    "[arete] ⏎ runner = "pytest"  →  task.toml: arete.fail_to_pass: needs at least one test id
    [arete] ⏎ runner = "node" ⏎ fail_to_pass = ["a", "b"] ⏎ pass_to_pass = ["b"]  →  task.toml: arete.fail_to_pass, arete.pass_to_pass: "b" stands twice
    artifacts = ["/app/../etc/passwd"]  →  task.toml: artifacts.0: no ".." in a path
    artifacts = [{ source = "/app/x", destination = "../x" }]  →  task.toml: artifacts.0: no ".." in a path
    artifacts = [{ source = "/app/x", service = "database" }]  →  task.toml: artifacts: service "database": environment/docker-compose.yaml has no such service
    artifacts = [{ source = "x", service = "main", destination = "/x" }]  →  task.toml: artifacts.0: the destination must be a relative path with "/"
    artifacts = [{ source = "/x", destination = "manifest.json" }]  →  task.toml: artifacts.0: the destination manifest.json is taken
    [[verifier.collect]] ⏎ command = "date" ⏎ service = "clock"  →  task.toml: verifier.collect: service "clock": environment/docker-compose.yaml has no such service
    [arete] ⏎ mode = "patch" ⏎ [[steps]] ⏎ name = "one"  →  task.toml: arete.mode = "patch": not with steps, which hand on their machine | steps/one/instruction.md: missing
    [arete] ⏎ runner = "pytest" ⏎ fail_to_pass = ["a"] ⏎ [[steps]] ⏎ name = "one"  →  task.toml: arete.runner = "pytest": not with steps, whose tests write rewards | steps/one/instruction.md: missing
    [[steps]] ⏎ name = "one" ⏎ [[steps]] ⏎ name = "one"  →  task.toml: steps: "one" stands twice
    [[steps]] ⏎ name = "../one"  →  task.toml: steps.0.name: letters, digits, ".", "_", "-" | task.toml: steps.0.name: no ".."
    [agent] ⏎ allowed_hosts = ["a.example"]  →  task.toml: agent.allowed_hosts: only with network_mode "allowlist"
    [environment] ⏎ network_mode = "allowlist" ⏎ allowed_hosts = ["http://a.example", "10.0.0.1/8", "*.1.2.3.4", "a b"]  →  task.toml: environment.allowed_hosts.0: expected a host name, "*." and a name, an address or a range such as 192.0.2.0/24 | task.toml: environment.allowed_hosts.1: expected a host name, "*." and a name, an address or a range such as 192.0.2.0/24 | task.toml: environment.allowed_hosts.2: expected a host name, "*." and a name, an address or a range such as 192.0.2.0/24 | task.toml: environment.allowed_hosts.3: expected a host name, "*." and a name, an address or a range such as 192.0.2.0/24
    [[environment.mcp_servers]] ⏎ name = "files"  →  task.toml: environment.mcp_servers.0.url: needed for transport "sse"
    [[environment.mcp_servers]] ⏎ name = "files" ⏎ transport = "stdio"  →  task.toml: environment.mcp_servers.0.command: needed for transport "stdio"
    [environment.healthcheck] ⏎ command = ""  →  task.toml: environment.healthcheck.command: Too small: expected string to have >=1 characters
    [environment.env] ⏎ KEY = "\${NOT_SET}"  →  task.toml: environment.env.KEY: set NOT_SET in the environment
    [solution.env] ⏎ KEY = "\${NOT_SET}" ⏎ [verifier.env] ⏎ KEY = "\${constructor}"  →  task.toml: verifier.env.KEY: set constructor in the environment | task.toml: solution.env.KEY: set NOT_SET in the environment
    not toml  →  task.toml: line 1, column 5: Invalid TOML document: illegal character in key"
  `)
})

test('loadHarborTask() names every file that is missing, and the folder', () => {
  const folder = makeFolder({ 'task.toml': '' })

  const error = catchError(() => loadHarborTask(folder, {}))

  expect(error.message.replace(folder, 'FOLDER')).toMatchInlineSnapshot(`
    "Cannot use the task in FOLDER:
      instruction.md: missing
      environment/: missing
      environment/Dockerfile: missing, and task.toml has no environment.docker_image
      tests/test.sh: missing"
  `)
  expect(catchError(() => loadHarborTask(path.join(folder, 'nowhere'), {})).reasons).toEqual([
    'task.toml: missing',
  ])
})

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is what stands in the file
test.each([
  { value: '${USER_KEY}', expected: 'secret' },
  { value: '${NOT_SET:-fallback}', expected: 'fallback' },
  { value: '${USER_KEY:-fallback}', expected: 'secret' },
  { value: '${EMPTY:-fallback}', expected: '' },
  { value: '${NOT_SET:-}', expected: '' },
  { value: 'prefix-${USER_KEY}', expected: 'prefix-${USER_KEY}' },
  { value: '$USER_KEY', expected: '$USER_KEY' },
  { value: '${USER_KEY', expected: '${USER_KEY' },
  { value: '${}', expected: '${}' },
])('loadHarborTask() makes of the variable $value the value $expected', ({ value, expected }) => {
  const toml = ['environment', 'verifier', 'solution']
    .map(table => `[${table}.env]\nKEY = '${value}'`)
    .join('\n')

  const task = load({ 'task.toml': toml }, { USER_KEY: 'secret', EMPTY: '' })

  expect([task.env.KEY, task.verifier.env.KEY, task.solutionEnv.KEY]).toEqual([expected, expected, expected])
})
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is what stands in the file

test.each([
  {
    name: 'a comment',
    text: '<!-- canary GUID 1234 -->\n\n# Title\n\ntext\n',
    expected: '# Title\n\ntext\n',
  },
  { name: 'a hash line', text: '# Canary: do not train on this\nText\n', expected: 'Text\n' },
  { name: 'two of them', text: '<!-- canary 1 -->\n\n# canary 2\n\n\nText\n', expected: 'Text\n' },
  { name: 'none', text: '# Title\n\nThe canary sings\n', expected: '# Title\n\nThe canary sings\n' },
  { name: 'one further down', text: 'Text\n# canary\n', expected: 'Text\n# canary\n' },
  { name: 'nothing else', text: '<!-- canary -->\n', expected: '' },
])('loadHarborTask() shows an instruction with $name without leading canary lines', ({ text, expected }) => {
  expect(load({ 'instruction.md': text }).instruction).toBe(expected)
})

test.each([
  '[environment]\nnetwork_mode = "public"',
  '[environment]\nallow_internet = true',
  '[agent]\nnetwork_mode = "public"',
])('loadHarborTask() notes that there is no network: %j', toml => {
  expect(load({ 'task.toml': toml }).notes).toEqual(['asks for a public network and runs without any'])
})

test('isHarborTask() goes by task.toml', () => {
  const folder = makeFolder({ 'yes/task.toml': '', 'no/instruction.md': '' })

  expect(isHarborTask(path.join(folder, 'yes'))).toBe(true)
  expect(isHarborTask(path.join(folder, 'no'))).toBe(false)
})

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is what stands in the file
test('loadHarborTask() throws nothing but TaskError, whatever is wrong with the manifest', () => {
  const folder = makeFolder(USUAL)
  const manifest =
    'artifacts = ["/a"]\n[task]\nname = "a/b"\n[agent]\nuser = "x"\ntimeout_sec = 5\n[environment]\ncpus = 1\nmemory = "1G"\n[environment.env]\nA = "${B:-1}"\n[arete]\nrunner = "pytest"\nfail_to_pass = ["t"]\n'
  const edit = fc.record({
    at: fc.nat(manifest.length),
    cut: fc.nat(12),
    put: fc.oneof(
      fc.string(),
      fc.constantFrom('[', ']', '=', '"', '\n', '{', '}', '__proto__', '1e400', '-0', 'nan', '${A}'),
    ),
  })

  fc.assert(
    fc.property(fc.array(edit, { maxLength: 4 }), edits => {
      const text = edits.reduce(
        (left, { at, cut, put }) => left.slice(0, at) + put + left.slice(at + cut),
        manifest,
      )
      fs.writeFileSync(path.join(folder, 'task.toml'), text)
      try {
        loadHarborTask(folder, {})
      } catch (error) {
        expect(error).toBeInstanceOf(TaskError)
      }
    }),
    { numRuns: 300 },
  )
})

// biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is what stands in the file

const USUAL = {
  'task.toml': '',
  'instruction.md': 'Do it.\n',
  'environment/Dockerfile': 'FROM arete/base:1\n',
  'tests/test.sh': 'exit 0\n',
}

function load(
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>> = {},
  folder = makeFolder({}),
): Task {
  writeFiles(folder, { ...USUAL, ...files })
  return loadHarborTask(folder, env)
}

function reasonsOf(files: Readonly<Record<string, string>>): readonly string[] {
  return catchError(() => load(files)).reasons
}

function catchError(work: () => unknown): TaskError {
  try {
    work()
  } catch (error) {
    if (error instanceof TaskError) return error
    throw error
  }
  throw new Error('Nothing was thrown')
}
