import fs from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { TaskError } from '../../task-bank/errors.ts'
import { loadTasks } from '../../task-bank/load.ts'
import { parseManifest } from '../../task-bank/manifest.ts'
import type { Task } from '../../task-bank/task.ts'
import { anyText, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const MANIFEST = `schema_version = "1.4"
artifacts = ["/app/out", { source = "/x", destination = "y" }]
[metadata]
difficulty = "easy"
[task]
name = "org/sums"
[agent]
timeout_sec = 20.5
user = "agent"
[verifier]
timeout_sec = 30
env = { A = "1", B = "\${HOME:-x}" }
[environment]
cpus = 2
memory_mb = 256
storage = "2G"
env = { C = "c" }
workdir = "/app"
[solution.env]
D = "d"
[arete]
mode = "patch"
runner = "pytest"
workdir = "/app"
pids = 64
fail_to_pass = ["a", "b"]
pass_to_pass = ["c"]
protected = ["docs/*"]
`
const SEPARATE = `artifacts = ["/app"]
[environment]
docker_image = "x:1"
memory = "512M"
[verifier]
environment_mode = "separate"
[verifier.environment]
docker_image = "y:1"
`
const TOKENS = [
  'inf',
  'nan',
  '-1',
  '0',
  '1e300',
  '9007199254740992',
  '9223372036854775808',
  '"0M"',
  `"${'9'.repeat(400)}G"`,
  'memory = "0K"\n',
  'cpus = 1e-300\n',
  '"a\\u0000b"',
  '"A=B" = "x"\n',
  '"" = "x"\n',
  '__proto__ = 1\n',
  '1979-05-27T07:32:00Z',
  '[[steps]]\nname = "x"\n',
  '[environment.__proto__]\n',
  '"../x"',
  '"/../x"',
]
const toml = fc.oneof(
  { weight: 10, arbitrary: mutated([MANIFEST, MANIFEST, SEPARATE], TOKENS) },
  { weight: 1, arbitrary: anyText },
  {
    weight: 1,
    arbitrary: fc.constantFrom(900, 30_000).map(levels => `x = ${'['.repeat(levels)}${']'.repeat(levels)}`),
  },
)

/** The text of a `task.toml`: a manifest, or mistakes in words. */
export const taskManifest = target<string>({
  name: 'task-manifest',
  short: 500,
  cases: toml,
  check(text) {
    const parsed = parseManifest(text)
    if ('mistakes' in parsed)
      must(
        parsed.mistakes.length > 0 && parsed.mistakes.every(mistake => /^[^:]+: ./s.test(mistake)),
        'A mistake does not say where it is',
        parsed.mistakes,
      )
  },
})

const PLACES = [
  'task.toml',
  'instruction.md',
  'environment',
  'environment/Dockerfile',
  'environment/docker-compose.yaml',
  'tests',
  'tests/test.sh',
  'tests/deep/more.py',
  'solution',
  'solution/solve.sh',
  'steps',
  'README.md',
  'certificate.json',
] as const

interface FolderCase {
  readonly toml: string
  readonly oddities: readonly {
    readonly place: (typeof PLACES)[number]
    readonly kind: 'missing' | 'odd name' | 'folder' | 'link out' | 'link in' | 'loop' | 'bytes'
    readonly bytes: string
  }[]
}

/** A task's folder: a task whose every word comes out of that folder, or a `TaskError` that names file or key. */
export const taskFolder = target<FolderCase>({
  name: 'task-folder',
  short: 100,
  cases: fc.record({
    toml: fc.oneof(
      { weight: 2, arbitrary: fc.constantFrom(MANIFEST, SEPARATE) },
      { weight: 1, arbitrary: toml },
    ),
    oddities: fc.array(
      fc.record({
        place: fc.constantFrom(...PLACES),
        kind: fc.constantFrom('missing', 'odd name', 'folder', 'link out', 'link in', 'loop', 'bytes'),
        bytes: anyText,
      }),
      { maxLength: 2 },
    ),
  }),
  check({ toml: manifest, oddities }, scratch) {
    const folder = path.join(scratch, 'task')
    const outside = path.join(scratch, 'outside')
    fs.mkdirSync(outside, { recursive: true })
    fs.writeFileSync(path.join(outside, 'file'), 'OUTSIDE')
    fs.rmSync(folder, { recursive: true, force: true })
    for (const place of PLACES) {
      if (
        ['environment/docker-compose.yaml', 'steps'].includes(place) ||
        /^(environment|tests|solution)$/.test(place)
      )
        continue
      const file = path.join(folder, place)
      fs.mkdirSync(path.dirname(file), { recursive: true })
      fs.writeFileSync(file, place === 'task.toml' ? manifest : 'x\n')
    }
    for (const { place, kind, bytes } of oddities) makeOdd(path.join(folder, place), kind, bytes, outside)

    let task: Task
    try {
      task = loadTasks([folder], { HOME: '/home/x' })[0]!
    } catch (error) {
      if (!(error instanceof TaskError)) throw error
      must(error.reasons.length > 0, 'It is refused without a reason')
      for (const reason of error.reasons)
        must(
          /^(no task\.toml|there is no such folder)/.test(reason) || /^[^:\n]+: ./.test(reason),
          'A reason names no file',
          reason,
        )
      return
    }
    must(task.folder === folder, 'The task is another folder', task.folder)
    must(!task.instruction.includes('OUTSIDE'), 'The instruction comes from outside')
    for (const source of [task.image, task.verifier.image]) {
      if (source?.kind !== 'build') continue
      must(
        fs.realpathSync(source.folder).startsWith(`${fs.realpathSync(folder)}/`),
        'An image is built from outside',
        source,
      )
    }
    checkNumbers(task)
    checkTexts(task)
  },
})

/** What a container engine and a timer can do something with. */
function checkNumbers(task: Task): void {
  for (const limits of [task.limits, task.verifier.limits])
    for (const [key, value] of Object.entries(limits))
      must(
        Number.isFinite(value) && value >= 0.01 && value <= 2 ** 40,
        `A limit is no limit: ${key}`,
        String(value),
      )
  for (const seconds of [task.agentSeconds, task.buildSeconds, task.verifier.seconds])
    must(Number.isFinite(seconds) && seconds > 0, 'A time is no time', String(seconds))
}

/** What a program can be started with. */
function checkTexts(task: Task): void {
  for (const table of [task.env, task.solutionEnv, task.verifier.env])
    for (const [key, value] of Object.entries(table)) {
      must(/^[^=\0]+$/.test(key), 'A variable has no name', key)
      must(!value.includes('\0'), 'A variable has a NUL', key)
    }
  for (const text of [task.workdir, task.agentUser, task.verifier.user])
    must(text === undefined || !text.includes('\0'), 'A text has a NUL', text)
  for (const { source, destination } of task.artifacts)
    must(
      !`${source}/${destination}`.includes('\0') && !destination.split('/').includes('..'),
      'An artifact leads outside',
      source,
      destination,
    )
}

function makeOdd(
  file: string,
  kind: FolderCase['oddities'][number]['kind'],
  bytes: string,
  outside: string,
): void {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.rmSync(file, { recursive: true, force: true })
  } catch {
    return // An oddity before this one is in the way.
  }
  switch (kind) {
    case 'missing':
      break
    case 'odd name':
      fs.writeFileSync(Buffer.concat([Buffer.from(file), Buffer.from([0xff])]), 'x')
      break
    case 'folder':
      fs.mkdirSync(file)
      break
    case 'link out':
      fs.symlinkSync(path.extname(file) === '' ? outside : path.join(outside, 'file'), file)
      break
    case 'link in':
      fs.symlinkSync('README.md', file)
      break
    case 'loop':
      fs.symlinkSync(path.basename(file), file)
      break
    case 'bytes':
      fs.writeFileSync(file, Buffer.from(bytes, 'latin1'))
      break
  }
}
