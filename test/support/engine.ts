import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { packTar, unpackFolder } from '../../sandbox/archive.ts'
import { BASE_IMAGE } from '../../sandbox/base.ts'
import type { Container, ContainerSpec, Engine, Labels } from '../../sandbox/engine.ts'
import { SandboxError } from '../../sandbox/errors.ts'

/** Everything that an implementation of the seam `Engine` promises. It has the base image. */
export function describeEngine(name: string, open: () => Promise<Engine>): void {
  const mark = `arete.test-${randomBytes(6).toString('hex')}`
  const labels: Labels = { [mark]: 'yes', 'arete.test': 'a "value" with $odd \\ characters' }

  const about = (text: string): string => `${name}: ${text}`
  const start = async (script: string, differs: Partial<ContainerSpec> = {}): Promise<Opened> =>
    watch(
      await (await open()).open({ ...specOf(labels), entrypoint: ['/bin/bash', '-c', script], ...differs }),
    )

  test(about('it tells what it is'), async () => {
    expect(await (await open()).about()).toEqual({
      version: expect.stringMatching(/\d/),
      apiVersion: expect.stringMatching(/^\d+\.\d+$/),
      architecture: expect.any(String),
      cpus: expect.any(Number),
      memoryBytes: expect.any(Number),
      dataFolder: expect.any(String),
      runtimes: expect.any(Array),
      runtime: undefined,
      runc: expect.toSatisfy(version => version === undefined || /^\d+\.\d+/.test(version)),
      remapsUsers: expect.any(Boolean),
      filter: expect.stringMatching(/^(ours|engine|none)$/),
    })
  })

  test(about('bytes go in and come out as they are'), async () => {
    await using container = await start('cat')
    const bytes = randomBytes(3_000_000)

    container.stdin.end(bytes)
    await container.ended

    expect(Buffer.concat(container.said.stdout).equals(bytes)).toBe(true)
  })

  test(about('stdout and stderr are told apart, and each is in order'), async () => {
    await using container = await start('for i in {1..500}; do echo out $i; echo err $i >&2; done')

    await container.ended

    const numbers = Array.from({ length: 500 }, (_, index) => index + 1)
    expect(Buffer.concat(container.said.stdout).toString()).toBe(
      numbers.map(number => `out ${number}\n`).join(''),
    )
    expect(Buffer.concat(container.said.stderr).toString()).toBe(
      numbers.map(number => `err ${number}\n`).join(''),
    )
  })

  test(about('a running container runs, an ended one has its exit code'), async () => {
    await using container = await start('read; exit 7')

    expect(await container.state()).toMatchObject({ running: true })
    container.stdin.end('\n')
    await container.ended

    expect(await container.state()).toEqual({ running: false, exitCode: 7, outOfMemory: false })
  })

  test(about('a killed container has ended, and may be killed again'), async () => {
    await using container = await start('trap "" TERM; sleep 99')

    await container.kill()
    await container.ended
    await container.kill()

    expect(await container.state()).toEqual({ running: false, exitCode: 137, outOfMemory: false })
  })

  test(about('a container that takes too much memory is said to have done so'), async () => {
    await using container = await start(`python3 -c 'x = b"x" * 300_000_000'`, { memoryBytes: 2 ** 26 })

    await container.ended

    expect(await container.state()).toMatchObject({ running: false, outOfMemory: true })
  })

  test(about('a container may be removed twice, running or not'), async () => {
    const engine = await open()
    const container = await engine.open({ ...specOf(labels), entrypoint: ['/bin/sleep', '99'] })

    await container.remove()
    await container.remove()
    await engine.removeContainer(container.id)

    await container.ended
    expect(await listIds(engine, mark)).not.toContain(container.id)
    await expect(container.state()).rejects.toMatchObject({ name: 'SandboxError', code: 'sandbox-lost' })
  })

  test(about('a container has the limits, variables and folders that were asked for'), async () => {
    await using container = await start(
      'hostname; echo $NAME; ulimit -n; ulimit -c; id -u; touch /evil 2> /dev/null || echo read-only; touch /scratch/x && ls /scratch; cat /proc/self/status | grep CapEff',
      {
        hostname: 'other',
        env: ['NAME=a value'],
        openFiles: 77,
        tmpfs: { '/scratch': 'rw,size=1m' },
        capabilities: ['CHOWN'],
        readOnlyRoot: true,
      },
    )

    await container.ended

    expect(Buffer.concat(container.said.stdout).toString()).toMatchInlineSnapshot(`
      "other
      a value
      77
      0
      0
      read-only
      x
      CapEff:	0000000000000001
      "
    `)
  })

  test(about('one container may share the network of another'), async () => {
    await using first = await start(
      `python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 7000)); print("up", flush=True); s.accept()[0].send(b"hello")'`,
    )
    await first.firstOutput
    await using second = await start(
      `python3 -c 'import socket; print(socket.create_connection(("127.0.0.1", 7000)).recv(9))'`,
      { network: { kind: 'join', container: first.id } },
    )

    await second.ended

    expect(Buffer.concat(second.said.stdout).toString()).toBe("b'hello'\n")
  })

  test(about('services know each other by name on a network of their own, and are spoken to'), async () => {
    const engine = await open()
    const name = `${mark}-network`
    await engine.createNetwork(name, labels)
    const service = (command: readonly string[], alias: string) =>
      engine.openService({
        ...specOf(labels),
        entrypoint: undefined,
        command,
        user: '1000',
        workdir: '/tmp',
        network: { kind: 'networks', aliases: { [name]: [alias] } },
      })
    const server = `import socket; s = socket.create_server(("", 7000)); print("up", flush=True); s.accept()[0].send(b"hello")`
    const made = [
      await service(['python3', '-c', server], 'server'),
      await service(['sleep', '99'], 'client'),
    ]
    try {
      const [one, two] = made as [(typeof made)[0], (typeof made)[0]]
      const client =
        'import socket, time\nfor _ in range(50):\n  try: print(socket.create_connection(("server", 7000)).recv(9)); break\n  except OSError: time.sleep(0.1)'

      expect(await two.exec({ argv: ['python3', '-c', client], user: undefined, seconds: 20 })).toEqual({
        exitCode: 0,
        said: "b'hello'\n",
      })
      await one.ended
      expect(one.said()).toBe('up\n')
      expect(await one.state()).toMatchObject({ running: false, exitCode: 0 })
      expect(
        await two.exec({ argv: ['sh', '-c', 'id -u; pwd; exit 3'], user: undefined, seconds: 20 }),
      ).toEqual({
        exitCode: 3,
        said: '1000\n/tmp\n',
      })
      expect((await two.exec({ argv: ['sleep', '9'], user: '0', seconds: 0.2 })).exitCode).toBeUndefined()
      expect((await engine.listLabelled(mark)).map(({ kind }) => kind)).toContain('network')
    } finally {
      await Promise.all(made.map(one => one.remove()))
      await engine.removeNetwork(name)
      await engine.removeNetwork(name)
    }
  })

  test(about('files are read from and written to a container that never starts'), async () => {
    await using stopped = await (await open()).openStopped({ image: BASE_IMAGE, labels, mounts: [] })
    await stopped.writeArchive('/tmp', packTar([{ name: 'box/file', content: 'x', mode: 0o755 }]))

    const read = await unpackFolder((await stopped.readArchive('/tmp/box'))!, 1000)

    expect(read.entries).toEqual([{ path: 'file', kind: 'file', mode: 0o755, size: 1 }])
    expect(await stopped.readArchive('/no/such/file')).toBeUndefined()
  })

  test(about('an image is built, found by its name and id, and removed'), async () => {
    const engine = await open()
    const tag = `arete/test:${mark.slice(-12)}-build`
    const lines: string[] = []
    const dockerfile = `FROM ${BASE_IMAGE}\nENV NAME="a b"\nWORKDIR /app\nUSER agent\nRUN echo built here\n`

    await engine.buildImage(packTar([{ name: 'Dockerfile', content: dockerfile }]), {
      tag,
      labels,
      network: 'none',
      timeoutSeconds: 60,
      onLine: line => lines.push(line),
    })

    const image = await engine.findImage(tag)
    expect(image).toMatchObject({
      env: expect.arrayContaining(['NAME=a b']),
      workdir: '/app',
      user: 'agent',
      labels,
      bytes: expect.any(Number),
    })
    expect(await engine.findImage(image!.id)).toEqual(image)
    expect(lines).toContain('built here')
    await engine.removeImage(tag)
    await engine.removeImage(tag)
    expect(await engine.findImage(tag)).toBeUndefined()
  })

  test(about('what a failed build said last is in the error'), async () => {
    const engine = await open()
    const dockerfile = `FROM ${BASE_IMAGE}\nRUN echo the reason; exit 3\n`

    const failure = await engine
      .buildImage(packTar([{ name: 'Dockerfile', content: dockerfile }]), {
        tag: 'arete/test:never',
        labels,
        network: 'none',
        timeoutSeconds: 60,
      })
      .catch(error => error)

    expect(failure).toBeInstanceOf(SandboxError)
    expect(failure).toMatchObject({
      code: 'build-failed',
      message: expect.stringMatching(
        /^Cannot build the image arete\/test:never: .*returned a non-zero code: 3.*the reason/s,
      ),
    })
  })

  test(about('a Dockerfile with a mistake is an error that names it'), async () => {
    const engine = await open()

    const failure = engine.buildImage(packTar([{ name: 'Dockerfile', content: 'FRUM x\n' }]), {
      tag: 'arete/test:never',
      labels,
      network: 'none',
      timeoutSeconds: 60,
    })

    await expect(failure).rejects.toMatchObject({
      code: 'build-failed',
      message: expect.stringMatching(/FRUM/i),
    })
  })

  test(about('a build that takes too long is stopped'), async () => {
    const engine = await open()
    const dockerfile = `FROM ${BASE_IMAGE}\nRUN sleep 60\n`
    const clock = performance.now()

    const failure = engine.buildImage(packTar([{ name: 'Dockerfile', content: dockerfile }]), {
      tag: 'arete/test:never',
      labels,
      network: 'none',
      timeoutSeconds: 2,
    })

    await expect(failure).rejects.toMatchObject({ code: 'build-failed' })
    expect(performance.now() - clock).toBeLessThan(10_000)
  })

  test(about('an image is imported with its variables and labels'), async () => {
    const engine = await open()
    const tag = `arete/test:${mark.slice(-12)}-import`

    await engine.importImage(packTar([{ name: 'etc/passwd', content: 'root:x:0:0::/:/bin/sh\n' }]), {
      tag,
      labels,
      env: ['PATH=/bin'],
    })

    try {
      expect(await engine.findImage(tag)).toMatchObject({ env: ['PATH=/bin'], labels, workdir: '/' })
    } finally {
      await engine.removeImage(tag)
    }
  })

  test(about('a stream that is no tar is not imported'), async () => {
    const engine = await open()

    const failure = engine.importImage(Readable.from([Buffer.from('no tar')]), {
      tag: 'arete/test:never',
      labels,
      env: [],
    })

    await expect(failure).rejects.toMatchObject({ name: 'SandboxError', code: 'build-failed' })
  })

  test(about('the file system of a container is kept as an image'), async () => {
    const engine = await open()
    const tag = `arete/test:${mark.slice(-12)}-commit`
    await using container = await start('echo kept > /note; echo written; sleep 99', { readOnlyRoot: false })
    await container.firstOutput

    await container.commit(tag, labels)

    try {
      await using copy = await start('cat /note', { image: tag })
      await copy.ended
      expect(Buffer.concat(copy.said.stdout).toString()).toBe('kept\n')
      expect(await engine.findImage(tag)).toMatchObject({ labels })
    } finally {
      await engine.removeImage(tag)
    }
  })

  test(about('what a container has added to its image is counted'), async () => {
    await using container = await start('head -c 3M /dev/zero > /note; echo written; sleep 99', {
      readOnlyRoot: false,
    })
    await container.firstOutput

    expect(await container.writtenBytes()).toBeGreaterThanOrEqual(3 * 2 ** 20)
  })

  test(about('what a dead container has changed is named, read and written'), async () => {
    await using container = await start(
      'echo new > /note; rm /etc/issue; echo x >> /etc/profile; echo written; sleep 99',
      { readOnlyRoot: false },
    )
    await container.firstOutput
    await container.kill()
    await container.ended

    const changes = await container.changes()
    await container.writeArchive('/', packTar([{ name: 'note', content: 'other' }]))
    const chunks: Buffer[] = []
    for await (const chunk of (await container.readArchive('/note'))!) chunks.push(chunk as Buffer)

    expect(changes).toContainEqual({ path: '/note', kind: 'added' })
    expect(changes).toContainEqual({ path: '/etc/profile', kind: 'modified' })
    expect(changes).toContainEqual({ path: '/etc/issue', kind: 'deleted' })
    expect(Buffer.concat(chunks).toString()).toContain('other')
    expect(await container.readArchive('/nothing')).toBeUndefined()
  })

  test(about('an image is exported with every layer, whole'), async () => {
    const engine = await open()
    const tag = `arete/test:${mark.slice(-12)}-export`
    const content = `written and removed ${mark}`
    const context = packTar([
      { name: 'Dockerfile', content: 'FROM scratch\nCOPY file /file\nCOPY other /file\n' },
      { name: 'file', content },
      { name: 'other', content: 'other' },
    ])
    await engine.buildImage(context, { tag, labels, network: 'none', timeoutSeconds: 60 })
    try {
      const chunks: Buffer[] = []
      for await (const chunk of await engine.exportImages([tag])) chunks.push(chunk as Buffer)

      expect(Buffer.concat(chunks).includes(content)).toBe(true)
      expect((await engine.findImage(tag))!.layers).toHaveLength(2)
      expect(Buffer.concat(chunks).toString('latin1')).toContain('manifest.json')
    } finally {
      await engine.removeImage(tag)
    }
    await expect(engine.exportImages(['arete/no-such:1'])).rejects.toMatchObject({ code: 'image-missing' })
  })

  test(about('an image that is not there is an error at once'), async () => {
    const engine = await open()

    await expect(
      engine.open({ ...specOf(labels), image: 'arete/no-such:1', entrypoint: ['/bin/sh'] }),
    ).rejects.toMatchObject({ name: 'SandboxError', message: expect.stringContaining('arete/no-such:1') })
    await expect(engine.openStopped({ image: 'arete/no-such:1', labels, mounts: [] })).rejects.toBeInstanceOf(
      SandboxError,
    )
    expect(await engine.findImage('arete/no-such:1')).toBeUndefined()
  })

  test(about('a program that is not there ends at once, as in a shell'), async () => {
    await using container = await start('', { entrypoint: ['/no/such/program'] })

    await container.ended

    expect(await container.state()).toMatchObject({ running: false, exitCode: 127 })
    expect(Buffer.concat(container.said.stderr).toString()).toContain('/no/such/program')
  })

  test(about('a container that cannot be made is an error, and leaves nothing'), async () => {
    const engine = await open()
    const spec = {
      ...specOf({ [`${mark}-none`]: '1' }),
      entrypoint: ['/bin/true'],
      network: { kind: 'join' as const, container: 'no-such-container' },
    }

    await expect(engine.open(spec)).rejects.toMatchObject({ name: 'SandboxError', code: 'engine-failed' })

    expect(await engine.listLabelled(`${mark}-none`)).toEqual([])
  })

  test(about('what is said before anybody listens is not lost'), async () => {
    const engine = await open()
    const container = await engine.open({ ...specOf(labels), entrypoint: ['/bin/echo', 'early'] })
    const said: Buffer[] = []
    await container.ended

    container.onOutput((_, chunk) => void said.push(chunk))

    expect(Buffer.concat(said).toString()).toBe('early\n')
    await container.remove()
  })

  test(about('a registry that stays silent is given up within seconds'), async () => {
    const engine = await open()
    const silent = net.createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const { port } = silent.address() as net.AddressInfo
    const clock = performance.now()

    await expect(engine.pullImage(`127.0.0.1:${port}/arete/none:1`, 1)).rejects.toMatchObject({
      name: 'SandboxError',
      code: 'image-missing',
    })

    expect(performance.now() - clock).toBeLessThan(5000)
    silent.close()
  })

  test(about('a volume is made, found, shared and removed'), async () => {
    const engine = await open()
    const volume = `${mark}-volume`
    await engine.createVolume(volume, labels)
    try {
      expect(await engine.findVolume(volume)).toEqual({ labels })
      await using writer = await start('echo shared > /data/file', {
        mounts: [{ volume, target: '/data', readOnly: false }],
      })
      await writer.ended
      await using reader = await start('cat /data/file; touch /data/x 2> /dev/null || echo read-only', {
        mounts: [{ volume, target: '/data', readOnly: true }],
      })
      await reader.ended

      expect(Buffer.concat(reader.said.stdout).toString()).toBe('shared\nread-only\n')
    } finally {
      for (const id of await listIds(engine, mark, 'container')) await engine.removeContainer(id)
      await engine.removeVolume(volume)
    }
    await engine.removeVolume(volume)
    expect(await engine.findVolume(volume)).toBeUndefined()
  })

  test(about('only what has the label is listed, by name or by name and value'), async () => {
    const engine = await open()
    const label = `${mark}-listed`
    await engine.createVolume(`${label}-a`, { [label]: '1' })
    await engine.createVolume(`${label}-b`, { [label]: '2' })
    await engine.createVolume(`${label}-c`, { other: label })
    try {
      const named = await engine.listLabelled(label)
      const valued = await engine.listLabelled(`${label}=2`)

      expect(named.map(({ kind, id }) => `${kind} ${id}`).toSorted()).toEqual([
        `volume ${label}-a`,
        `volume ${label}-b`,
      ])
      expect(valued).toEqual([{ kind: 'volume', id: `${label}-b`, labels: { [label]: '2' } }])
    } finally {
      for (const end of ['a', 'b', 'c']) await engine.removeVolume(`${label}-${end}`)
    }
  })

  test(about('nothing of these tests is left'), async () => {
    expect(await (await open()).listLabelled(mark)).toEqual([])
  })
}

interface Opened extends Container, AsyncDisposable {
  readonly said: Readonly<Record<'stdout' | 'stderr', Buffer[]>>
  readonly firstOutput: Promise<void>
}

function watch(container: Container): Opened {
  const said: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] }
  let heard = (): void => {}
  const firstOutput = new Promise<void>(resolve => {
    heard = resolve
  })
  container.onOutput((stream, chunk) => {
    said[stream].push(chunk)
    heard()
  })
  return { ...container, said, firstOutput, [Symbol.asyncDispose]: () => container.remove() }
}

function specOf(labels: Labels): Omit<ContainerSpec, 'entrypoint'> {
  return {
    image: BASE_IMAGE,
    env: [],
    labels,
    memoryBytes: 2 ** 28,
    cpus: 1,
    pids: 50,
    fileBytes: 2 ** 24,
    openFiles: 256,
    capabilities: [],
    readOnlyRoot: true,
    tmpfs: {},
    mounts: [],
    network: { kind: 'none' },
  }
}

async function listIds(engine: Engine, label: string, kind?: string): Promise<string[]> {
  return (await engine.listLabelled(label))
    .filter(found => kind === undefined || found.kind === kind)
    .map(({ id }) => id)
}
