import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { Readable } from 'node:stream'
import { execa } from 'execa'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { packTar } from '../../sandbox/archive.ts'
import { BASE_IMAGE } from '../../sandbox/base.ts'
import { cacheFolder } from '../../sandbox/cache.ts'
import type { Engine } from '../../sandbox/engine.ts'
import { makeRoom, pulledName, takeStock } from '../../sandbox/eviction.ts'
import { hold, holdFolder, holding } from '../../sandbox/hold.ts'
import { ensureImage } from '../../sandbox/image.ts'
import { lock } from '../../sandbox/lock.ts'
import { keptLabels, labelsOf, OWNER_LABEL } from '../../sandbox/owner.ts'
import { findEngine } from '../../sandbox/setup.ts'
import { arete } from '../support/arete.ts'
import { makeFolder } from '../support/folder.ts'
import { type OwnEngine, openOwnEngine, whyNoOwnEngine } from '../support/own-engine.ts'

const SANDBOX = path.resolve(import.meta.dirname, '../../sandbox')
const MEGABYTE = 2 ** 20
const why = whyNoOwnEngine()
if (why !== undefined) console.warn(`Not tested: making room, which wants an engine of its own; ${why}`)

// On an engine of its own: what would go on that of the machine may be somebody's.
describe.skipIf(why)('room for what is kept', () => {
  let own: OwnEngine
  let engine: Engine
  const before = { ...process.env }

  beforeAll(async () => {
    own = await openOwnEngine({})
    process.env.DOCKER_HOST = own.host
    engine = (await findEngine())!.engine
    const tar = packTar([{ name: 'file', content: randomBytes(MEGABYTE) }])
    await engine.importImage(Readable.from(tar), { tag: BASE_IMAGE, labels: keptLabels('base'), env: [] })
  })
  beforeEach(async () => {
    process.env.ARETE_CACHE = makeFolder({})
    delete process.env.ARETE_CACHE_BUDGET
    await releaseAll()
    await makeRoom(engine, { all: true })
    process.env.ARETE_CACHE_BUDGET = 'none'
  })
  afterAll(async () => {
    process.env = before
    await own[Symbol.asyncDispose]()
  })

  test('images unused the longest go, each layer counted once, until the rest fits', async () => {
    const [first, second, third] = [await made('1'), await made('2'), await made('3')]
    await made('1')
    const { bytes, items } = await takeStock(engine)

    const room = await makeRoomFor(bytes - 2 * MEGABYTE)

    expect(items.filter(({ held }) => held).map(({ id }) => id)).toEqual([BASE_IMAGE])
    // The base and three times three megabytes.
    expect(Math.round(bytes / MEGABYTE)).toBe(10)
    expect(room).toEqual([second])
    expect(await makeRoomFor(bytes - 4 * MEGABYTE)).toEqual([third])
    expect(await makeRoomFor(0)).toEqual([first])
    expect(await engine.findImage(BASE_IMAGE)).toBeDefined()
  })

  test('what a live run holds stays, what a dead one held goes', async () => {
    const [live, dead] = [await made('live'), await made('dead')]
    {
      await using _ = await holding({ engine, runtimeVolume: 'runtime' }, 'a run')
      await hold(engine, live, 'a run')
      const gone = { ...labelsOf({ run: 'another', role: 'hold', seconds: 99, now: Date.now() }) }
      const owner = gone[OWNER_LABEL]!.replace(/\d+$/, '1')
      await engine.openStopped({ image: dead, labels: { ...gone, [OWNER_LABEL]: owner }, mounts: [] })

      expect(await makeRoomFor(0)).toEqual([dead])
    }
    expect(await makeRoomFor(0)).toEqual([live])
  })

  test('a run that wants an image just as it goes has it, or makes it again', async () => {
    const folder = taskOf('hunted')
    process.env.ARETE_CACHE_BUDGET = '0'

    const found = await Promise.all(
      Array.from({ length: 6 }, async (_, index) => {
        const run = `run ${index}`
        await using _held = await holding({ engine, runtimeVolume: 'runtime' }, run)
        const image = await ensureImage(engine, { kind: 'build', folder }, optionsOf(run))
        await makeRoom(engine)
        return await engine.findImage(image.id)
      }),
    )

    expect(found.every(image => image !== undefined)).toBe(true)
  })

  test('tasks with the same environment share an image, which is built once however many want it', async () => {
    let builds = 0
    const counting: Engine = {
      ...engine,
      buildImage: (...args) => {
        builds += 1
        return engine.buildImage(...args)
      },
    }
    const folders = Array.from({ length: 5 }, () => taskOf('shared'))

    const images = await Promise.all(
      folders.map((folder, index) =>
        ensureImage(counting, { kind: 'build', folder }, optionsOf(`run ${index}`)),
      ),
    )

    expect(builds).toBe(1)
    expect(new Set(images.map(({ id }) => id)).size).toBe(1)
  })

  test('two programs that want the same image build it once', async () => {
    const folder = taskOf('two programs')
    const program = `
      const { findEngine } = await import('${SANDBOX}/setup.ts')
      const { ensureImage } = await import('${SANDBOX}/image.ts')
      const { engine } = await findEngine()
      await ensureImage(engine, { kind: 'build', folder: '${folder}' }, { run: String(process.pid), seconds: 60, say: console.log })`

    const said = await Promise.all([runProgram(program), runProgram(program)])

    expect(said.filter(({ stdout }) => stdout.includes('Successfully built'))).toHaveLength(1)
  })

  test('a lock is free when its owner was killed', async () => {
    const program = `
      const { findEngine } = await import('${SANDBOX}/setup.ts')
      const { lock } = await import('${SANDBOX}/lock.ts')
      const { engine } = await findEngine()
      await lock(engine, 'killed', 'x')
      console.log('taken')
      setInterval(() => {}, 1000)`
    const owner = runProgram(program)
    await new Promise<void>(resolve => owner.stdout.once('data', () => resolve()))
    let isFree = false
    const waits = lock(engine, 'killed', 'y').then(taken => {
      isFree = true
      return taken
    })
    await engine.untilGone('nothing', 100)
    expect(isFree).toBe(false)

    owner.kill('SIGKILL')
    await (await waits)[Symbol.asyncDispose]()
  })

  test('a lock that was given back while the engine was away is free once it is back', async () => {
    const taken = await lock(engine, 'away', 'x')
    const answers = (): Promise<boolean> =>
      engine.about().then(
        () => true,
        () => false,
      )
    own.kill()
    while (await answers());
    await expect(taken[Symbol.asyncDispose]()).rejects.toThrow('Cannot remove')
    while (!(await answers()));

    await (await lock(engine, 'away', 'y'))[Symbol.asyncDispose]()
  })

  test('what we pulled may go, what others pulled or named may not', async () => {
    const made = async (name: string): Promise<void> => {
      const tar = packTar([{ name: 'file', content: randomBytes(MEGABYTE) }])
      await engine.importImage(Readable.from(tar), { tag: name, labels: {}, env: [] })
    }
    await made('registry.example/theirs:1')
    await made('registry.example/ours:1')
    await engine.tagImage('registry.example/ours:1', pulledName('registry.example/ours:1'))
    const source = { kind: 'reference', reference: 'registry.example/theirs:1' } as const
    await ensureImage(engine, source, optionsOf('a run'))
    await releaseAll()

    expect(await makeRoomFor(0)).toEqual(['registry.example/ours:1'])

    expect(await engine.findImage('registry.example/ours:1')).toBeUndefined()
    expect(await engine.findImage('registry.example/theirs:1')).toBeDefined()
    await engine.removeImage('registry.example/theirs:1')
  })

  test('old runtimes, repositories and lifts go too; those in use stay', async () => {
    const folder = (name: string, age: number): string => {
      const made = path.join(cacheFolder(), 'tasks', name)
      fs.mkdirSync(made, { recursive: true })
      fs.writeFileSync(path.join(made, 'tree.bin'), randomBytes(1000))
      fs.utimesSync(made, Date.now() / 1000 - age, Date.now() / 1000 - age)
      return made
    }
    const [old, fresh, held] = [folder('old', 60), folder('fresh', 30), folder('held', 90)]
    holdFolder(held, 'a run')
    await engine.createVolume('arete-runtime-old', keptLabels('runtime'))
    {
      const mounts = [{ volume: 'arete-runtime-old', target: '/v', readOnly: false }]
      await using filler = await engine.openStopped({ image: BASE_IMAGE, labels: {}, mounts })
      await filler.writeArchive('/v', packTar([{ name: 'node', content: randomBytes(1000) }]))
    }
    const { bytes } = await takeStock(engine)

    const first = await makeRoomFor(bytes - 500)
    const rest = await makeRoomFor(0)

    expect(first).toEqual([old])
    expect(rest.toSorted()).toEqual(['arete-runtime-old', fresh].toSorted())
    expect(fs.readdirSync(path.join(cacheFolder(), 'tasks'))).toEqual(['held'])
    expect(await engine.findVolume('arete-runtime-old')).toBeUndefined()
  })

  test('all that nobody holds goes when asked for; a budget that is none is an error', async () => {
    const image = await made('all')

    expect((await makeRoom(engine, { all: true })).map(({ id }) => id)).toEqual([image])

    process.env.ARETE_CACHE_BUDGET = 'a lot'
    await expect(makeRoom(engine)).rejects.toMatchObject({ message: expect.stringContaining('a lot') })
  })

  test('the doctor says what is kept and what it may take, and removes it when asked to', async () => {
    await made('doctor')
    process.env.ARETE_CACHE_BUDGET = '2M'

    expect(await findCache('doctor', '--json')).toEqual({
      what: 'cache',
      state: 'warn',
      detail:
        '4 MB of 2 MB: 2 images; 1 in use; over the budget (ARETE_CACHE_BUDGET): the next run removes what was ' +
        'unused the longest, "npx arete doctor --clean" does it now',
    })
    expect(await findCache('doctor', '--clean', '--json')).toMatchObject({
      state: 'ok',
      detail: '1 MB of 2 MB: 1 image; 1 in use; removed 1 image, 3 MB',
    })
    await made('doctor')
    process.env.ARETE_CACHE_BUDGET = '10M'
    expect(await findCache('doctor', '--clean', '--cache', '--json')).toMatchObject({
      detail: '1 MB of 10 MB: 1 image; 1 in use; removed 1 image, 3 MB',
    })
  })

  async function findCache(...args: string[]): Promise<unknown> {
    const { findings } = JSON.parse((await arete(args)).stdout) as { findings: { what: string }[] }
    return findings.find(({ what }) => what === 'cache')
  }

  /** A task's folder with three megabytes that follow from its name. */
  function taskOf(name: string): string {
    const blob = Buffer.alloc(3 * MEGABYTE, name)
    const folder = makeFolder({
      Dockerfile: `FROM ${BASE_IMAGE}\nCOPY blob /blob-${name.replaceAll(' ', '-')}\n`,
    })
    fs.writeFileSync(path.join(folder, 'blob'), blob)
    return folder
  }

  /** Makes a task's image ready for a run that ends then. */
  async function made(name: string): Promise<string> {
    await ensureImage(engine, { kind: 'build', folder: taskOf(name) }, optionsOf('short'))
    await releaseAll()
    const { items } = await takeStock(engine)
    return items.toSorted((one, other) => other.lastUsed - one.lastUsed)[0]!.id
  }

  async function releaseAll(): Promise<void> {
    for (const { kind, id } of await engine.listLabelled('arete.run'))
      if (kind === 'container') await engine.removeContainer(id)
  }

  async function makeRoomFor(budget: number): Promise<string[]> {
    process.env.ARETE_CACHE_BUDGET = String(budget)
    return (await makeRoom(engine)).map(({ id }) => id)
  }
})

function optionsOf(run: string) {
  return { run, seconds: 60, say: () => {} }
}

function runProgram(program: string) {
  return execa('node', ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: SANDBOX,
    reject: false,
  })
}
