import net from 'node:net'
import os from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { Slot } from '../../sandbox/slot.ts'
import { runIn, useBench } from '../support/surroundings.ts'

const bank = useBench()
const ROOT = { uid: 0, gid: 0 }
const ABSTRACT = `arete-test-${process.pid}`
const servers: net.Server[] = []

/** What listens on this machine: on all of its addresses, and under an abstract name. */
beforeAll(async () => {
  servers.push(await listen({ port: 0, host: '::' }), await listen({ path: `\0${ABSTRACT}` }))
})
afterAll(() => {
  for (const server of servers) server.close()
})

function listen(where: net.ListenOptions): Promise<net.Server> {
  return new Promise((resolve, reject) => {
    const server = net.createServer(socket => socket.end('hello'))
    server.once('error', reject).listen(where, () => resolve(server))
  })
}

/** Tries each target in each way, as a program of few words: prints what came through. */
const PROBE = `
import socket, sys
def tried(what, use):
    try:
        use()
        print("through:", what)
    except OSError:
        pass
def tcp(family, address):
    one = socket.socket(family, socket.SOCK_STREAM); one.settimeout(2); one.connect(address)
def udp(family, address):
    one = socket.socket(family, socket.SOCK_DGRAM); one.settimeout(0.2); one.connect(address); one.send(b"x")
    try: one.recv(9)
    except socket.timeout: pass
def icmp(family, protocol, address):
    one = socket.socket(family, socket.SOCK_DGRAM, protocol); one.sendto(bytes([8, 0, 0, 0, 0, 1, 0, 1]), address)
for target in sys.argv[1:]:
    host, port = target.rsplit(" ", 1)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    tried("tcp " + target, lambda: tcp(family, (host, int(port))))
    tried("udp " + target, lambda: udp(family, (host, int(port))))
    tried("icmp " + target, lambda: icmp(family, 58 if ":" in host else 1, (host, int(port))))
for name in ("example.com", "host.docker.internal", "metadata.google.internal"):
    tried("name " + name, lambda: socket.getaddrinfo(name, 80))
print("done")`

test.each([
  { who: 'the agent', user: { uid: 1000, gid: 1000 }, mode: 'patch' as const },
  { who: 'root', user: ROOT, mode: 'snapshot' as const },
])('$who reaches nothing outside by TCP, UDP, ICMP or name: $mode mode', async ({ user, mode }) => {
  await using sandbox = await bank.bench.sandbox({ mode })
  const { port } = servers[0]!.address() as net.AddressInfo
  const ours = Object.values(os.networkInterfaces())
    .flatMap(addresses => addresses ?? [])
    .filter(({ internal, scopeid }) => !internal && !scopeid)
    .map(({ address }) => `${address} ${port}`)
  const others = ['1.1.1.1 443', '1.1.1.1 53', '169.254.169.254 80', '172.17.0.1 2375', '255.255.255.255 67']
  const sixth = ['2606:4700:4700::1111 443', 'fd00:ec2::254 80', 'ff02::1 5353']
  const local = [`127.0.0.1 ${port}`, '127.0.0.11 53']
  const targets = [...ours, ...others, ...sixth, ...local]

  const { stdout, stderr, seconds } = await runIn(
    sandbox,
    `python3 -c '${PROBE}' ${targets.map(target => `'${target}'`).join(' ')}`,
    user,
  )

  // Loopback answers an echo itself; nobody listens there.
  expect(stdout.replaceAll(/^through: icmp 127\..*\n/gm, '')).toBe('done\n')
  expect(stderr).toBe('')
  expect(seconds).toBeLessThan(5)
})

test('only loopback is there, and no name of a server', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { stdout } = await runIn(
    sandbox,
    'ls /sys/class/net; cat /proc/net/route | wc -l; grep -v "^options" /etc/resolv.conf; getent hosts example.com || echo unknown',
  )

  expect(stdout).toBe('lo\n1\nnameserver 127.0.0.1\nunknown\n')
})

test('no socket of this machine is reached by an abstract name', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { stdout } = await runIn(sandbox, connect([`chr(0) + "${ABSTRACT}"`]))

  expect(stdout).toBe('ConnectionRefusedError\n')
})

test.each([
  { whose: 'the tests of the same slot', other: () => bank.bench.slot, purpose: 'verify' as const },
  { whose: 'the agent of another slot', other: openSlot, purpose: 'agent' as const },
])('a server of an agent is not reached by $whose', async ({ other, purpose }) => {
  const slot = await other()
  const prepared = await bank.bench.prepare()
  await using first = await bank.bench.slot.take(prepared, 'agent')
  await using second = await slot.take(prepared, purpose)
  const serving = serve(first)
  await serving.up

  const { stdout } = await runIn(second, connect(['("127.0.0.1", 7000)', 'chr(0) + "daemon"']))

  expect(stdout).toBe('ConnectionRefusedError\nConnectionRefusedError\n')
  await first[Symbol.asyncDispose]()
  await serving.ended
  if (slot !== bank.bench.slot) await slot[Symbol.asyncDispose]()
})

test('the server itself is one that would answer', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { stdout } = await runIn(
    sandbox,
    `python3 -c '${SERVER}' > /tmp/up & until grep -q up /tmp/up; do sleep 0.05; done\n${connect(['("127.0.0.1", 7000)', 'chr(0) + "daemon"'])}`,
  )

  expect(stdout).toBe("b'hello'\nb'hello'\n")
})

test('a server of one agent is dead before the next agent of the slot begins', async () => {
  const prepared = await bank.bench.prepare()
  await using next = await bank.bench.slot.take(prepared, 'agent')
  await using first = await bank.bench.slot.take(prepared, 'agent')
  await runIn(
    first,
    `(setsid python3 -c '${SERVER}' &) > /tmp/up; until grep -q up /tmp/up; do sleep 0.05; done`,
  )

  const { stdout } = await runIn(next, connect(['("127.0.0.1", 7000)', 'chr(0) + "daemon"']))

  expect(stdout).toBe('ConnectionRefusedError\nConnectionRefusedError\n')
})

test('the connections of tests leave no trace that the next agent sees', async () => {
  const prepared = await bank.bench.prepare()
  await using tests = await bank.bench.slot.take(prepared, 'verify')
  await using agent = await bank.bench.slot.take(prepared, 'agent')
  const connections = `python3 -c '
import socket
server = socket.create_server(("127.0.0.1", 7000))
for port in (40001, 41234, 42345):
    one = socket.socket(); one.bind(("127.3.2.1", port)); one.connect(("127.0.0.1", 7000)); other = server.accept()[0]
    one.close(); other.close()'`
  const look = 'tail -n +2 /proc/net/tcp | wc -l; grep -E "^(Tcp|Udp|Icmp):" /proc/net/snmp'
  const before = await runIn(agent, look)

  const own = await runIn(tests, `${connections}; ${look}`)

  const after = await runIn(agent, look)
  expect(own.stdout).toMatch(/^[1-9]/)
  expect(after.stdout).toBe(before.stdout)
})

test.each(['patch', 'snapshot'] as const)(
  'root leaves nothing in the files that name hosts: %s mode',
  async mode => {
    const prepared = await bank.bench.prepare({ mode })
    const files = '/etc/hosts /etc/hostname /etc/resolv.conf'
    {
      await using first = await bank.bench.slot.take(prepared)
      await runIn(first, `for file in ${files}; do echo "127.0.0.1 planted" >> $file; done`, ROOT)
    }

    await using next = await bank.bench.slot.take(prepared)
    const { stdout } = await runIn(next, `cat ${files}`)

    expect(stdout).toContain('127.0.0.1\tlocalhost')
    expect(stdout).not.toContain('planted')
  },
)

const SERVER = `
import selectors, socket
one = socket.create_server(("127.0.0.1", 7000))
two = socket.socket(socket.AF_UNIX); two.bind(chr(0) + "daemon"); two.listen()
look = selectors.DefaultSelector()
for server in (one, two): look.register(server, selectors.EVENT_READ)
print("up", flush=True)
while True:
    for key, _ in look.select(): key.fileobj.accept()[0].send(b"hello")`

function serve(sandbox: Sandbox): { up: Promise<void>; ended: Promise<unknown> } {
  let heard = (): void => {}
  const up = new Promise<void>(resolve => {
    heard = resolve
  })
  const ended = runIn(sandbox, `exec python3 -c '${SERVER}'`, { onOutput: () => heard() })
  return { up, ended }
}

/** A script that connects to each address, given as Python, and prints what it hears or the error. */
function connect(addresses: readonly string[]): string {
  return `python3 -c '
import socket
for address in (${addresses.join(', ')},):
    one = socket.socket(socket.AF_UNIX if isinstance(address, str) else socket.AF_INET)
    try:
        one.connect(address)
        print(one.recv(9))
    except OSError as error: print(type(error).__name__)'`
}

async function openSlot(): Promise<Slot> {
  const { engine, runtimeVolume, run } = bank.bench
  const slot = new Slot({ engine, runtimeVolume, run })
  await slot.hold()
  return slot
}
