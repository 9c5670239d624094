import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { packTar } from '../../sandbox/archive.ts'
import { BASE_IMAGE } from '../../sandbox/base.ts'
import type { Engine, Labels } from '../../sandbox/engine.ts'

/** What an implementation of the seam `Engine` promises about things that are kept. It has the base image. */
export function describeKeeping(name: string, open: () => Promise<Engine>): void {
  const mark = `arete.test-${randomBytes(6).toString('hex')}`
  const labels: Labels = { [mark]: 'yes' }
  const prefix = `arete/test-${mark.slice(-12)}`
  const about = (text: string): string => `${name}: ${text}`
  const build = async (engine: Engine, tag: string, content: Uint8Array): Promise<void> => {
    const dockerfile = `FROM ${BASE_IMAGE}\nCOPY blob /blob\nENV A=b\n`
    const context = packTar([
      { name: 'Dockerfile', content: dockerfile },
      { name: 'blob', content },
    ])
    await engine.buildImage(context, { tag, labels, network: 'none', timeoutSeconds: 60 })
  }

  test(about('no two containers have the same name'), async () => {
    const engine = await open()
    const spec = { image: BASE_IMAGE, labels, mounts: [], name: `${prefix.slice(6)}-name` }
    {
      await using _ = await engine.openStopped(spec)
      await expect(engine.openStopped(spec)).rejects.toMatchObject({ code: 'name-taken' })
    }
    await using _ = await engine.openStopped(spec)
    await expect(engine.openStopped({ ...spec, image: 'arete/no-such:1' })).rejects.toMatchObject({
      code: expect.stringMatching(/^(image-missing|name-taken)$/),
    })
  })

  test(about('who waits for a container to go hears of it'), async () => {
    const engine = await open()
    const stopped = await engine.openStopped({ image: BASE_IMAGE, labels, mounts: [] })
    let isGone = false
    const waits = engine.untilGone(stopped.id, 60_000).then(() => {
      isGone = true
    })
    await engine.untilGone(stopped.id, 50)
    expect(isGone).toBe(false)

    await stopped[Symbol.asyncDispose]()
    await waits
    await engine.untilGone(stopped.id, 60_000)
  })

  test(
    about('an image has many names, and goes with the last unless something was made from it'),
    async () => {
      const engine = await open()
      const [one, other] = [`${prefix}:one`, `${prefix}:other`]
      await build(engine, one, randomBytes(1000))
      await engine.tagImage(one, other)
      {
        await using _ = await engine.openStopped({ image: one, labels, mounts: [] })
        expect(await engine.dropImage(one)).toBe('gone')
        expect(await engine.dropImage(other)).toBe('in use')
        expect(await engine.findImage(other)).toBeDefined()
      }
      expect(await engine.dropImage(other)).toBe('gone')
      expect(await engine.dropImage(other)).toBe('gone')
      await expect(engine.tagImage(other, one)).rejects.toMatchObject({ code: 'image-missing' })
    },
  )

  test(about('the inventory says what images and volumes take, and who uses them'), async () => {
    const engine = await open()
    const [named, labelled, volume] = [
      `${prefix}:named`,
      `arete/test:${mark.slice(-12)}`,
      `${prefix.slice(6)}-v`,
    ]
    await build(engine, labelled, randomBytes(2_000_000))
    await engine.tagImage(BASE_IMAGE, named)
    const before = Date.now()
    await engine.tagImage(labelled, labelled)
    await engine.createVolume(volume, labels)
    try {
      await using _ = await engine.openStopped({
        image: labelled,
        labels,
        mounts: [{ volume, target: '/v', readOnly: true }],
      })

      const { layersBytes, images, volumes } = await engine.takeInventory({
        label: `${mark}=yes`,
        prefix: `${prefix}:`,
      })

      const found = await images()
      const base = found.find(image => image.names.includes(named))!
      const ours = found.find(image => image.names.includes(labelled))!
      // Clocks of engine and test may differ a little.
      expect(ours.lastUsed).toBeGreaterThan(before - 5000)
      expect(ours).toMatchObject({ labels, inUse: true })
      expect(ours.layers.slice(0, -1)).toEqual(base.layers)
      expect(ours.layers.at(-1)!.bytes).toBe(2_000_000)
      expect(layersBytes).toBeGreaterThan(2_000_000)
      expect(volumes).toEqual([
        { name: volume, labels, bytes: expect.any(Number), created: expect.any(Number), inUse: true },
      ])
      expect((await engine.takeInventory({ label: `${mark}=no`, prefix: 'none' })).volumes).toEqual([])
      expect(await engine.dropVolume(volume)).toBe('in use')
    } finally {
      await engine.dropVolume(volume)
      await engine.removeImage(labelled)
      await engine.removeImage(named)
    }
    expect(await engine.findVolume(volume)).toBeUndefined()
  })
}
