import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Blobs, openBlobs } from '../../../validator/store/blobs.ts'
import { openBucketServer } from '../../support/bucket.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-blobs-'))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

describe.each(['disk', 's3'] as const)('blobs on %s', kind => {
  let blobs: Blobs
  let server: Awaited<ReturnType<typeof openBucketServer>> | undefined
  beforeAll(async () => {
    if (kind === 's3') server = await openBucketServer(path.join(folder, 's3'))
    blobs = await openBlobs(
      server === undefined ? { kind: 'disk', folder: path.join(folder, 'disk') } : server.settings,
    )
  })
  afterAll(() => server?.close())

  test('give back what they were given', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5000 }), async bytes => {
        const digest = await blobs.put(bytes)

        expect(digest).toMatch(/^[0-9a-f]{64}$/)
        expect(await blobs.get(digest)).toEqual(Buffer.from(bytes))
      }),
      { numRuns: 20 },
    )
  })

  test('keep large ones whole', async () => {
    const bytes = Buffer.alloc(12 * 2 ** 20, 'a large blob ')

    expect((await blobs.get(await blobs.put(bytes))).equals(bytes)).toBe(true)
  })

  test('take the same from many at once', async () => {
    const bytes = Buffer.from('the same')

    const digests = await Promise.all(Array.from({ length: 20 }, () => blobs.put(bytes)))

    expect(new Set(digests).size).toBe(1)
    expect(await blobs.get(digests[0]!)).toEqual(bytes)
  })

  test('say what is missing', async () => {
    const digest = 'a'.repeat(64)

    expect(await blobs.has(digest)).toBe(false)
    await expect(blobs.get(digest)).rejects.toMatchObject({ code: 'missing' })
    await blobs.remove(digest)
  })

  test('are gone when removed', async () => {
    const digest = await blobs.put(Buffer.from('for a moment'))
    await blobs.remove(digest)

    expect(await blobs.has(digest)).toBe(false)
  })

  test.each(['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(63)}/`])(
    'have no name such as "%s"',
    async name => {
      await expect(blobs.get(name)).rejects.toMatchObject({ code: 'missing' })
    },
  )
})

test('a blob that was changed on the disk is found out', async () => {
  const blobs = await openBlobs({ kind: 'disk', folder: path.join(folder, 'changed') })
  const digest = await blobs.put(Buffer.from('as it was'))
  fs.writeFileSync(path.join(folder, 'changed', digest.slice(0, 2), digest), 'as it is')

  await expect(blobs.get(digest)).rejects.toMatchObject({ code: 'corrupt' })
})

describe('a bucket that fails', () => {
  /** Answers as told; what it does to the socket is its own affair. */
  async function failing(answer: http.RequestListener): Promise<{ blobs: Blobs; close: () => void }> {
    const server = http.createServer(answer).listen(0, '127.0.0.1')
    await new Promise(resolve => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const blobs = await openBlobs({
      kind: 's3',
      endpoint: `http://127.0.0.1:${port}`,
      bucket: 'blobs',
      region: 'none',
      accessKeyId: 'key',
      secretAccessKey: 'secret-of-the-bucket',
      seconds: 0.3,
    })
    return {
      blobs,
      close: () => {
        server.closeAllConnections()
        server.close()
      },
    }
  }

  test.each([
    { name: 'refuses', answer: (_, response) => response.writeHead(403).end() },
    { name: 'breaks', answer: (_, response) => response.writeHead(500).end() },
    { name: 'hangs', answer: () => {} },
    { name: 'hangs up', answer: request => request.socket.destroy() },
    {
      name: 'stops in the middle',
      answer: (_, response) => {
        response.writeHead(200, { 'content-length': '100' }).write('half')
        setTimeout(() => response.destroy(), 20)
      },
    },
  ] satisfies { name: string; answer: http.RequestListener }[])(
    'and $name is unreachable',
    async ({ answer }) => {
      const { blobs, close } = await failing(answer)
      try {
        await expect(blobs.get('b'.repeat(64))).rejects.toMatchObject({
          name: 'BlobError',
          code: 'unreachable',
        })
        await expect(blobs.put(Buffer.from('x'))).rejects.not.toThrow('secret-of-the-bucket')
      } finally {
        close()
      }
    },
  )

  test('and gives other bytes is found out', async () => {
    const { blobs, close } = await failing((request, response) => {
      request.resume()
      request.on('end', () =>
        request.method === 'HEAD'
          ? response.writeHead(404).end()
          : response.writeHead(200).end('something else'),
      )
    })
    try {
      await expect(blobs.get('b'.repeat(64))).rejects.toMatchObject({ code: 'corrupt' })
      await expect(blobs.put(Buffer.from('x'))).rejects.toMatchObject({ code: 'corrupt' })
    } finally {
      close()
    }
  })

  test('once is asked again', async () => {
    let asked = 0
    const { blobs, close } = await failing((_, response) => {
      asked++
      response.writeHead(asked === 1 ? 503 : 404).end()
    })
    try {
      expect(await blobs.has('c'.repeat(64))).toBe(false)
      expect(asked).toBe(2)
    } finally {
      close()
    }
  })
})
