import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Manifest, parseManifest, parseSize } from '../../task-bank/manifest.ts'

/** Every field that the format knows, each with a value that is not its default. */
const EVERYTHING = `
schema_version = "1.4"
version = "1.0"
source = "somewhere"
artifacts = ["/app/out.txt", { source = "/app/log", destination = "log", exclude = ["*.tmp"], service = "web" }]
multi_step_reward_strategy = "final"

[metadata]
difficulty = "hard"
tags = ["a", "b"]

[solution.env]
MODE = "reference"

[task]
name = "some-org/some.task"
version = "2"
description = "What it is about"
authors = [{ name = "Ada", email = "ada@example.org" }]
keywords = ["parsing"]

[agent]
timeout_sec = 12.5
user = "agent"
network_mode = "allowlist"
allowed_hosts = ["example.org"]

[verifier]
timeout_sec = 7
user = 1001
network_mode = "allowlist"
allowed_hosts = []
environment_mode = "separate"
env = { LEVEL = "3" }
collect = [{ command = "date", service = "main", timeout_sec = 5, user = "root" }]

[verifier.environment]
docker_image = "verifier:1"

[environment]
build_timeout_sec = 90
docker_image = "image:1"
os = "Windows"
cpus = 2
memory_mb = 512
storage_mb = 256
gpus = 1
gpu_types = ["H100"]
tpu = { type = "v4", topology = "2x2" }
network_mode = "allowlist"
allowed_hosts = ["*.example.org"]
allow_internet = true
env = { A = "1", B = "\${HOME}" }
workdir = "/srv"
mcp_servers = [{ name = "files", transport = "stdio", command = "serve" }]
skills_dir = "/skills"

[environment.healthcheck]
command = "true"
interval_sec = 1
timeout_sec = 2
start_period_sec = 3
start_interval_sec = 4
retries = 5

[[steps]]
name = "first"
min_reward = 1

[arete]
environment = "parsers"
mode = "patch"
runner = "node"
workdir = "/app"
pids = 99
fail_to_pass = ["a"]
pass_to_pass = ["b"]
protected = ["*.lock"]
allowed = ["conftest.py"]
`

test('parseManifest() reads every field of the format', () => {
  const manifest = parse(EVERYTHING)

  expect(manifest).toMatchObject({
    schema_version: '1.4',
    version: '1.0',
    source: 'somewhere',
    artifacts: [
      '/app/out.txt',
      { source: '/app/log', destination: 'log', exclude: ['*.tmp'], service: 'web' },
    ],
    multi_step_reward_strategy: 'final',
    metadata: { difficulty: 'hard', tags: ['a', 'b'] },
    solution: { env: { MODE: 'reference' } },
    task: {
      name: 'some-org/some.task',
      version: '2',
      description: 'What it is about',
      authors: [{ name: 'Ada', email: 'ada@example.org' }],
      keywords: ['parsing'],
    },
    agent: { timeout_sec: 12.5, user: 'agent', network_mode: 'allowlist', allowed_hosts: ['example.org'] },
    verifier: {
      timeout_sec: 7,
      user: 1001,
      network_mode: 'allowlist',
      allowed_hosts: [],
      environment_mode: 'separate',
      environment: { docker_image: 'verifier:1', build_timeout_sec: 600 },
      env: { LEVEL: '3' },
      collect: [{ command: 'date', service: 'main', timeout_sec: 5, user: 'root' }],
    },
    environment: {
      build_timeout_sec: 90,
      docker_image: 'image:1',
      os: 'windows',
      cpus: 2,
      memory_mb: 512,
      storage_mb: 256,
      gpus: 1,
      gpu_types: ['H100'],
      tpu: { type: 'v4', topology: '2x2' },
      network_mode: 'allowlist',
      allowed_hosts: ['*.example.org'],
      allow_internet: true,
      // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what stands in the file
      env: { A: '1', B: '${HOME}' },
      workdir: '/srv',
      mcp_servers: [{ name: 'files', transport: 'stdio', command: 'serve' }],
      skills_dir: '/skills',
      healthcheck: {
        command: 'true',
        interval_sec: 1,
        timeout_sec: 2,
        start_period_sec: 3,
        start_interval_sec: 4,
        retries: 5,
      },
    },
    steps: [{ name: 'first', min_reward: 1 }],
    arete: {
      environment: 'parsers',
      mode: 'patch',
      runner: 'node',
      workdir: '/app',
      pids: 99,
      fail_to_pass: ['a'],
      pass_to_pass: ['b'],
      protected: ['*.lock'],
      allowed: ['conftest.py'],
    },
  })
})

test('parseManifest() fills an empty file with the defaults of the format', () => {
  const manifest = parse('')

  expect(manifest).toMatchInlineSnapshot(`
    {
      "agent": {},
      "arete": {
        "accepts": "observed",
        "allowed": [],
        "fail_to_pass": [],
        "others": [],
        "pass_to_pass": [],
        "place": "tests",
        "protected": [],
      },
      "artifacts": [],
      "environment": {
        "build_timeout_sec": 600,
        "env": {},
        "mcp_servers": [],
        "os": "linux",
      },
      "metadata": {},
      "solution": {
        "env": {},
      },
      "steps": [],
      "verifier": {
        "collect": [],
        "env": {},
        "timeout_sec": 600,
      },
    }
  `)
})

test('parseManifest() fills the defaults of a health check', () => {
  const { healthcheck } = parse('[environment.healthcheck]\ncommand = "true"').environment

  expect(healthcheck).toEqual({
    command: 'true',
    interval_sec: 5,
    timeout_sec: 30,
    start_period_sec: 0,
    start_interval_sec: 5,
    retries: 3,
  })
})

test('parseManifest() lets unknown keys through everywhere but in our own table', () => {
  const unknown = [
    'x = 1',
    '[task]\nname = "a/b"\nx = 1',
    '[agent]\nx = 1',
    '[verifier]\nx = 1',
    '[environment]\nx = 1',
    '[solution]\nx = 1',
    '[surprise]\nx = 1',
  ]

  expect(unknown.map(mistakesOf)).toEqual(unknown.map(() => []))
  expect(mistakesOf('[arete]\nrunners = "node"')).toMatchInlineSnapshot(`
    [
      "arete: Unrecognized key: "runners"",
    ]
  `)
})

test('parseManifest() says for each mistake where it is and what was expected', () => {
  const mistaken = [
    'name = ',
    'a = 1\na = 2',
    'schema_version = 1.4',
    'multi_step_reward_strategy = "best"',
    'artifacts = [""]',
    '[task]',
    '[task]\nname = "no-organisation"',
    '[task]\nname = "a/b/c"',
    '[task]\nname = "a/b..c"',
    '[agent]\ntimeout_sec = 0',
    '[agent]\ntimeout_sec = inf',
    '[agent]\nuser = -1',
    '[agent]\nnetwork_mode = "some"',
    '[verifier]\ntimeout_sec = "60"',
    '[verifier]\nenvironment_mode = "both"',
    '[verifier]\nenvironment_mode = "shared"\n[verifier.environment]',
    '[environment]\nos = "plan9"',
    '[environment]\ncpus = 0',
    '[environment]\nmemory_mb = 0.5',
    '[environment]\nmemory = "2 gigs"',
    '[environment]\nmemory = "2G"\nmemory_mb = 2048',
    '[environment]\nstorage = "1G"\nstorage_mb = 1024',
    '[verifier.environment]\nstorage = "lots"',
    '[environment]\nworkdir = "app"',
    '[environment]\nallowed_hosts = ["example.org"]',
    '[environment.env]\nA = { b = 1 }',
    '[environment.env]\nA = [1]',
    '[arete]\nenvironment = "Python Fixes"',
    '[arete]\nmode = "both"',
    '[arete]\nrunner = "jest"',
    '[arete]\nfail_to_pass = [""]',
    '[arete]\npids = 1.5',
  ]

  const said = mistaken.map(text => `${text.replaceAll('\n', ' ⏎ ')}  →  ${mistakesOf(text).join(' | ')}`)

  expect(said.join('\n')).toMatchInlineSnapshot(`
    "name =   →  line 1, column 8: Invalid TOML document: invalid value
    a = 1 ⏎ a = 2  →  line 2, column 1: Invalid TOML document: trying to redefine an already defined table or value
    schema_version = 1.4  →  schema_version: Invalid input: expected string, received number
    multi_step_reward_strategy = "best"  →  multi_step_reward_strategy: Invalid option: expected one of "mean"|"final"
    artifacts = [""]  →  artifacts.0: Too small: expected string to have >=1 characters
    [task]  →  task.name: Invalid input: expected string, received undefined
    [task] ⏎ name = "no-organisation"  →  task.name: organisation/name
    [task] ⏎ name = "a/b/c"  →  task.name: organisation/name
    [task] ⏎ name = "a/b..c"  →  task.name: no ".."
    [agent] ⏎ timeout_sec = 0  →  agent.timeout_sec: Too small: expected number to be >0
    [agent] ⏎ timeout_sec = inf  →  agent.timeout_sec: Invalid input: expected number, received Infinity
    [agent] ⏎ user = -1  →  agent.user: Too small: expected number to be >=0
    [agent] ⏎ network_mode = "some"  →  agent.network_mode: Invalid option: expected one of "public"|"no-network"|"allowlist"
    [verifier] ⏎ timeout_sec = "60"  →  verifier.timeout_sec: Invalid input: expected number, received string
    [verifier] ⏎ environment_mode = "both"  →  verifier.environment_mode: Invalid option: expected one of "shared"|"separate"
    [verifier] ⏎ environment_mode = "shared" ⏎ [verifier.environment]  →  verifier.environment: contradicts environment_mode "shared"
    [environment] ⏎ os = "plan9"  →  environment.os: Invalid option: expected one of "linux"|"windows"
    [environment] ⏎ cpus = 0  →  environment.cpus: Too small: expected number to be >=0.01
    [environment] ⏎ memory_mb = 0.5  →  environment.memory_mb: Invalid input: expected int, received number
    [environment] ⏎ memory = "2 gigs"  →  environment.memory: expected a size such as "2G" or "512M", got "2 gigs"
    [environment] ⏎ memory = "2G" ⏎ memory_mb = 2048  →  environment.memory: conflicts with memory_mb
    [environment] ⏎ storage = "1G" ⏎ storage_mb = 1024  →  environment.storage: conflicts with storage_mb
    [verifier.environment] ⏎ storage = "lots"  →  verifier.environment.storage: expected a size such as "2G" or "512M", got "lots"
    [environment] ⏎ workdir = "app"  →  environment.workdir: Invalid string: must start with "/"
    [environment] ⏎ allowed_hosts = ["example.org"]  →  environment.allowed_hosts: only with network_mode "allowlist"
    [environment.env] ⏎ A = { b = 1 }  →  environment.env.A: expected a text
    [environment.env] ⏎ A = [1]  →  environment.env.A: expected a text
    [arete] ⏎ environment = "Python Fixes"  →  arete.environment: lower-case letters, digits and dashes
    [arete] ⏎ mode = "both"  →  arete.mode: Invalid option: expected one of "patch"|"snapshot"
    [arete] ⏎ runner = "jest"  →  arete.runner: Invalid option: expected one of "pytest"|"node"|"vitest"|"script"
    [arete] ⏎ fail_to_pass = [""]  →  arete.fail_to_pass.0: Too small: expected string to have >=1 characters
    [arete] ⏎ pids = 1.5  →  arete.pids: Invalid input: expected int, received number"
  `)
})

test('parseManifest() names all mistakes at once', () => {
  expect(mistakesOf('[agent]\ntimeout_sec = -1\n[environment]\ncpus = "two"')).toHaveLength(2)
})

test.each([
  { name: 'numbers', toml: 'A = 1\nB = 2.5', expected: { A: '1', B: '2.5' } },
  { name: 'booleans', toml: 'A = true', expected: { A: 'true' } },
  { name: 'empty texts', toml: 'A = ""', expected: { A: '' } },
])('parseManifest() takes $name as values of variables', ({ toml, expected }) => {
  expect(parse(`[environment.env]\n${toml}`).environment.env).toEqual(expected)
})

test.each([
  ['2G', 2048],
  ['512M', 512],
  ['4096K', 4],
  ['1K', 1],
  ['1.5g', 1536],
  [' 2 GiB ', 2048],
  ['2GB', 2048],
  ['2', undefined],
  ['G', undefined],
  ['-2G', undefined],
  ['2T', undefined],
  ['', undefined],
])('parseSize(%j) is %j', (text, megabytes) => {
  expect(parseSize(text)).toBe(megabytes)
})

test('parseManifest() never throws, whatever the text', () => {
  const scraps = fc.constantFrom(
    ...EVERYTHING.split(/(\n|=| |"|\[|\])/),
    'inf',
    'nan',
    '1979-05-27',
    '0x',
    '"""',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(scraps).map(parts => parts.join('')),
  )

  fc.assert(
    fc.property(text, content => {
      const parsed = parseManifest(content)

      expect('manifest' in parsed || parsed.mistakes.length > 0).toBe(true)
    }),
    { numRuns: 300 },
  )
})

function parse(text: string): Manifest {
  const parsed = parseManifest(text)
  if ('mistakes' in parsed) throw new Error(parsed.mistakes.join('\n'))
  return parsed.manifest
}

function mistakesOf(text: string): string[] {
  const parsed = parseManifest(text)
  return 'mistakes' in parsed ? parsed.mistakes : []
}
