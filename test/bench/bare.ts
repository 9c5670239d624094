import fs from 'node:fs'
import path from 'node:path'
import type Docker from 'dockerode'
import { packTar } from '../../sandbox/archive.ts'
import { BASE_IMAGE } from '../../sandbox/base.ts'
import { labelsOf } from '../../sandbox/owner.ts'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import { RUNTIME } from '../../sandbox/spec.ts'
import { listTaskFiles } from '../../task-bank/digest.ts'

/** The engine without us: what the same work costs at least. */
export interface Bare {
  readonly docker: Docker
  readonly run: string
  readonly runtimeVolume: string
}

/** Milliseconds of two containers, one after the other: create, start, run one command, remove. */
export async function timePipeline(bare: Bare): Promise<number> {
  const start = performance.now()
  for (let number = 0; number < 2; number++) {
    const container = await startPlain(bare, BASE_IMAGE)
    await execute(container, ['/bin/true'])
    await container.remove({ force: true })
  }
  return performance.now() - start
}

/** The same with both containers made at once and nobody waiting for a removal. */
export async function timeOverlapped(bare: Bare): Promise<number> {
  const start = performance.now()
  const containers = [startPlain(bare, BASE_IMAGE), startPlain(bare, BASE_IMAGE)]
  const removals: Promise<unknown>[] = []
  for (const opening of containers) {
    const container = await opening
    await execute(container, ['/bin/true'])
    removals.push(container.remove({ force: true }))
  }
  const milliseconds = performance.now() - start
  await Promise.all(removals)
  return milliseconds
}

/** One attempt as the engine alone could do it: a container to work in, then one in which the tests run. */
export async function attemptPlain(bare: Bare, image: string, command: string): Promise<void> {
  const first = await startPlain(bare, image)
  await execute(first, ['/bin/true'])
  await first.remove({ force: true })
  const second = await startPlain(bare, image)
  const output = await execute(second, ['/bin/bash', '-c', `${command} && echo PASSED`])
  await second.remove({ force: true })
  if (!output.includes('PASSED'))
    throw new Error(`The tests of ${image} did not pass in a plain container:\n${output}`)
}

async function startPlain(bare: Bare, image: string): Promise<Docker.Container> {
  const container = await bare.docker.createContainer({
    ...common(bare),
    Image: image,
    Entrypoint: ['/bin/sleep', 'infinity'],
  })
  await container.start()
  return container
}

function common({ run, runtimeVolume }: Bare) {
  const mounts = [{ Type: 'volume' as const, Source: runtimeVolume, Target: RUNTIME, ReadOnly: true }]
  return {
    Labels: { ...labelsOf({ run, role: 'sandbox', seconds: 1200, now: Date.now() }) },
    HostConfig: { NetworkMode: 'none', Mounts: mounts },
  }
}

async function execute(container: Docker.Container, command: string[]): Promise<string> {
  const exec = await container.exec({ Cmd: command, AttachStdout: true, AttachStderr: true })
  const stream = await exec.start({})
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

/** Milliseconds of one command in a fresh container, whose removal is not waited for. It must print PASSED. */
export async function timePlain(bare: Bare, image: string, command: string): Promise<number> {
  const start = performance.now()
  const container = await startPlain(bare, image)
  const output = await execute(container, ['/bin/bash', '-c', `${command} && echo PASSED`])
  const milliseconds = performance.now() - start
  await container.remove({ force: true })
  if (!output.includes('PASSED'))
    throw new Error(`The tests of ${image} did not pass in a plain container:\n${output}`)
  return milliseconds
}

/** The tools that people run such tests with, their output thrown away, as a line of shell. */
export function testCommand({ task, workdir, agentUser }: PreparedTask): string {
  const tests = listTaskFiles(task.folder).filter(name => /^tests\/.*\.test\.[cm]?[jt]s$/.test(name))
  const command =
    task.verifier.runner.kind === 'pytest'
      ? `PYTEST_DISABLE_PLUGIN_AUTOLOAD=1 PYTHONPATH=${workdir}:${workdir}/src python3 -B -m pytest -q -p no:cacheprovider /tests`
      : `node --test --test-concurrency=1 ${tests.map(name => `/${name}`).join(' ')}`
  return `cd ${workdir} && export HOME=${agentUser.home} && ${command} >/dev/null 2>&1`
}

/** A plain running container with solution and tests in place, and a shell that waits for lines in it. */
export class PlainTask implements AsyncDisposable {
  readonly #container: Docker.Container
  readonly #stream: NodeJS.ReadWriteStream
  readonly #command: string

  private constructor(container: Docker.Container, stream: NodeJS.ReadWriteStream, command: string) {
    this.#container = container
    this.#stream = stream
    this.#command = command
  }

  static async open(bare: Bare, prepared: PreparedTask): Promise<PlainTask> {
    const container = await bare.docker.createContainer({
      ...common(bare),
      Image: prepared.image.id,
      Entrypoint: ['/bin/bash'],
      User: `${prepared.agentUser.uid}:${prepared.agentUser.gid}`,
      OpenStdin: true,
    })
    const { folder } = prepared.task
    const files = listTaskFiles(folder).filter(name => /^(tests|solution)\//.test(name))
    const tar = packTar(files.map(name => ({ name, content: fs.readFileSync(path.join(folder, name)) })))
    await container.putArchive(tar, { path: '/' })
    const stream = await container.attach({
      stream: true,
      stdin: true,
      stdout: true,
      stderr: true,
      hijack: true,
    })
    await container.start()
    const task = new PlainTask(container, stream, testCommand(prepared))
    await task.#enter('/bin/bash /solution/solve.sh')
    return task
  }

  /** Milliseconds of the test command alone, started by a shell that is already there. */
  async time(): Promise<number> {
    const start = performance.now()
    const output = await this.#enter(this.#command)
    if (!output.includes('DONE 0')) throw new Error(`The tests did not pass in a plain container:\n${output}`)
    return performance.now() - start
  }

  async commit(tag: string): Promise<void> {
    const [repo, version] = tag.split(':')
    await this.#container.commit({ repo, tag: version })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.remove({ force: true })
  }

  #enter(command: string): Promise<string> {
    return new Promise(resolve => {
      let output = ''
      const listen = (chunk: Buffer): void => {
        output += chunk.toString()
        if (!/DONE \d+/.test(output)) return
        this.#stream.off('data', listen)
        resolve(output)
      }
      this.#stream.on('data', listen)
      this.#stream.write(`${command}; echo DONE $?\n`)
    })
  }
}
