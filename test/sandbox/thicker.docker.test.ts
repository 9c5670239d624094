import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadAgent } from '../../sandbox/agent.ts'
import { BASE_IMAGE, ensureBase } from '../../sandbox/base.ts'
import type { EngineAbout } from '../../sandbox/engine.ts'
import { findEngine } from '../../sandbox/setup.ts'
import { type OwnEngine, openOwnEngine, whyNoOwnEngine } from '../support/own-engine.ts'
import { filesOf } from '../support/repository.ts'
import { runIn, useBench } from '../support/surroundings.ts'

/** A setting of an engine that makes the wall thicker. */
interface Wall {
  readonly isOn: (about: EngineAbout) => boolean
  /** What an engine is started with that shall have it. */
  readonly config: Readonly<Record<string, unknown>>
  readonly needed: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

const REMAPPED: Wall = {
  isOn: about => about.remapsUsers,
  config: { 'userns-remap': 'nobody:nogroup' },
  needed: [],
  env: {},
}
const GVISOR: Wall = {
  isOn: about => about.runtimes.includes('runsc'),
  config: { runtimes: { runsc: { path: '/usr/bin/runsc', runtimeArgs: ['--network=none'] } } },
  needed: ['runsc'],
  env: { ARETE_RUNTIME: 'runsc' },
}
const found = await findEngine()

describe.skipIf(whyNot('remapped users', REMAPPED))('an engine that remaps users', () => {
  const bank = useBenchBehind(REMAPPED)

  test.each(['patch', 'snapshot'] as const)(
    'gives root of a sandbox no number of root: %s mode',
    async mode => {
      await using sandbox = await bank.bench.sandbox({ mode })

      const { stdout } = await runIn(sandbox, 'cat /proc/self/uid_map', { uid: 0, gid: 0 })

      const [inside, outside] = stdout.trim().split(/\s+/).map(Number)
      expect(inside).toBe(0)
      expect(outside).toBeGreaterThan(0)
    },
  )
})

describe.skipIf(whyNot('gVisor', GVISOR))('an engine that knows gVisor', () => {
  const bank = useBenchBehind(GVISOR)

  test('runs sandboxes on a kernel that is not the one of the host', async () => {
    await using sandbox = await bank.bench.sandbox()

    expect((await runIn(sandbox, 'dmesg')).stdout).toContain('gVisor')
  })

  test.each([
    { name: 'oracle', mode: 'patch' as const, verdict: 'solved' },
    { name: 'oracle', mode: 'snapshot' as const, verdict: 'solved' },
    { name: 'nop', mode: 'patch' as const, verdict: 'unsolved' },
  ])('gives $name the same verdict, $verdict: $mode mode', async ({ name, mode, verdict }) => {
    const evaluation = await bank.bench.attempt(await loadAgent(name), { mode })

    expect(evaluation.verdict.verdict).toBe(verdict)
  })

  test.each([
    { what: 'forks without end', script: 'f() { f | f & }; f; sleep 30' },
    { what: 'kills all it can', script: 'kill -9 -1; sleep 30' },
  ])('lays it on an agent that $what', async ({ script }) => {
    const agent = await bank.bench.agent('agent.sh', `#!/bin/bash\n${script}\n`)

    const { verdict } = await bank.bench.attempt(agent, { agentSeconds: 2 })

    expect(verdict).toMatchObject({ verdict: 'unsolved', fault: 'agent' })
  })

  test('ends the whole sandbox of an agent that takes all memory, and says why', async () => {
    const agent = await bank.bench.agent('agent.sh', `#!/bin/sh\nhead -c 2G /dev/zero | tail\n`)

    const { verdict } = await bank.bench.attempt(agent, { memoryMegabytes: 64 })

    expect(verdict).toMatchObject({ reason: 'agent-out-of-memory', fault: 'agent' })
  })

  test('keeps the limits of bytes and files, but counts neither processes nor inodes', async () => {
    await using sandbox = await bank.bench.sandbox({ memoryMegabytes: 256, storageMegabytes: 16, pids: 40 })
    const said = async (script: string): Promise<string> => (await runIn(sandbox, script)).stderr

    expect(await said('head -c 20M /dev/zero > a')).toMatch(/No space left|File too large/)
    expect(await said('head -c 10M /dev/zero > /tmp/a; head -c 10M /dev/zero > /tmp/b')).toMatch(/No space/)
    expect(await said(`python3 -c 'x = [open("/dev/null") for i in range(5000)]'`)).toMatch(/Too many open/)
    expect(await said('for i in {1..80}; do sleep 2 & done')).toBe('')
    expect(await said('cd /dev/shm && mkdir {1..10500}')).toBe('')
  })

  test('replaces a link to nothing, but does not see an edit through a memory map', async () => {
    await using sandbox = await bank.bench.sandbox()
    // What changed just before the first program is looked at in any case.
    await sleep(100)
    const edit = `import mmap; f = open("README.md", "r+b"); mmap.mmap(f.fileno(), 0)[2:3] = b"M"`
    await runIn(sandbox, `ln -s /tmp/nothing link; touch other; python3 -c '${edit}'`)
    await sandbox.put('/app', filesOf({ link: 'y' }), { uid: 1000, gid: 1000 })

    const { stdout } = await runIn(sandbox, 'head -c 3 README.md; cat link')
    const { entries } = await sandbox.changes('/app', { maxBytes: 2 ** 20, maxEntries: 100 })

    expect(stdout).toBe('# My')
    expect(entries.map(({ path }) => path)).toEqual(['link', 'other'])
  })

  test('keeps the network and the other sandboxes away', async () => {
    const prepared = await bank.bench.prepare()
    await using first = await bank.bench.slot.take(prepared, 'agent')
    await using second = await bank.bench.slot.take(prepared, 'agent')
    let heard = (): void => {}
    const up = new Promise<void>(resolve => {
      heard = resolve
    })
    const server = runIn(
      first,
      `python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 7000)); print("up", flush=True); s.accept()'`,
      { onOutput: () => heard() },
    )
    await up

    const { stdout } = await runIn(
      second,
      `python3 -c '
import socket
for address in (("127.0.0.1", 7000), ("1.1.1.1", 53), ("172.17.0.1", 2375), ("169.254.169.254", 80)):
    try: print(socket.create_connection(address, 2))
    except OSError: print("no")'`,
    )

    expect(stdout).toBe('no\nno\nno\nno\n')
    await first[Symbol.asyncDispose]()
    await server
  })
})

/** Why nothing here has this wall; then it is said, for a skipped test says nothing. */
function whyNot(name: string, wall: Wall): string | undefined {
  if (found !== undefined && wall.isOn(found.about)) return undefined
  const why = found === undefined ? 'there is no engine' : whyNoOwnEngine(wall.needed)
  if (why !== undefined)
    console.warn(`Not tested: ${name}; the engine has it not, and for one that does ${why}`)
  return why
}

/** A bench on the machine's engine if that has the wall, else on one that is started for these tests. */
function useBenchBehind(wall: Wall): ReturnType<typeof useBench> {
  const before = { ...process.env }
  let own: OwnEngine | undefined
  beforeAll(async () => {
    Object.assign(process.env, wall.env)
    if (found === undefined || wall.isOn(found.about)) return
    await ensureBase(found.engine, () => {})
    own = await openOwnEngine(wall.config)
    await own.load(await found.engine.exportImages([BASE_IMAGE]))
    process.env.DOCKER_HOST = own.host
  })
  afterAll(async () => {
    process.env = before
    await own?.[Symbol.asyncDispose]()
  })
  return useBench()
}
