import path from 'node:path'
import { expect, test } from 'vitest'
import { type Compose, readCompose } from '../../task-bank/harbor/compose.ts'
import { parseBytes, parseDuration, splitWords } from '../../task-bank/harbor/durations.ts'
import { interpolate } from '../../task-bank/harbor/interpolate.ts'
import { makeFolder } from '../support/folder.ts'

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is what stands in the file
test.each([
  ['a $X b', 'a x b'],
  ['${X}', 'x'],
  ['${NOT}', ''],
  ['${NOT:-d}', 'd'],
  ['${EMPTY:-d}', 'd'],
  ['${EMPTY-d}', ''],
  ['${X:+there}', 'there'],
  ['${NOT+there}', ''],
  ['${NOT:-${ALSO:-${X}}}', 'x'],
  ['$$X', '$X'],
  ['cost: 5$$', 'cost: 5$'],
  ['${X?needed}', 'x'],
  ['${constructor:-none}', 'none'],
])('interpolate(%j) is %j', (text, expected) => {
  expect(interpolate(text, { X: 'x', EMPTY: '' })).toEqual({ text: expected, mistakes: [] })
})

test.each([
  ['${NOT:?set it}', 'NOT is not set: set it'],
  ['a $ b', '"$" at 3 is no variable; write "$$" for a dollar sign'],
  ['${X', '"${X" at 2 is not closed'],
  ['${}', '"${" at 2 has no variable\'s name'],
])('interpolate(%j) says %j', (text, mistake) => {
  expect(interpolate(text, {}).mistakes).toEqual([mistake])
})

test.each([
  ['1m30s', 90],
  ['250ms', 0.25],
  ['5', 5],
  ['2h', 7200],
  ['1.5s', 1.5],
  ['', undefined],
  ['1x', undefined],
  ['-1s', undefined],
])('parseDuration(%j) is %s', (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds)
})

test.each([
  ['512m', 2 ** 29],
  ['2gb', 2 ** 31],
  ['1GiB', 2 ** 30],
  ['1024', 1024],
  ['much', undefined],
])('parseBytes(%j) is %s', (text, bytes) => {
  expect(parseBytes(text)).toBe(bytes)
})

test.each([
  ['sh -c "sleep 1"', ['sh', '-c', 'sleep 1']],
  ["a 'b c' d\\ e", ['a', 'b c', 'd e']],
  ['"a \\" b"', ['a " b']],
  ["'it''s'", ['its']],
  ['""', ['']],
  ['  ', []],
  ['"open', undefined],
])('splitWords(%j) is %j', (line, words) => {
  expect(splitWords(line)).toEqual(words)
})

test('readCompose() reads every key that is carried out', () => {
  const { compose, folder } = read(
    `
name: ignored
x-common: &common { restart: always }
services:
  main:
    build: { context: ., dockerfile: Other }
    command: serve --port 80
    environment: { A: "\${SET}", B: }
    working_dir: /srv
    user: "1000"
    depends_on:
      db: { condition: service_healthy }
      job: { condition: service_completed_successfully }
    volumes: ["data:/data:ro", "\${HOST_ARTIFACTS_PATH}:\${ENV_ARTIFACTS_PATH}"]
    networks: { back: { aliases: [app] } }
  db:
    <<: *common
    image: db:1
    entrypoint: ["/start"]
    env_file: [./db.env, { path: none.env, required: false }]
    environment: [C=3, SET, NOT_SET]
    healthcheck: { test: ["CMD", "check"], interval: 2s, timeout: 1s, retries: 5, start_period: 1m }
    volumes: [data:/var/lib/db, /anonymous, { type: tmpfs, target: /fast }]
    tmpfs: /run:size=1m
    networks: [back]
    hostname: database
    ports: ["5432:5432"]
    deploy: { resources: { limits: { cpus: "0.5", memory: 256M, pids: 99 } } }
    container_name: x
  job:
    image: job:1
    depends_on: [db]
    healthcheck: { disable: true }
    network_mode: none
volumes:
  data:
networks:
  back: { internal: true }
`,
    { 'db.env': '# comment\nD=4\nexport E="five six"\nF=7 # more\n', Other: 'FROM x\n' },
  )

  expect({ ...compose, main: { ...compose?.main, image: undefined } }).toMatchInlineSnapshot(`
    {
      "main": {
        "command": [
          "serve",
          "--port",
          "80",
        ],
        "dependsOn": {
          "db": "service_healthy",
          "job": "service_completed_successfully",
        },
        "entrypoint": undefined,
        "env": {
          "A": "set",
        },
        "image": undefined,
        "networks": {
          "back": [
            "main",
            "app",
          ],
        },
        "user": "1000",
        "volumes": [
          {
            "readOnly": true,
            "target": "/data",
            "volume": "data",
          },
          {
            "readOnly": false,
            "target": "/logs/artifacts",
            "volume": "logs-artifacts",
          },
        ],
        "workdir": "/srv",
      },
      "services": [
        {
          "command": undefined,
          "cpus": 0.5,
          "dependsOn": {},
          "entrypoint": [
            "/start",
          ],
          "env": {
            "C": "3",
            "D": "4",
            "E": "five six",
            "F": "7",
            "SET": "set",
          },
          "healthcheck": {
            "intervalSeconds": 2,
            "retries": 5,
            "startIntervalSeconds": 5,
            "startSeconds": 60,
            "test": {
              "argv": [
                "check",
              ],
              "kind": "exec",
            },
            "timeoutSeconds": 1,
          },
          "hostname": "database",
          "image": {
            "kind": "reference",
            "reference": "db:1",
          },
          "memoryMegabytes": 256,
          "name": "db",
          "networks": {
            "back": [
              "db",
            ],
          },
          "pids": 99,
          "tmpfs": [
            "/run:size=1m",
            "/fast",
          ],
          "user": undefined,
          "volumes": [
            {
              "readOnly": false,
              "target": "/var/lib/db",
              "volume": "data",
            },
            {
              "readOnly": false,
              "target": "/anonymous",
              "volume": "anonymous-db-1",
            },
          ],
          "workdir": undefined,
        },
        {
          "command": undefined,
          "cpus": undefined,
          "dependsOn": {
            "db": "service_started",
          },
          "entrypoint": undefined,
          "env": {},
          "healthcheck": "none",
          "hostname": undefined,
          "image": {
            "kind": "reference",
            "reference": "job:1",
          },
          "memoryMegabytes": undefined,
          "name": "job",
          "networks": {},
          "pids": undefined,
          "tmpfs": [],
          "user": undefined,
          "volumes": [],
          "workdir": undefined,
        },
      ],
    }
  `)
  expect(compose?.main.image).toEqual({ kind: 'build', folder, dockerfile: 'Other' })
})

test.each([
  [
    'services: { db: { image: x, privileged: true } }',
    'services.db.privileged: is always refused: it would hand the machine over',
  ],
  [
    'services: { db: { image: x, network_mode: host } }',
    'services.db.network_mode: is always refused: only "none" can be had; services share networks of their own without a way out',
  ],
  [
    'services: { db: { image: x, devices: ["/dev/kvm"] } }',
    'services.db.devices: is always refused: it would hand the machine over',
  ],
  [
    'services: { db: { image: x, volumes: ["/var/run/docker.sock:/var/run/docker.sock"] } }',
    'services.db.volumes.0: "/var/run/docker.sock" is a folder of the host: that is always refused; name a volume instead',
  ],
  [
    'services: { db: { image: x, volumes: ["./data:/data"] } }',
    'services.db.volumes.0: "./data" is a folder of the host: that is always refused; name a volume instead',
  ],
  [
    'services: { db: { image: x, volumes: [{ type: bind, source: /, target: /x }] } }',
    'services.db.volumes.0: "/" is a folder of the host: that is always refused; name a volume instead',
  ],
  [
    'services: { db: { image: x, cap_add: [SYS_ADMIN] } }',
    'services.db.cap_add: is always refused: sandboxes get no more than their own capabilities',
  ],
  [
    'services: { db: { image: x, pid: host } }',
    'services.db.pid: is always refused: namespaces of the host or of others are not shared',
  ],
  ['services: { db: { image: x, extra_hosts: ["a:1.2.3.4"] } }', 'services.db.extra_hosts: is not supported'],
  [
    'services: { db: { image: x, secrets: [s] } }\nsecrets: { s: { file: ./s } }',
    'services.db.secrets: is not supported | secrets: is not supported',
  ],
  [
    'services: { db: { build: ../.. } }',
    'services.db.build.context: "../.." is not a folder below the task\'s',
  ],
  ['services: { db: { build: . } }', 'services.db.build: there is no file Dockerfile in the task'],
  ['services: { db: {} }', 'services.db: needs image or build'],
  [
    'services: { db: { image: x, depends_on: [nobody] } }',
    'services.db.depends_on.nobody: there is no such service',
  ],
  [
    'services: { a: { image: x, depends_on: [b] }, b: { image: x, depends_on: [a] } }',
    'services: wait for each other in a circle: a, b',
  ],
  [
    'services: { db: { image: x, volumes: ["data:/data"] } }',
    'services.db.volumes.0: "data" is not declared under volumes',
  ],
  [
    'services: { db: { image: x, networks: [other] } }',
    'services.db.networks.other: is not declared under networks',
  ],
  [
    'services: { db: { image: x, healthcheck: { test: [], interval: 1 day } } }',
    'services.db.healthcheck.test: expected ["CMD", …], ["CMD-SHELL", line] or a line',
  ],
  ['services: { db: { image: x, command: "a \'b" } }', 'services.db.command: a quote is not closed'],
  [
    'services: { db: { image: x, env_file: ../secret } }',
    'services.db.env_file: there is no file ../secret in the task',
  ],
  ['services: { db: { image: "${IMAGE:?name one}" } }', 'services.db.image: IMAGE is not set: name one'],
  ['services: { db: { image: x, mem_limit: lots } }', 'services.db.mem_limit: "lots" is no size'],
  ['services: { main: { network_mode: none } }', 'services.main.network_mode: is not supported for main'],
  ['include: [other.yaml]\nservices: {}', 'include: is not supported'],
  ['services: [', 'line 1: Flow sequence in block collection must be sufficiently indented and end with a ]'],
  ['volumes: {}', 'services: Invalid input: expected record, received undefined'],
])('readCompose() of %j says what is not to be had', (text, expected) => {
  const { reasons, compose } = read(text)

  expect(compose).toBeUndefined()
  expect(reasons.join(' | ')).toBe(
    expected
      .split(' | ')
      .map(reason => `environment/docker-compose.yaml: ${reason}`)
      .join(' | '),
  )
})

test('readCompose() stops where aliases would grow without end', () => {
  const levels = Array.from(
    { length: 12 },
    (_, level) => `a${level + 1}: &a${level + 1} [${`*a${level}`}${`, *a${level}`.repeat(9)}]`,
  )

  expect(read(['x: &a0 [x]', ...levels, 'services: {}'].join('\n')).reasons).toEqual([
    expect.stringMatching(/Excessive alias count/),
  ])
})
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is what stands in the file

function read(
  text: string,
  files: Readonly<Record<string, string>> = {},
): { compose: Compose | undefined; reasons: string[]; folder: string } {
  const folder = path.join(
    makeFolder({
      'environment/docker-compose.yaml': text,
      secret: 'S=1',
      ...Object.fromEntries(Object.entries(files).map(([name, content]) => [`environment/${name}`, content])),
    }),
    'environment',
  )
  const reasons: string[] = []
  return { compose: readCompose(folder, { SET: 'set' }, reasons), reasons, folder }
}
