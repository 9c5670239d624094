import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import tar from 'tar-stream'
import { openCollections } from '../../sandbox/collection.ts'
import { TaskError } from '../../task-bank/errors.ts'
import { readCompose } from '../../task-bank/harbor/compose.ts'
import { parseDataset } from '../../task-bank/harbor/dataset.ts'
import { parseRegistry } from '../../task-bank/harbor/registry.ts'
import { convertTerminalBench } from '../../task-bank/terminal-bench.ts'
import { anyText, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const COMPOSE = `services:
  main:
    command: ["sh", "-c", "sleep infinity"]
    depends_on: { db: { condition: service_healthy } }
    volumes: ["data:/data:ro", { type: tmpfs, target: /x }]
  db:
    image: \${IMAGE:-db:1}
    build: { context: ./db, args: { A: "1" }, target: x }
    environment: [A=1, B, "C=\${HOME}"]
    env_file: [.env]
    healthcheck: { test: "curl -f http://x", interval: 1m30s, retries: 3 }
    networks: { back: { aliases: [d] } }
    mem_limit: 512m
volumes: { data: }
networks: { back: { driver: bridge } }
`
const COMPOSE_TOKENS = [
  ...[
    'privileged: true\n',
    'network_mode: host\n',
    '- /:/host\n',
    '- ../..:/x\n',
    'devices: [a]\n',
    '<<: *a\n',
  ],
  ...[
    '&a [*a]',
    '&a ',
    '*a',
    '!!binary ',
    '${A:-${B:-${C',
    '$$',
    '${',
    '/var/run/docker.sock:/x',
    'context: ../..\n',
  ],
]

/** The Compose file of a stranger: what is to be carried out, nothing of it outside the task or on the host, or reasons. */
export const compose = target<string>({
  name: 'compose',
  short: 300,
  cases: fc.oneof(
    { weight: 10, arbitrary: mutated([COMPOSE], COMPOSE_TOKENS) },
    { weight: 1, arbitrary: anyText },
  ),
  check(text, scratch) {
    const folder = path.join(scratch, 'environment')
    fs.mkdirSync(path.join(folder, 'db'), { recursive: true })
    fs.writeFileSync(path.join(folder, 'db/Dockerfile'), 'FROM x\n')
    fs.writeFileSync(path.join(folder, '.env'), 'E=1\n')
    fs.writeFileSync(path.join(folder, 'docker-compose.yaml'), text)
    const reasons: string[] = []
    const read = readCompose(folder, { HOME: '/home/x' }, reasons)
    must((read === undefined) === reasons.length > 0, 'It is neither read nor refused', reasons)
    for (const reason of reasons)
      must(reason.startsWith('environment/docker-compose.yaml: '), 'A reason names no file', reason)
    for (const one of read === undefined ? [] : [read.main, ...read.services]) {
      if (one.image?.kind === 'build')
        must(
          fs.realpathSync(one.image.folder).startsWith(fs.realpathSync(folder)),
          'An image is built from outside',
          one.image,
        )
      for (const { volume, target: mount } of one.volumes) {
        must(/^[A-Za-z0-9][\w.-]*$/.test(volume), 'A volume is a folder of the host', volume)
        must(mount.startsWith('/') && !mount.split('/').includes('..'), 'A mount leads elsewhere', mount)
      }
    }
  },
})

const REGISTRY = JSON.stringify([
  {
    name: 'set',
    version: '1.0',
    tasks: [{ name: 'one', git_url: 'https://x/y.git', git_commit_id: 'a'.repeat(40), path: 'tasks/one' }],
  },
])
const DATASET = `[dataset]
name = "org/set"
[[tasks]]
name = "org/one"
digest = "sha256:${'a'.repeat(64)}"
[[files]]
path = "metric.py"
digest = "sha256:${'b'.repeat(64)}"
`

/** Lists of tasks: read, with no path that leads out, or refused in words. */
export const taskLists = target<{ readonly kind: 'registry' | 'dataset'; readonly text: string }>({
  name: 'task-lists',
  short: 300,
  cases: fc.oneof(
    fc.record({
      kind: fc.constant('registry' as const),
      text: fc.oneof(mutated([REGISTRY], ['"../../x"', '"/etc"', '"-x"', 'null']), anyText),
    }),
    fc.record({
      kind: fc.constant('dataset' as const),
      text: fc.oneof(mutated([DATASET], ['"../x"', '"sha256:"', '[[tasks]]\n']), anyText),
    }),
  ),
  check({ kind, text }) {
    try {
      if (kind === 'dataset') {
        for (const { path: name } of parseDataset(text, 'dataset.toml').files)
          must(!/[/\\]/.test(name) && name !== '..', 'A file lies elsewhere', name)
        return
      }
      for (const { path: name, git_commit_id: commit } of parseRegistry(text, 'registry.json', undefined)
        .tasks) {
        must(!name.startsWith('/') && !name.split(/[/\\]/).includes('..'), 'A path leads out', name)
        must(commit === undefined || !commit.startsWith('-'), 'A commit is an option', commit)
      }
    } catch (error) {
      must(error instanceof TaskError && error.reasons.length > 0, 'It fails without a reason', error)
    }
  },
})

const TASK_YAML = `instruction: |
  Do it.
difficulty: easy
tags: [a, b]
parser_name: pytest
max_agent_timeout_sec: 60.5
`
const CLIENT = `services:
  client:
    build: { dockerfile: Dockerfile }
    image: \${T_BENCH_TASK_DOCKER_CLIENT_IMAGE_NAME}
    container_name: x
    command: [ "sh", "-c", "sleep infinity" ]
    environment: [ "TEST_DIR=\${T_BENCH_TEST_DIR}" ]
    volumes: [ "\${T_BENCH_TASK_LOGS_PATH}:\${T_BENCH_CONTAINER_LOGS_PATH}" ]
  db: { image: "db:1", depends_on: [client] }
`

/** A task of Terminal-bench 1: files with plain paths, or refused in words. */
export const terminalBench = target<{ readonly task: string; readonly compose: string }>({
  name: 'terminal-bench',
  short: 200,
  cases: fc.record({
    task: fc.oneof(
      { weight: 5, arbitrary: mutated([TASK_YAML], ['descriptions: []\n', 'x: *y\n']) },
      { weight: 1, arbitrary: anyText },
    ),
    compose: fc.oneof(
      { weight: 5, arbitrary: mutated([CLIENT], ['services: {}\n', '__proto__: 1\n', 'null']) },
      { weight: 1, arbitrary: anyText },
    ),
  }),
  check({ task, compose: text }, scratch) {
    const folder = path.join(scratch, 'old')
    fs.mkdirSync(path.join(folder, 'tests'), { recursive: true })
    for (const [name, content] of [
      ['task.yaml', task],
      ['docker-compose.yaml', text],
      ['run-tests.sh', 'exit 0\n'],
      ['tests/test_x.py', ''],
      ['Dockerfile', 'FROM x\n'],
    ] as const)
      fs.writeFileSync(path.join(folder, name), content)
    try {
      for (const { path: name } of convertTerminalBench(folder))
        must(
          /^(task\.toml|instruction\.md|(tests|solution|environment)\/[\w./-]+)$/.test(name) &&
            !name.includes('..'),
          'A file lies elsewhere',
          name,
        )
    } catch (error) {
      must(error instanceof TaskError && error.reasons.length > 0, 'It fails without a reason', error)
      for (const reason of (error as TaskError).reasons)
        must(/^[\w.-]+: ./.test(reason), 'A reason names no file', reason)
    }
  },
})

interface ArchiveCase {
  readonly entries: readonly { readonly name: string; readonly link: string | null }[]
  readonly packed: boolean
  readonly cutAt: number
}
const name = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom(
      't/task.toml',
      't/a',
      't/a/b',
      't/l',
      't/l/x',
      '../out',
      '/abs',
      't/../../out',
      './t/c',
      't/l2',
    ),
  },
  { weight: 1, arbitrary: anyText },
)

/** An archive of tasks: what comes out lies in the cache and nowhere else, and no link leads out of it. */
export const taskArchive = target<ArchiveCase>({
  name: 'task-archive',
  short: 100,
  cases: fc.record({
    entries: fc.array(
      fc.record({
        name,
        link: fc.oneof(
          fc.constant(null),
          fc.constantFrom('a', '../..', '../../../out', '/etc', 'l', 'l/../../..', '.', 'a/../../../..'),
        ),
      }),
      { maxLength: 8 },
    ),
    packed: fc.boolean(),
    cutAt: fc.oneof(
      { weight: 4, arbitrary: fc.constant(1) },
      { weight: 1, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) },
    ),
  }),
  async check({ entries, packed, cutAt }, scratch) {
    const cache = path.join(scratch, 'cache')
    fs.rmSync(scratch, { recursive: true, force: true })
    fs.mkdirSync(cache, { recursive: true })
    const pack = tar.pack()
    for (const { name: file, link } of entries) {
      try {
        if (link === null) pack.entry({ name: file }, 'x')
        else pack.entry({ name: file, type: 'symlink', linkname: link })
      } catch {
        // No tar can say this.
      }
    }
    pack.finalize()
    const chunks: Buffer[] = []
    for await (const chunk of Readable.from(pack as AsyncIterable<Buffer>)) chunks.push(chunk)
    const whole = Buffer.concat(chunks)
    const bytes = packed ? gzipSync(whole) : whole
    const file = path.join(scratch, `t.tar${packed ? '.gz' : ''}`)
    fs.writeFileSync(file, bytes.subarray(0, Math.ceil(bytes.length * cutAt)))
    const before = process.env.ARETE_CACHE
    process.env.ARETE_CACHE = cache
    try {
      await openCollections([file])
    } catch (error) {
      must(error instanceof TaskError, 'It fails without a reason', error)
    } finally {
      if (before === undefined) delete process.env.ARETE_CACHE
      else process.env.ARETE_CACHE = before
    }
    must(
      fs.readdirSync(scratch).every(one => one === 'cache' || one === path.basename(file)),
      'It wrote outside',
    )
    for (const one of fs.readdirSync(cache, { recursive: true, withFileTypes: true })) {
      if (!one.isSymbolicLink()) continue
      const real = realPath(path.join(one.parentPath, one.name))
      must(real === undefined || real.startsWith(`${fs.realpathSync(cache)}/`), 'A link leads out', one.name)
    }
  },
})

function realPath(file: string): string | undefined {
  try {
    return fs.realpathSync(file)
  } catch {
    return undefined
  }
}
