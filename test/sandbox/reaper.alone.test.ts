import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import { afterEach, expect, test } from 'vitest'
import { packTar } from '../../sandbox/archive.ts'
import { BASE_IMAGE } from '../../sandbox/base.ts'
import type { Labels } from '../../sandbox/engine.ts'
import { keptLabels, labelsOf, OWNER_LABEL } from '../../sandbox/owner.ts'
import { findAbandoned, reap } from '../../sandbox/reaper.ts'
import { serviceSpec } from '../../sandbox/service-spec.ts'
import type { Service } from '../../task-bank/harbor/compose.ts'
import { useBench } from '../support/surroundings.ts'

// Alone: what it leaves for the reaper is a prey of every worker's as well.
const bank = useBench()
const NOW = Date.now()
const mark = `reaper-${process.pid}-${NOW}`

afterEach(async () => {
  const { engine } = bank.bench
  const left = await engine.listLabelled(`arete.test=${mark}`)
  for (const { kind, id } of left) if (kind === 'container') await engine.removeContainer(id)
  for (const { kind, id } of left) if (kind === 'network') await engine.removeNetwork(id)
  for (const { kind, id } of left) if (kind === 'volume') await engine.removeVolume(id)
  for (const { kind, id } of left) if (kind === 'image') await engine.removeImage(id)
})

const living = (): Labels => labelsOf({ run: mark, role: 'sandbox', seconds: 600, now: NOW })
const dead = (): Labels => ({ ...living(), [OWNER_LABEL]: ownerThatEnded() })
const late = (): Labels => labelsOf({ run: mark, role: 'sandbox', seconds: -10, now: NOW })

test('what a dead process left behind is removed: containers, volumes and images', async () => {
  await makeOne('container', dead())
  await makeOne('volume', dead())
  await makeOne('image', dead())

  const reaped = await reap(bank.bench.engine, NOW)

  expect(
    reaped
      .filter(isOurs)
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(['container', 'image', 'volume'])
  expect(await ours()).toEqual([])
})

test('services of a dead process are removed, with the networks that they are in', async () => {
  const { engine } = bank.bench
  const labels = { ...dead(), 'arete.test': mark }
  const network = `${mark}-net`
  await engine.createNetwork(network, labels)
  await engine.openService({
    ...serviceSpec(SERVICE, {
      image: (await engine.findImage(BASE_IMAGE))!,
      network: { kind: 'networks', aliases: { [network]: ['db'] } },
      mounts: [],
      labels,
    }),
  })

  const reaped = await reap(engine, NOW)

  expect(
    reaped
      .filter(isOurs)
      .map(({ kind }) => kind)
      .toSorted(),
  ).toEqual(['container', 'network'])
  expect(await ours()).toEqual([])
})

test('a container that runs and one that holds a volume and an image do not stop it', async () => {
  const { engine } = bank.bench
  const image = await makeOne('image', dead())
  const volume = await makeOne('volume', dead())
  await engine.open({
    image,
    entrypoint: ['/bin/sleep', '600'],
    env: [],
    labels: { ...dead(), 'arete.test': mark },
    memoryBytes: 2 ** 26,
    cpus: 0.1,
    pids: 8,
    fileBytes: 0,
    openFiles: 64,
    capabilities: [],
    readOnlyRoot: true,
    tmpfs: {},
    mounts: [{ volume, target: '/data', readOnly: false }],
    network: { kind: 'none' },
  })

  await reap(engine, NOW)

  expect(await ours()).toEqual([])
})

test('what is past its deadline is removed although its maker lives', async () => {
  await makeOne('volume', late())

  await reap(bank.bench.engine, NOW)

  expect(await ours()).toEqual([])
})

test.each([
  { what: 'something of a living process', labels: living },
  { what: 'something that is kept', labels: () => keptLabels('task') },
  {
    what: 'something of another machine',
    labels: () => ({ ...living(), [OWNER_LABEL]: 'elsewhere boot 1 1' }),
  },
  { what: 'something without our label', labels: () => ({}) },
  {
    what: 'something with a label that only looks like ours',
    labels: () => ({ 'arete.owners': ownerThatEnded(), 'arete.deadlines': '1' }),
  },
])('$what stays', async ({ labels }) => {
  const made = [await makeOne('volume', labels()), await makeOne('container', labels())]

  await reap(bank.bench.engine, NOW)

  expect((await ours()).toSorted()).toEqual(made.toSorted())
})

test('to look is not to remove', async () => {
  const volume = await makeOne('volume', dead())

  const found = await findAbandoned(bank.bench.engine, NOW)

  expect(found.filter(isOurs).map(({ id }) => id)).toEqual([volume])
  expect(await ours()).toEqual([volume])
})

test("two reapers at once do not get into each other's way", async () => {
  await makeOne('volume', dead())
  await makeOne('container', dead())

  await Promise.all([reap(bank.bench.engine, NOW), reap(bank.bench.engine, NOW)])

  expect(await ours()).toEqual([])
})

test('a slot that was never closed is taken away after its process has gone', async () => {
  const script = `
    import { setUp } from './sandbox/setup.ts'
    import { Slot } from './sandbox/slot.ts'
    const { engine, runtimeVolume } = await setUp(() => {})
    await new Slot({ engine, runtimeVolume, run: '${mark}' }).hold()
    process.kill(process.pid, 'SIGKILL')
  `
  const killed = spawnSync('npx', ['tsx', '--input-type=module', '-e', script], { encoding: 'utf8' })
  const before = await bank.bench.engine.listLabelled(`arete.run=${mark}`)

  await reap(bank.bench.engine, Date.now())

  expect(killed.stderr).toBe('')
  // The network of agents and that of tests.
  expect(before).toHaveLength(2)
  expect(await bank.bench.engine.listLabelled(`arete.run=${mark}`)).toEqual([])
})

const SERVICE: Service = {
  name: 'db',
  image: { kind: 'reference', reference: BASE_IMAGE },
  entrypoint: undefined,
  command: ['sleep', '600'],
  env: {},
  user: undefined,
  workdir: undefined,
  hostname: undefined,
  networks: {},
  volumes: [],
  dependsOn: {},
  tmpfs: [],
  healthcheck: 'none',
  cpus: undefined,
  memoryMegabytes: 64,
  pids: undefined,
}

/** @returns its id as the engine lists it */
async function makeOne(kind: 'container' | 'volume' | 'image', own: Labels): Promise<string> {
  const { engine } = bank.bench
  const labels = { ...own, 'arete.test': mark }
  const name = `${mark}-${Math.random().toString(36).slice(2)}`
  switch (kind) {
    case 'container':
      return (await engine.openStopped({ image: BASE_IMAGE, labels, mounts: [] })).id
    case 'volume':
      await engine.createVolume(name, labels)
      return name
    case 'image': {
      const tag = `arete/test:${name}`
      const context = packTar([{ name: 'Dockerfile', content: `FROM ${BASE_IMAGE}\nENV MARK=${name}\n` }])
      await engine.buildImage(context, { tag, labels, network: 'none', timeoutSeconds: 60 })
      return (await engine.findImage(tag))!.id
    }
  }
}

async function ours(): Promise<string[]> {
  return (await bank.bench.engine.listLabelled(`arete.test=${mark}`)).map(({ id }) => id)
}

function isOurs({ labels }: { labels: Labels }): boolean {
  return labels['arete.test'] === mark
}

function ownerThatEnded(): string {
  const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  return [os.hostname(), boot, spawnSync('true').pid, 1].join(' ')
}
