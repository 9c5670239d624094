import fs from 'node:fs'
import { expect, test } from 'vitest'
import { hostile, runIn, useBench } from '../support/surroundings.ts'
import type { TaskDraft } from '../support/task.ts'

const bank = useBench()
const ROOT = { uid: 0, gid: 0 }
const AGENT = { uid: 1000, gid: 1000 }
const USERS = [
  { who: 'the agent', user: AGENT },
  { who: 'root', user: ROOT },
]
const MODES: readonly TaskDraft[] = [{ mode: 'patch' }, { mode: 'snapshot' }]

test.each(MODES)('root itself has six capabilities and cannot get more: $mode mode', async draft => {
  await using sandbox = await bank.bench.sandbox(draft)

  const { stdout } = await runIn(
    sandbox,
    'grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status | tr "\\t" " "',
    ROOT,
  )

  // CHOWN, DAC_OVERRIDE, FOWNER, KILL, SETGID, SETUID.
  expect(stdout).toMatchInlineSnapshot(`
    "CapInh: 0000000000000000
    CapPrm: 00000000000000eb
    CapEff: 00000000000000eb
    CapBnd: 00000000000000eb
    CapAmb: 0000000000000000
    NoNewPrivs: 1
    Seccomp: 2
    "
  `)
})

test.each([
  { what: 'nobody, in an image with a user 1000', draft: { user: '' }, is: '1000:1000 /home/agent' },
  {
    what: 'nobody, in an image without one',
    draft: { user: '', dockerfile: ['RUN userdel agent'] },
    is: '1000:1000 /tmp',
  },
  { what: 'root', draft: { user: 'root' }, is: '0:0 /root' },
  {
    what: 'nobody, in snapshot mode',
    draft: { user: '', mode: 'snapshot' as const },
    is: '0:0 /root',
  },
])('a task that names $what runs as $is, and is solved', async ({ draft, is }) => {
  const agent = await bank.bench.agent(
    'agent.sh',
    `#!/bin/sh\necho "$(id -u):$(id -g) $HOME"; touch "$HOME/x" && sed -i 's/a - b/a + b/' sums.py\n`,
  )

  const { verdict, agent: outcome } = await bank.bench.attempt(agent, draft)

  expect(outcome.log.toString()).toBe(`${is}\n`)
  expect(verdict.verdict).toBe('solved')
})

test('a set-user-id program of the image gives nothing', async () => {
  const dockerfile = ['RUN cp /usr/bin/id /usr/bin/rootid && chmod 4755 /usr/bin/rootid']
  await using sandbox = await bank.bench.sandbox({ dockerfile })

  const { stdout } = await runIn(sandbox, 'stat -c %A%u /usr/bin/rootid; rootid -u; rootid -g')

  expect(stdout).toBe('-rwsr-xr-x0\n1000\n1000\n')
})

test.each(USERS)('no system call beyond the list is allowed to $who', async ({ user }) => {
  await using sandbox = await bank.bench.sandbox({ mode: 'snapshot' })

  const { ending, stdout } = await runIn(
    sandbox,
    `python3 - <<'END'\n${fs.readFileSync(hostile('syscalls.py'), 'utf8')}\nEND`,
    user,
  )

  expect({ ending, stdout }).toEqual({ ending: { kind: 'exited', code: 0 }, stdout: '' })
})

test.each(USERS)('$who gets sockets of four families, and netlink only for addresses', async ({ user }) => {
  await using sandbox = await bank.bench.sandbox()
  const script = `
import errno, socket
made = []
for family in range(50):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_RAW, socket.SOCK_SEQPACKET):
        for protocol in range(25) if family == socket.AF_NETLINK else (0,):
            try:
                socket.socket(family, kind, protocol).close()
                made.append((family, protocol))
            except OSError as error:
                if family in (1, 2, 10, 16): continue
                assert error.errno == errno.EPERM, (family, kind, error)
print(sorted(set(made)))`

  const { stdout, stderr } = await runIn(sandbox, `python3 -c '${script}'`, user)

  expect(stderr).toBe('')
  expect(stdout).toBe('[(1, 0), (2, 0), (10, 0), (16, 0)]\n')
})

test('calls by the numbers of another architecture end the program', async () => {
  await using sandbox = await bank.bench.sandbox()

  // getpid() as the x32 programs call it; arm64 has no such numbers.
  const { stdout } = await runIn(
    sandbox,
    `python3 -c 'import ctypes; print(ctypes.CDLL(None, use_errno=True).syscall(0x40000027))'; echo $? $(uname -m)`,
  )

  expect(stdout).toMatch(/^(159 x86_64|-1\n0 aarch64)\n$/)
})

test('what honest programs need is there', async () => {
  await using sandbox = await bank.bench.sandbox()
  const script = `
set -e
python3 - <<'END'
import asyncio, ctypes, mmap, multiprocessing, os, select, signal, socket, subprocess, threading, time
multiprocessing.set_start_method("fork")
with multiprocessing.Pool(2) as pool: assert pool.map(abs, [-1, -2]) == [1, 2]
lock = multiprocessing.Lock(); lock.acquire(); lock.release()
a, b = socket.socketpair(); a.send(b"x"); assert b.recv(1) == b"x"
server = socket.create_server(("127.0.0.1", 0))
socket.create_connection(server.getsockname()).close()
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); udp.bind(("127.0.0.1", 0))
assert socket.getaddrinfo("localhost", 80) and socket.if_nameindex()
low = socket.create_server(("127.0.0.1", 80))
abstract = socket.socket(socket.AF_UNIX); abstract.bind(chr(0) + "name")
async def sub(): await (await asyncio.create_subprocess_shell("true")).wait()
asyncio.run(sub())
subprocess.run(["true"], preexec_fn=os.setsid, check=True)
os.memfd_create("x"); os.mkfifo("/tmp/fifo"); os.nice(5); os.sched_setaffinity(0, os.sched_getaffinity(0))
memory = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
child = subprocess.Popen(["sleep", "9"])
libc = ctypes.CDLL(None, use_errno=True)
assert libc.ptrace(16, child.pid, 0, 0) == 0, "ptrace of a child"
child.kill()
print("python")
END
node - <<'END'
const { Worker } = require('node:worker_threads')
new Worker("require('node:fs').watch('/tmp').close(); console.log('node')", { eval: true })
END
git init -q /tmp/repository && git -C /tmp/repository status --short && git --version | cut -d' ' -f1`

  const { stdout, stderr } = await runIn(sandbox, script)

  expect({ stdout, stderr }).toEqual({ stdout: 'python\nnode\ngit\n', stderr: '' })
})

test.each(USERS)('the kernel tells $who nothing of the machine or of its own memory', async ({ user }) => {
  await using sandbox = await bank.bench.sandbox({ mode: 'snapshot' })
  const script = `
for name in cmdline config.gz interrupts iomem ioports kallsyms kcore key-users keys kpagecount kpageflags latency_stats \\
  modules pagetypeinfo sched_debug schedstat slabinfo softirqs timer_list vmallocinfo; do
  head -c 1 /proc/$name 2> /dev/null | wc -c | sed "s/^1/$name/;s/^0//"
done | grep .
for folder in /proc/acpi /proc/asound /proc/scsi /sys/firmware /sys/kernel /sys/module /sys/devices/virtual/powercap; do
  ls -A $folder 2> /dev/null
done
true`

  expect((await runIn(sandbox, script, user)).stdout).toBe('')
})

test.each([...MODES])('root cannot change the kernel, the engine or the clock: $mode mode', async draft => {
  await using sandbox = await bank.bench.sandbox(draft)
  const script = `
try() { "$@" > /dev/null 2>&1 && echo "$*"; }
for file in $(find /proc/sys /proc/irq /proc/fs /proc/bus /sys -type f -perm -u+w 2> /dev/null | head -2000); do
  (: >> $file) 2> /dev/null && echo $file
done
try sh -c 'echo b > /proc/sysrq-trigger'
try date -s 2001-01-01
try hostname other
try dmesg
try mount -t tmpfs none /mnt
try mount -o remount,rw /proc/sys
try umount /proc/keys
try mknod /tmp/disk b 254 0
try mknod /tmp/memory c 1 1
try chroot / true
try unshare -m true
try nsenter -t 1 -n true
try chrt -f 1 true
try python3 -c 'import os; os.nice(-1)'
try ionice -c 1 true
true`

  const { stdout, stderr } = await runIn(sandbox, script, ROOT)

  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' })
})

test('there are no devices but the harmless ones', async () => {
  await using sandbox = await bank.bench.sandbox({ mode: 'snapshot' })

  const { stdout } = await runIn(
    sandbox,
    `find / -xdev \\( -type b -o -type c \\) -not -path '/dev/*' 2> /dev/null; stat -c '%F %n' /dev/* /dev/*/* | sed -n 's/.* special file //p' | sort`,
    ROOT,
  )

  expect(stdout).toMatchInlineSnapshot(`
    "/dev/full
    /dev/null
    /dev/pts/ptmx
    /dev/random
    /dev/tty
    /dev/urandom
    /dev/zero
    "
  `)
})

// A snapshot's container has a network of its own, and with it files of its own that name hosts.
test.each([
  { draft: { mode: 'patch' as const }, names: 'ro' },
  { draft: { mode: 'snapshot' as const }, names: 'rw' },
])(
  'nothing of the disk of the host can be written, but files of its own: $draft.mode mode',
  async ({ draft, names }) => {
    await using sandbox = await bank.bench.sandbox(draft)

    // Fields of a line: … root, mount point, options, …, -, type, …
    const { stdout } = await runIn(
      sandbox,
      `awk '{ for (i = 7; $i != "-"; i++); print $(i + 1), $5, substr($6, 1, 2) }' /proc/self/mountinfo | grep -vE '^(proc|sysfs|tmpfs|devpts|devtmpfs|mqueue|overlay|cgroup2?) ' | sort`,
    )

    expect(stdout.split('\n').map(line => line.replace(/^\w+ /, ''))).toEqual([
      `/etc/hostname ${names}`,
      `/etc/hosts ${names}`,
      `/etc/resolv.conf ${names}`,
      '/opt/arete ro',
      '/usr/sbin/docker-init ro',
      '',
    ])
  },
)

const SMALL: TaskDraft = { storageMegabytes: 16, pids: 32, memoryMegabytes: 64, cpus: 0.5 }

test.each([
  {
    what: 'bytes in /dev/shm',
    script: 'head -c 10M /dev/zero > /dev/shm/a; head -c 10M /dev/zero > /dev/shm/b',
    says: /No space left/,
  },
  {
    what: 'files in /dev/shm',
    script: `python3 -c 'for i in range(20000): open(f"/dev/shm/{i}", "w").close()'`,
    says: /No space left/,
  },
  {
    what: 'bytes of locked memory',
    script: `python3 -c 'import ctypes, mmap, os; m = mmap.mmap(-1, 2**20); c = ctypes.CDLL(None, use_errno=True); a = ctypes.addressof(ctypes.c_char.from_buffer(m)); r = c.mlock(ctypes.c_void_p(a), 2**20); os.write(2, os.strerror(ctypes.get_errno()).encode())'`,
    says: /Cannot allocate memory/,
  },
  {
    what: 'threads',
    script: `python3 -c 'import threading, time
for i in range(200): threading.Thread(target=time.sleep, args=(3,), daemon=True).start()'`,
    says: /can't start new thread/,
  },
  {
    what: 'zombies',
    script: `python3 -c 'import os
for i in range(200):
    if os.fork() == 0: os._exit(0)'`,
    says: /Resource temporarily unavailable/,
  },
])('there are only so many $what', async ({ script, says }) => {
  await using sandbox = await bank.bench.sandbox(SMALL)

  const { stderr } = await runIn(sandbox, script)

  expect(stderr).toMatch(says)
  expect((await runIn(sandbox, 'echo well')).stdout).toBe('well\n')
})

test.each([
  { what: 'the agent', user: 'agent', folder: '/home/agent' },
  { what: 'root', user: 'root', folder: '/opt' },
])('the image takes only so many bytes in many files of $what', async ({ user, folder }) => {
  const agent = await bank.bench.agent(
    'agent.sh',
    `#!/bin/bash\nfor i in {1..8}; do head -c 10M /dev/zero > ${folder}/$i; done; sleep 30\n`,
  )

  const { verdict } = await bank.bench.attempt(agent, { ...SMALL, mode: 'snapshot', user })

  expect(verdict).toMatchObject({
    reason: 'agent-crashed',
    fault: 'agent',
    detail: expect.stringContaining('SIGXFSZ'),
  })
})

test('the image takes what a task may write', async () => {
  await using sandbox = await bank.bench.sandbox({ ...SMALL, mode: 'snapshot' })

  const { ending } = await runIn(sandbox, 'head -c 12M /dev/urandom > /home/agent/x; sleep 1.5')

  expect(ending).toEqual({ kind: 'exited', code: 0 })
})

test('nothing in /dev/shm can be run', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { stderr } = await runIn(sandbox, 'cp /bin/true /dev/shm/t; /dev/shm/t')

  expect(stderr).toContain('Permission denied')
})

test('there is no swap beyond the memory', async () => {
  await using sandbox = await bank.bench.sandbox(SMALL)
  const script = `cd /sys/fs/cgroup
cat memory/memory.memsw.limit_in_bytes 2> /dev/null || cat memory.swap.max
cat memory/memory.limit_in_bytes 2> /dev/null || echo 0`

  const { stdout } = await runIn(sandbox, script)

  const [swap, memory] = stdout.trim().split('\n')
  expect(swap).toBe(memory)
})

test('there is only so much processor time, however many processes want it', async () => {
  await using sandbox = await bank.bench.sandbox(SMALL)
  const script = `import os, time
end = time.monotonic() + 2
pids = []
for i in range(4):
    pid = os.fork()
    if pid == 0:
        while time.monotonic() < end: pass
        os._exit(0)
    pids.append(pid)
for pid in pids: os.waitpid(pid, 0)
print(os.times().children_user + os.times().children_system)`

  const { stdout } = await runIn(sandbox, `python3 -c '${script}'`)

  expect(Number(stdout)).toBeLessThan(1.4)
})

test('no zombie outlives a run', async () => {
  await using sandbox = await bank.bench.sandbox()
  const script = `python3 -c 'import os, time
for i in range(20):
    if os.fork() == 0: os._exit(0)
if os.fork() == 0: time.sleep(9)'`
  await runIn(sandbox, script)

  const { stdout } = await runIn(sandbox, 'sleep 0.1; grep -l "^State:.Z" /proc/[0-9]*/status; true', ROOT)

  expect(stdout).toBe('')
})
