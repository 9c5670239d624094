import fs from 'node:fs'
import path from 'node:path'
import { inflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { z } from 'zod'
import type { Agent } from '../../sandbox/agent.ts'
import { Slot } from '../../sandbox/slot.ts'
import { evaluate } from '../../validator/evaluate.ts'
import { useBench } from '../support/surroundings.ts'
import { SUMS_FIXED, type TaskDraft } from '../support/task.ts'

const held = useBench()
const LOOK_AROUND = fs.readFileSync(path.resolve(import.meta.dirname, '../fixtures/look_around.py'), 'utf8')

/** Hidden tests fail, so that their output is kept. */
const draft: TaskDraft = {
  name: 'telling-name',
  instruction: 'The statement names `add`.\n',
  repository: { 'sums.py': SUMS_FIXED, 'look_around.py': LOOK_AROUND },
  tests: {
    'test_sums.py':
      'import sys\nfrom look_around import tell\n\ndef test_adds():\n    tell(sys.__stdout__)\n    assert False\n\ndef test_zero():\n    pass\n',
  },
}
const AGENT =
  'import sys\nsys.dont_write_bytecode = True\nsys.path.insert(0, "/app")\n\ndef agent_main(input):\n    from look_around import tell\n    tell()\n'

type Seen = Readonly<Record<string, string>>
const Seen = z.record(z.string(), z.string())

/** What no two sandboxes have in common, though nobody can tell from it which one this is. */
const CHANCE: readonly (readonly [key: RegExp, why: string])[] = [
  [/^\/proc\/uptime$/, 'the clock of the machine'],
  [
    /^(process \S+|self) (stat|status)$/,
    'counters of time, memory and addresses; owners and limits have keys of their own',
  ],
  [/^\/proc\/net\/unix$/, 'numbers of sockets'],
  [/max_usage_in_bytes$/, 'a counter'],
]

/** Where the phases differ, and why that is so. */
const DIFFERENT: readonly (readonly [key: RegExp, why: string])[] = [
  [/^(file|time) \/tests\//, 'the hidden tests come after the agent has gone'],
  [/^(file|time) \/installed-agent\//, 'the agent does not go where its patch goes'],
  [/^env PYTEST_CURRENT_TEST$/, 'pytest sets it while a test runs'],
  [/^env PYTEST_DISABLE_PLUGIN_AUTOLOAD$/, 'agents may use plugins, the hidden tests do not'],
  [/^self cmdline$/, 'a launcher starts an agent, a runner the tests'],
  [/^self environ$/, 'the two of pytest'],
  [/^descriptors$/, 'pytest opens some to capture output'],
  [/^processes$/, "the tests' files have a process each, made by one that holds the channel"],
  [/^process python3 /, 'that one; nobody can look into it'],
]

test('code cannot tell the agent phase from the verify phase but by what lies in its nature', async () => {
  const { bench } = held

  const { agent, verify } = await look(bench.slot, bench.run)

  expect(differences(agent, verify, CHANCE)).not.toEqual([])
  expect(differences(agent, verify, [...CHANCE, ...DIFFERENT])).toEqual([])
  expect(Object.keys(agent).length).toBeGreaterThan(5000)
  expect(agent).toMatchObject({
    cwd: '/app',
    'env HOME': '/home/agent',
    'env TZ': 'UTC',
    umask: '0o22',
    'self oom_score_adj': '1000\n',
    'process docker-init oom_score_adj': '0\n',
    '/etc/hostname': 'arete\n',
  })
})

test('code cannot tell one run from another, nor which attempt this is', async () => {
  const { bench } = held
  const { engine, runtimeVolume } = bench
  const run = 'screening-round-2-attempt-17'
  const first = await look(bench.slot, bench.run)
  await using slot = new Slot({ engine, runtimeVolume, run })
  await look(slot, run)

  const again = await look(slot, run)

  expect(differences(first.agent, again.agent, CHANCE)).toEqual([])
  expect(differences(first.verify, again.verify, CHANCE)).toEqual([])
  for (const seen of [again.agent, again.verify]) {
    const all = Object.entries(seen).flat().join('\n')
    expect(all).not.toMatch(/telling-name|screening|round-2|attempt|arete\/task/i)
    expect(all).not.toContain(bench.folder)
  }
})

test('an agent gets the statement, the folder and the limits, byte for byte the same in every run', async () => {
  const { bench } = held
  const { engine, runtimeVolume } = bench
  const agent = await bench.agent(
    'agent.sh',
    '#!/bin/sh\nprintf "%s " "$0" "$@"; echo; cat; echo; tr "\\0" "\\n" < /proc/self/environ\n',
  )
  await using slot = new Slot({ engine, runtimeVolume, run: 'scoring' })
  const prepared = await bench.prepare(draft)

  const said = []
  for (const [where, run] of [
    [bench.slot, bench.run],
    [slot, 'scoring'],
    [slot, 'scoring'],
  ] as const)
    said.push((await evaluate(where, { prepared, agent, run })).agent.log.toString())

  expect(new Set(said).size).toBe(1)
  expect(said[0]).toMatchInlineSnapshot(`
    "/installed-agent/agent.sh 
    {"version":1,"problemStatement":"The statement names \`add\`.\\n","workdir":"/app","limits":{"seconds":20,"memoryMegabytes":256,"cpus":1,"usd":0}}
    PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/opt/arete/bin
    LANG=C.UTF-8
    TZ=UTC
    HOME=/home/agent
    USER=agent
    ARETE_PROBLEM_STATEMENT=The statement names \`add\`.

    ARETE_WORKDIR=/app
    ARETE_TIMEOUT_SECONDS=20
    AGENT_TIMEOUT=20
    REPO_PATH=/app
    RUN_ID=00000000-0000-4000-8000-000000000000
    EVALUATION_RUN_ID=00000000-0000-4000-8000-000000000000
    SANDBOX_PROXY_URL=http://127.0.0.1:3129
    AI_PROXY_URL=http://127.0.0.1:3129
    OPENROUTER_BASE_URL=http://127.0.0.1:3129/api/v1
    OPENROUTER_API_KEY=none
    RIDGES_MAX_COST_USD=0
    "
  `)
})

/** What an agent sees, and what code under test does. */
async function look(slot: Slot, run: string): Promise<{ agent: Seen; verify: Seen }> {
  const agent: Agent = await held.bench.agent('agent.py', AGENT)
  const attempt = await evaluate(slot, { prepared: await held.bench.prepare(draft), agent, run })
  expect(attempt.agent.ending).toEqual({ kind: 'finished' })
  return { agent: unpack(attempt.agent.log), verify: unpack(attempt.verify!.log) }
}

function unpack(log: Buffer): Seen {
  const packed = /seen:(\S+)/.exec(log.toString())?.[1]
  if (packed === undefined) throw new Error(`Nothing was seen: ${log.toString().slice(0, 2000)}`)
  return Seen.parse(JSON.parse(inflateSync(Buffer.from(packed, 'base64')).toString()))
}

function differences(
  one: Seen,
  other: Seen,
  allowed: readonly (readonly [key: RegExp, why: string])[],
): string[] {
  return [...new Set([...Object.keys(one), ...Object.keys(other)])]
    .filter(key => !allowed.some(([pattern]) => pattern.test(key)))
    .filter(key => steady(one[key]) !== steady(other[key]))
    .map(key => `${key}: ${one[key]} | ${other[key]}`)
}

/** Without the names, numbers and the order of mounts that engine and kernel give by chance. */
function steady(value: string | undefined): string | undefined {
  return value
    ?.replaceAll(/[0-9a-f]{64}(-init)?/g, '<container>')
    .replaceAll(/overlay2\/l\/[A-Z0-9]{26}/g, '<layer>')
    .replaceAll(/^\d+ \d+ \d+:\d+ /gm, '<mount> ')
    .replaceAll(/(master|shared):\d+/g, '<group>')
    .split('\n')
    .toSorted()
    .join('\n')
}
