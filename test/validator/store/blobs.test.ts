import { execFileSync, spawnSync } from 'node:child_process'
import fs from 'node:fs'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sha256 } from '../../../sandbox/digest.ts'
import { type Blobs, openBlobs } from '../../../validator/store/blobs.ts'
import { openBucketServer } from '../../support/bucket.ts'
import { whyNotRoot } from '../../support/root.ts'

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'arete-blobs-'))
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }))

async function listed(blobs: Blobs): Promise<string[]> {
  const names: string[] = []
  for await (const name of blobs.list()) names.push(name)
  return names
}

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

  test('are listed', async () => {
    const before = await listed(blobs)
    const some = await Promise.all(
      ['one', 'two', 'three'].map(text => blobs.put(Buffer.from(`listed ${text}`))),
    )

    expect((await listed(blobs)).filter(name => !before.includes(name))).toEqual(some.toSorted())
  })

  test.each(['../../etc/passwd', '', 'A'.repeat(64), `${'a'.repeat(63)}/`])(
    'have no name such as "%s"',
    async name => {
      await expect(blobs.get(name)).rejects.toMatchObject({ code: 'missing' })
    },
  )
})

test('a blob that was changed on the disk is found out, and mended by who has its bytes', async () => {
  const place = path.join(folder, 'changed')
  const blobs = await openBlobs({ kind: 'disk', folder: place })
  const digest = await blobs.put(Buffer.from('as it was'))
  fs.writeFileSync(path.join(place, digest.slice(0, 2), digest), 'as it is')

  await expect(blobs.get(digest)).rejects.toMatchObject({ code: 'corrupt' })
  expect(await blobs.put(Buffer.from('as it was'))).toBe(digest)
  expect((await blobs.get(digest)).toString()).toBe('as it was')
})

test('what a process left that died while it wrote is no blob, and is removed', async () => {
  const place = path.join(folder, 'died')
  const { pid } = spawnSync('true')
  fs.mkdirSync(path.join(place, 'fresh'), { recursive: true })
  fs.writeFileSync(path.join(place, `fresh/${pid}-half`), 'half')
  fs.writeFileSync(path.join(place, `fresh/${process.pid}-half`), 'half')

  const blobs = await openBlobs({ kind: 'disk', folder: place })

  expect(fs.readdirSync(path.join(place, 'fresh'))).toEqual([`${process.pid}-half`])
  expect(await listed(blobs)).toEqual([])
})

test('a large blob has its name once it is whole', async () => {
  const blobs = await openBlobs({ kind: 'disk', folder: path.join(folder, 'large') })
  const bytes = Buffer.alloc(64 * 2 ** 20, 'slow')
  const digest = sha256(bytes)
  let isDone = false
  let looks = 0
  const putting = blobs.put(bytes).finally(() => {
    isDone = true
  })

  while (!isDone) {
    const isThere = await blobs.has(digest)
    if (isThere) await blobs.get(digest)
    looks++
  }
  await putting

  expect(looks).toBeGreaterThan(1)
})

test.skipIf(whyNotRoot('a full disk of blobs'))(
  'a full disk keeps what it has, and takes more when there is room',
  async () => {
    const place = path.join(folder, 'full')
    fs.mkdirSync(place)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', place])
    try {
      const blobs = await openBlobs({ kind: 'disk', folder: place })
      const bytes = (number: number) => Buffer.alloc(150_000, `number ${number}`)
      const kept: string[] = []
      const fill = async () => {
        for (let number = 0; ; number++) kept.push(await blobs.put(bytes(number)))
      }

      await expect(fill()).rejects.toMatchObject({
        code: 'full',
        message: expect.stringContaining('disk is full'),
      })
      const refused = sha256(bytes(kept.length))

      expect(kept.length).toBeGreaterThan(2)
      expect(fs.readdirSync(path.join(place, 'fresh'))).toEqual([])
      expect(await blobs.has(refused)).toBe(false)
      for (const digest of kept) await blobs.get(digest)
      await blobs.remove(kept[0]!)
      expect(await blobs.put(bytes(kept.length))).toBe(refused)
    } finally {
      execFileSync('umount', [place])
    }
  },
)

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

  /** Takes and gives whole blobs of one kind, but for what is said. */
  const working: http.RequestListener = (request, response) => {
    request.resume()
    request.on('end', () => response.writeHead(request.method === 'PUT' ? 200 : 404).end())
  }
  const isBucket = (request: http.IncomingMessage) => request.url?.replace(/\?.*/, '') === '/blobs/'

  test.each([
    { name: 'refuses', answer: (_, response) => response.writeHead(403).end() },
    { name: 'breaks', answer: (_, response) => response.writeHead(500).end() },
    { name: 'hangs', answer: () => {} },
    { name: 'hangs up', answer: request => request.socket.destroy() },
    {
      name: 'does not speak HTTP',
      answer: request => request.socket.end('220 smtp.example ready\r\n'),
    },
    {
      name: 'stops in the middle',
      answer: (request, response) => {
        if (isBucket(request)) return void response.writeHead(200).end()
        response.writeHead(200, { 'content-length': '100' }).write('half')
        setTimeout(() => response.destroy(), 20)
      },
    },
    {
      name: 'drips',
      answer: (request, response) => {
        if (isBucket(request)) return void response.writeHead(200).end()
        response.writeHead(200, { 'content-length': '1000000' })
        const timer = setInterval(() => response.write('.'), 20)
        response.on('close', () => clearInterval(timer))
      },
    },
  ] satisfies { name: string; answer: http.RequestListener }[])(
    'and $name is unreachable',
    async ({ answer }) => {
      const { blobs, close } = await failing(answer)
      try {
        const reading = await blobs.get('b'.repeat(64)).catch((error: unknown) => error)
        const writing = await blobs.put(Buffer.from('x')).catch((error: unknown) => error)

        for (const error of [reading, writing]) {
          expect(error).toMatchObject({ name: 'BlobError', code: 'unreachable' })
          expect(inspect(error, { depth: 9 })).not.toContain('secret-of-the-bucket')
        }
      } finally {
        close()
      }
    },
  )

  test('and lacks the bucket is not one that lacks the blob', async () => {
    const { blobs, close } = await failing(working)
    try {
      await expect(blobs.has('b'.repeat(64))).rejects.toThrow(
        /Cannot look for the blob b+ in the bucket "blobs": there is no bucket "blobs" at http:.*; make it, or set ARETE_S3_BUCKET/,
      )
    } finally {
      close()
    }
  })

  test.each([
    { name: 'gives other bytes', code: 'corrupt', status: 200, body: 'something else' },
    { name: 'has no room', code: 'full', status: 507, body: '' },
  ])('and $name is found out', async ({ code, status, body }) => {
    const { blobs, close } = await failing((request, response) => {
      request.resume()
      request.on('end', () => {
        if (isBucket(request)) response.writeHead(200).end()
        else if (request.method === 'PUT') response.writeHead(status).end()
        else if (request.method === 'DELETE') response.writeHead(204).end()
        else if (status === 200) response.writeHead(200).end(body)
        else response.writeHead(404).end('<Error><Code>NoSuchKey</Code></Error>')
      })
    })
    try {
      await expect(blobs.put(Buffer.from('x'))).rejects.toMatchObject({ code })
      if (status === 200) await expect(blobs.get('b'.repeat(64))).rejects.toMatchObject({ code })
    } finally {
      close()
    }
  })

  test('once is asked again', async () => {
    const asked: string[] = []
    const { blobs, close } = await failing((request, response) => {
      asked.push(request.method!)
      response.writeHead(asked.length === 1 ? 503 : isBucket(request) ? 200 : 404).end()
    })
    try {
      expect(await blobs.has('c'.repeat(64))).toBe(false)
      expect(asked).toEqual(['HEAD', 'HEAD', 'HEAD'])
    } finally {
      close()
    }
  })

  test('for good is asked once', async () => {
    let asked = 0
    const { blobs, close } = await failing((_, response) => {
      asked++
      response.writeHead(403).end()
    })
    try {
      await expect(blobs.get('c'.repeat(64))).rejects.toThrow('status 403')
      expect(asked).toBe(1)
    } finally {
      close()
    }
  })
})
