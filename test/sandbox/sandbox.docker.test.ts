import fs from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import Docker from 'dockerode'
import { expect, test } from 'vitest'
import { joinFiles, splitFiles } from '../../sandbox/archive.ts'
import type { Changes } from '../../sandbox/sandbox.ts'
import { hostile, runIn, useBench } from '../support/surroundings.ts'
import type { TaskDraft } from '../support/task.ts'

const bank = useBench()
const AGENT = { uid: 1000, gid: 1000 }
const CAPS = { maxBytes: 2 ** 20, maxEntries: 1000 }

test('what is put into a sandbox is read back as it was', async () => {
  await using sandbox = await bank.bench.sandbox()
  const content = Buffer.from([0, 255, 10, 13, 0])
  await sandbox.put('/tests', joinFiles([{ path: 'deep/down/file', mode: 0o755, content }]), AGENT)

  const read = await sandbox.read(['/tests/deep', '/tests/nothing'], CAPS)

  expect(read.entries.map(({ path, kind, mode }) => ({ path, kind, mode }))).toEqual([
    { path: 'tests/deep', kind: 'directory', mode: 0o755 },
    { path: 'tests/deep/down', kind: 'directory', mode: 0o755 },
    { path: 'tests/deep/down/file', kind: 'file', mode: 0o755 },
  ])
  expect(Buffer.from(read.body)).toEqual(content)
})

test('a put does not follow a symbolic link', async () => {
  await using sandbox = await bank.bench.sandbox()
  await runIn(sandbox, 'ln -s /tmp out; ln -s /tmp/target file')

  const through = sandbox.put(
    '/app',
    joinFiles([{ path: 'out/evil', mode: 0o644, content: Buffer.from('x') }]),
    AGENT,
  )

  await expect(through).rejects.toThrowErrorMatchingInlineSnapshot(
    `[SandboxError: Cannot carry out "put" in a sandbox: Cannot write "out/evil": "out" is not a folder]`,
  )
  await sandbox.put('/app', joinFiles([{ path: 'file', mode: 0o644, content: Buffer.from('y') }]), AGENT, [
    'out/x',
  ])
  expect((await runIn(sandbox, 'ls -A /tmp; cat file')).stdout).toBe('y')
})

test('folders nested deeper than a path may be long do not stop a read', async () => {
  await using sandbox = await bank.bench.sandbox()
  await runIn(
    sandbox,
    'cd /tmp; d=$(printf "d%.0s" {1..250}); for i in {1..20}; do mkdir $d; cd $d; done; touch x',
  )

  const read = await sandbox.read(['/tmp'], CAPS)

  expect(read.truncated).toBe(true)
})

interface ChangeCase {
  readonly what: string
  readonly script: string
  readonly changed?: readonly string[]
  readonly removed?: readonly string[]
}

test.each<ChangeCase>([
  { what: 'nothing', script: 'cat sums.py' },
  { what: 'a new file', script: 'echo x > new.txt', changed: ['new.txt file x'] },
  { what: 'an edit', script: 'echo x > README.md', changed: ['README.md file x'] },
  {
    what: 'an edit of the same size with the old time set back',
    script: `touch -r README.md /tmp/t; printf '# Mums\\n' > README.md; touch -r /tmp/t README.md`,
    changed: ['README.md file # Mums'],
  },
  {
    what: 'an edit through a memory map',
    script: `python3 -c 'import mmap\nwith open("README.md", "r+b") as f: mmap.mmap(f.fileno(), 0)[2:3] = b"M"'`,
    changed: ['README.md file # Mums'],
  },
  {
    what: 'a file replaced by a hard link',
    script: 'echo x > /app/new; ln -f new README.md; rm new',
    changed: ['README.md file x'],
  },
  { what: 'a deleted file', script: 'rm README.md', removed: ['README.md'] },
  { what: 'a deleted folder', script: 'rm -r lib', removed: ['lib', 'lib/one.py', 'lib/two.py'] },
  {
    what: 'a renamed folder',
    script: 'mv lib library',
    changed: ['library directory ', 'library/one.py file 1', 'library/two.py file 2'],
    removed: ['lib', 'lib/one.py', 'lib/two.py'],
  },
  { what: 'an executable bit', script: 'chmod +x README.md', changed: ['README.md file # Sums'] },
  { what: 'a symbolic link', script: 'ln -s /etc/passwd link', changed: ['link symlink  -> /etc/passwd'] },
  {
    what: 'a file turned into a link',
    script: 'ln -sf /etc/shadow README.md',
    changed: ['README.md symlink  -> /etc/shadow'],
  },
  {
    what: 'a folder turned into a link',
    script: 'rm -r lib; ln -s /tmp lib',
    changed: ['lib symlink  -> /tmp'],
    removed: ['lib/one.py', 'lib/two.py'],
  },
  { what: 'a name that is not UTF-8', script: "echo x > $'\\xff'", changed: ['\ufffd other '] },
  { what: 'a pipe', script: 'mkfifo pipe', changed: ['pipe other '] },
  {
    what: 'a socket',
    script: `python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("s")'`,
    changed: ['s other '],
  },
  { what: 'a file nobody may read', script: 'echo x > secret; chmod 0 secret', changed: ['secret file x'] },
  {
    what: 'a folder nobody may enter',
    script: 'mkdir closed; echo x > closed/in; chmod 0 closed',
    changed: ['closed directory ', 'closed/in file x'],
  },
  {
    what: 'nothing of the git folder',
    script: 'echo evil > .git/config; git init -q nested; rm -rf nested/.git/*',
    changed: ['nested directory '],
  },
])('the changes show $what', async ({ script, changed = [], removed = [] }) => {
  await using sandbox = await bank.bench.sandbox({
    repository: { 'sums.py': '', 'README.md': '# Sums\n', 'lib/one.py': '1', 'lib/two.py': '2' },
  })
  // What was put less than a clock tick before the first program counts as changed, to be on the safe side.
  await sleep(50)
  const ran = await runIn(sandbox, script)

  const changes = await sandbox.changes('/app', CAPS)

  expect(ran).toMatchObject({ ending: { kind: 'exited', code: 0 }, stderr: '' })
  expect(listChanges(changes)).toEqual(changed)
  expect(changes.removed.toSorted()).toEqual(removed)
  expect(changes.truncated).toBe(false)
})

test.each([
  { what: 'bytes', script: 'head -c 2000000 /dev/zero > big' },
  { what: 'bytes of a file with a hole', script: 'truncate -s 60M big' },
  { what: 'files', script: 'for i in {1..1100}; do echo > $i; done' },
  {
    what: 'folders in each other',
    script: 'd=$(printf "d%.0s" {1..250}); for i in {1..20}; do mkdir $d; cd $d; done; touch x',
  },
])('too many $what are not all read, and it says so', async ({ script }) => {
  await using sandbox = await bank.bench.sandbox()
  await runIn(sandbox, script)

  const changes = await sandbox.changes('/app', CAPS)

  expect(changes.truncated).toBe(true)
  expect(changes.body.length).toBeLessThanOrEqual(CAPS.maxBytes)
  expect(changes.entries.length).toBeLessThanOrEqual(CAPS.maxEntries)
})

test.each([
  { what: 'a background process', script: 'sleep 99 &' },
  { what: 'a daemon in its own session', script: 'setsid sleep 99 < /dev/null > /dev/null 2>&1 &' },
  { what: 'a process that ignores signals', script: `(trap '' TERM INT HUP; while :; do sleep 1; done) &` },
  { what: 'a double fork', script: '(setsid bash -c "sleep 99 & disown" &)' },
  { what: 'a stopped process', script: 'sleep 99 & kill -STOP $!' },
  { what: 'many processes', script: 'for i in {1..40}; do sleep 99 & done' },
])('$what does not survive a run', async ({ script }) => {
  await using sandbox = await bank.bench.sandbox()

  const { ending, seconds } = await runIn(sandbox, script)

  expect(ending).toEqual({ kind: 'exited', code: 0 })
  expect(seconds).toBeLessThan(5)
  expect(
    (await runIn(sandbox, 'pgrep -a -u 1000 | grep -v "<defunct>"; true', { uid: 0, gid: 0 })).stdout,
  ).toBe('')
})

test('a fork bomb is ended with its run, and the sandbox goes on', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { ending, seconds } = await runIn(sandbox, 'f() { f | f & }; f; sleep 30', { seconds: 2 })

  expect(ending).toEqual({ kind: 'timed-out' })
  expect(seconds).toBeLessThan(8)
  expect((await runIn(sandbox, 'echo well')).stdout).toBe('well\n')
})

test('a deadline months away ends nothing early', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { ending } = await runIn(sandbox, 'sleep 0.2', { seconds: 1e7 })

  expect(ending).toEqual({ kind: 'exited', code: 0 })
})

test.each([
  { what: 'sleeps', script: 'sleep 99' },
  { what: 'computes', script: 'while :; do :; done' },
  { what: 'ignores every signal it can', script: `trap '' TERM INT HUP QUIT; while :; do sleep 1; done` },
  { what: 'has closed its streams', script: 'exec 0<&- 1>&- 2>&- 3>&-; sleep 99' },
])('a program that $what is ended at its deadline', async ({ script }) => {
  await using sandbox = await bank.bench.sandbox()

  const { ending, seconds } = await runIn(sandbox, script, { seconds: 0.5 })

  expect(ending).toEqual({ kind: 'timed-out' })
  expect(seconds).toBeLessThan(1.5)
  expect((await runIn(sandbox, 'echo well')).stdout).toBe('well\n')
})

test('a program that floods is ended, and what came is within the limit', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { ending, stdout } = await runIn(sandbox, 'yes', { maxOutputBytes: 2 ** 20 })

  expect(ending).toEqual({ kind: 'flooded' })
  expect(stdout.length).toBeLessThanOrEqual(2 ** 20)
})

test.each([
  { script: 'exit 7', ending: { kind: 'exited', code: 7 } },
  { script: 'kill -9 $$', ending: { kind: 'signalled', signal: 'SIGKILL' } },
  { script: 'kill -SEGV $$', ending: { kind: 'signalled', signal: 'SIGSEGV' } },
])('`$script` ends as it says', async ({ script, ending }) => {
  await using sandbox = await bank.bench.sandbox()

  expect((await runIn(sandbox, script)).ending).toEqual(ending)
})

test('input reaches a program whole, and one that does not read it does no harm', async () => {
  await using sandbox = await bank.bench.sandbox()
  const stdin = Buffer.alloc(3_000_000, 'x')

  const read = await runIn(sandbox, 'wc -c', { stdin })
  const unread = await runIn(sandbox, 'exec <&-; exit 0', { stdin })

  expect(read.stdout).toBe('3000000\n')
  expect(unread.ending).toEqual({ kind: 'exited', code: 0 })
})

test('our Node compiles nothing beside a program, or the program might never end', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { stdout } = await runIn(sandbox, '/opt/arete/bin/node -p "process.execArgv.join()"')

  expect(stdout).toBe('--no-concurrent-recompilation,--no-concurrent-sparkplug,-p,process.execArgv.join()\n')
})

test('a program runs as the agent, without any privilege', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { stdout } = await runIn(
    sandbox,
    'id -u; id -g; id -G; grep -E "^(CapInh|CapPrm|CapEff|CapAmb|NoNewPrivs|Groups)" /proc/self/status',
  )

  expect(stdout.replaceAll(/[\t ]+/g, ' ')).toMatchInlineSnapshot(`
    "1000
    1000
    1000
    Groups: 
    CapInh: 0000000000000000
    CapPrm: 0000000000000000
    CapEff: 0000000000000000
    CapAmb: 0000000000000000
    NoNewPrivs: 1
    "
  `)
})

test.each([
  { what: 'su', script: 'echo | su -c true root' },
  {
    what: 'a set-user-id copy of a shell',
    script: 'cp /bin/bash /tmp/b && chmod 4755 /tmp/b && /tmp/b -p -c "test $(id -u) = 0"',
  },
  { what: 'mounting', script: 'mount -t tmpfs none /tmp' },
  { what: 'a namespace of its own with root in it', script: 'unshare -Urm mount -t tmpfs none /mnt' },
  { what: 'another host name', script: 'hostname other' },
  { what: 'a device', script: 'mknod /tmp/sda b 8 0' },
  { what: 'the kernel log', script: 'dmesg' },
  { what: 'kernel settings', script: 'echo 1 > /proc/sys/kernel/sysrq' },
  { what: 'the trigger of the kernel', script: 'echo b > /proc/sysrq-trigger' },
  { what: 'the root folder', script: 'touch /evil' },
  { what: 'the programs', script: 'touch /usr/bin/evil' },
  { what: 'the hidden tests', script: 'touch /tests/evil' },
  { what: 'our runtime', script: 'touch /opt/arete/evil' },
  {
    what: 'the control groups',
    script: 'find /sys/fs/cgroup -writable | grep -q . && mkdir /sys/fs/cgroup/memory/evil',
  },
])('the agent does not get at $what', async ({ script }) => {
  await using sandbox = await bank.bench.sandbox()

  const { ending } = await runIn(sandbox, script)

  expect(ending).not.toEqual({ kind: 'exited', code: 0 })
  expect(ending.kind).toBe('exited')
})

test('root itself cannot write to the image or to our runtime', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { stdout } = await runIn(
    sandbox,
    'for f in / /usr /etc /opt/arete; do touch $f/evil 2> /dev/null && echo $f; done',
    { uid: 0, gid: 0 },
  )

  expect(stdout).toBe('')
})

test('nothing of the host is mounted', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { stdout } = await runIn(
    sandbox,
    `awk '{ print $5 }' /proc/self/mountinfo | sort -u | grep -vE '^/(proc|sys|dev)(/|$)|/docker-init$'`,
  )

  expect(stdout.trim().split('\n')).toMatchInlineSnapshot(`
    [
      "/",
      "/app",
      "/etc/hostname",
      "/etc/hosts",
      "/etc/resolv.conf",
      "/home/agent",
      "/installed-agent",
      "/logs",
      "/opt/arete",
      "/run",
      "/sandbox",
      "/solution",
      "/tests",
      "/tmp",
      "/var/tmp",
    ]
  `)
  expect(
    (
      await runIn(
        sandbox,
        'ls /var/run/docker.sock /run/docker.sock /run/podman 2> /dev/null; find / -xdev -name "*.sock" 2> /dev/null',
      )
    ).stdout,
  ).toBe('')
})

test('the machine tells nothing of where it is', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { stdout } = await runIn(sandbox, 'uname -n; cat /etc/hostname; env | cut -d= -f1 | sort')

  expect(stdout).toMatchInlineSnapshot(`
    "arete
    arete
    HOME
    PATH
    PWD
    SHLVL
    _
    "
  `)
})

test('the resident cannot be signalled, traced or read by the agent', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { stdout } = await runIn(sandbox, fs.readFileSync(hostile('touch-resident.sh'), 'utf8'))

  expect(stdout).toMatchInlineSnapshot(`
    "seen docker-init
    seen MainThread
    "
  `)
  expect((await runIn(sandbox, 'echo well')).stdout).toBe('well\n')
})

test('what the agent writes to its descriptors never reaches us as a frame', async () => {
  await using sandbox = await bank.bench.sandbox()

  const { ending, stdout } = await runIn(
    sandbox,
    `printf '\\0\\0\\0\\20\\0\\0\\0\\0{"kind":"ready"}' | tee /dev/stderr >&3; for fd in /proc/self/fd/*; do readlink $fd; done | grep -vE 'pipe|socket|null|/proc'`,
  )

  expect(ending.kind).toBe('exited')
  expect(stdout).toBe('')
})

const LIMITS: TaskDraft = { storageMegabytes: 16, pids: 32, memoryMegabytes: 64 }

test.each([
  {
    what: 'processes',
    script: 'for i in {1..200}; do sleep 5 & done',
    says: /Resource temporarily unavailable/,
  },
  {
    what: 'bytes in the repository',
    script: 'head -c 10M /dev/zero > a; head -c 10M /dev/zero > b',
    says: /No space left/,
  },
  {
    what: 'bytes in /tmp',
    script: 'head -c 10M /dev/zero > /tmp/a; head -c 10M /dev/zero > /tmp/b',
    says: /No space left/,
  },
  {
    what: 'bytes in one file',
    script: 'head -c 20M /dev/zero > /dev/shm/a',
    says: /File size limit|File too large|No space/,
  },
  {
    what: 'files',
    script: `python3 -c 'for i in range(20000): open(f"/tmp/{i}", "w").close()'`,
    says: /No space left/,
  },
  {
    what: 'open files',
    script: `python3 -c 'held = [open("/dev/null") for i in range(5000)]'`,
    says: /Too many open files/,
  },
  { what: 'bytes of core', script: 'ulimit -c >&2; ulimit -c unlimited', says: /^0\n.*cannot modify limit/s },
])('there are only so many $what', async ({ script, says }) => {
  await using sandbox = await bank.bench.sandbox(LIMITS)

  const { stderr } = await runIn(sandbox, script)

  expect(stderr).toMatch(says)
  expect((await runIn(sandbox, 'echo well')).stdout).toBe('well\n')
})

test('there is only so much memory, and who takes more is ended, not the sandbox', async () => {
  await using sandbox = await bank.bench.sandbox(LIMITS)

  const { ending } = await runIn(sandbox, `python3 -c 'x = b"x" * 400_000_000'`)

  expect(ending).not.toEqual({ kind: 'exited', code: 0 })
  expect((await runIn(sandbox, 'echo well')).stdout).toBe('well\n')
  expect(await sandbox.ranOutOfMemory()).toBe(true)
})

test('memory that was enough is not called too little', async () => {
  await using sandbox = await bank.bench.sandbox(LIMITS)
  await runIn(sandbox, 'true')

  expect(await sandbox.ranOutOfMemory()).toBe(false)
})

test('a sandbox that has ended answers with an error at once', async () => {
  const sandbox = await bank.bench.sandbox()
  await sandbox[Symbol.asyncDispose]()

  await expect(sandbox.changes('/app', CAPS)).rejects.toThrowErrorMatchingInlineSnapshot(
    `[SandboxError: Cannot carry out "changes" in a sandbox: it has ended]`,
  )
  expect((await runIn(sandbox, 'true')).ending).toEqual({ kind: 'lost' })
})

test('of a sandbox that was taken away the error says how its container ended', async () => {
  await using sandbox = await bank.bench.sandbox()
  await new Docker().getContainer(sandbox.id).kill()

  await expect(sandbox.changes('/app', CAPS)).rejects.toMatchObject({
    code: 'sandbox-lost',
    container: { exitCode: 137, outOfMemory: false },
  })
})

test('a snapshot has what was done, but runs nothing of it', async () => {
  await using sandbox = await bank.bench.sandbox({ mode: 'snapshot' })
  await runIn(sandbox, 'echo done > /home/agent/note; (while :; do date > /home/agent/late; done) &')
  const tag = `arete/snapshot:${bank.bench.run}`

  await sandbox.freeze(tag, { 'arete.test': bank.bench.run })

  try {
    await using next = await bank.bench.slot.takeSnapshot(await bank.bench.prepare({ mode: 'snapshot' }), tag)
    expect(
      (await runIn(next, 'cat /home/agent/note; pgrep -a -u 1000; true', { uid: 0, gid: 0 })).stdout,
    ).toBe('done\n')
  } finally {
    await bank.bench.engine.removeImage(tag)
  }
})

function listChanges(changes: Changes): string[] {
  return [...splitFiles(changes)]
    .map(
      ({ entry, content }) =>
        `${entry.path} ${entry.kind} ${Buffer.from(content).toString().trim()}${entry.target === undefined ? '' : ` -> ${entry.target}`}`,
    )
    .toSorted()
}
