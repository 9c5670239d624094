import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadAgent } from '../../sandbox/agent.ts'
import { findEngine } from '../../sandbox/setup.ts'
import { runIn, useBench } from '../support/surroundings.ts'

/** What thickens the wall is a setting of the engine: each half of this file needs one that has it. */
const about = (await findEngine())?.about

describe.runIf(about?.remapsUsers)('an engine that remaps users', () => {
  const bank = useBench()

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

describe.runIf(about?.runtimes.includes('runsc'))('an engine that knows gVisor', () => {
  beforeAll(() => {
    process.env.ARETE_RUNTIME = 'runsc'
  })
  afterAll(() => {
    delete process.env.ARETE_RUNTIME
  })
  const bank = useBench()

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
    { what: 'takes all memory', script: `python3 -c 'x = b"x" * 2_000_000_000'` },
    { what: 'kills all it can', script: 'kill -9 -1; sleep 30' },
  ])('lays it on an agent that $what', async ({ script }) => {
    const agent = await bank.bench.agent('agent.sh', `#!/bin/bash\n${script}\n`)

    const { verdict } = await bank.bench.attempt(agent, { agentSeconds: 3 })

    expect(verdict).toMatchObject({ verdict: 'unsolved', fault: 'agent' })
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
