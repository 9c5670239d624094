import { once } from 'node:events'
import net from 'node:net'
import path from 'node:path'
import tls from 'node:tls'
import { expect, onTestFinished, test } from 'vitest'
import { openAttemptModels } from '../../../sandbox/gateway/attempt.ts'
import { parseConfig } from '../../../sandbox/gateway/config.ts'
import { openGateway } from '../../../sandbox/gateway/gateway.ts'
import { buildHello } from '../../support/client-hello.ts'
import { makeFolder } from '../../support/folder.ts'

test.each([
  { what: 'plain HTTP', sent: 'GET /v1/usage HTTP/1.1\r\nhost: openrouter.ai\r\n\r\n' },
  { what: 'nothing but zeros', sent: Buffer.alloc(100_000) },
  {
    what: 'a first message and a second one of noise',
    sent: Buffer.concat([buildHello('openrouter.ai'), Buffer.alloc(500, 7)]),
  },
])('$what where TLS is wanted ends its connection alone', async ({ sent }) => {
  await using secure = await openSecure()
  const socket = secure.connect(sent)

  await new Promise(resolve => socket.resume().on('close', resolve))

  expect(await secure.ask()).toMatch(/^HTTP\/1.1 200 /)
})

test('half of a first message that hangs is gone when the attempt is over', async () => {
  await using secure = await openSecure()
  const socket = secure.connect(buildHello('openrouter.ai').subarray(0, 20))
  expect(await secure.ask()).toMatch(/^HTTP\/1.1 200 /)
  expect(socket.closed).toBe(false)

  await secure.end()

  await new Promise(resolve => (socket.closed ? resolve(undefined) : socket.resume().on('close', resolve)))
})

/** Models of an attempt whose agent has a host written into it. */
async function openSecure() {
  const folder = makeFolder({ 'script.json': JSON.stringify({ turns: [{ content: 'Some words' }] }) })
  const config = parseConfig(
    { providers: [{ kind: 'script', file: path.join(folder, 'script.json') }] },
    'test',
  )
  const opened = await openGateway(config, { env: {}, signal: new AbortController().signal })
  const models = await openAttemptModels(opened.gateway, 'env', {
    ...{ attempt: 'a', agent: 'b', task: 'c', file: path.join(folder, 'calls.jsonl'), intercepts: true },
  })
  const server = net.createServer(channel => models.door.intercepted!.acceptSecure(channel))
  server.listen(path.join(folder, 'socket'))
  await once(server, 'listening')
  const connect = (sent?: string | Buffer): net.Socket => {
    const socket = net.connect(path.join(folder, 'socket'))
    socket.on('error', () => {})
    onTestFinished(() => void socket.destroy())
    if (sent !== undefined) socket.write(sent)
    return socket
  }
  return {
    connect,
    end: models.end,
    /** What an agent gets that asks as it should. */
    async ask(): Promise<string> {
      const client = tls.connect({
        socket: connect(),
        servername: 'openrouter.ai',
        rejectUnauthorized: false,
      })
      client.write('GET /v1/usage HTTP/1.1\r\nhost: openrouter.ai\r\n\r\n')
      const [chunk] = (await once(client, 'data')) as [Buffer]
      client.destroy()
      return chunk.toString()
    },
    async [Symbol.asyncDispose]() {
      await models.end()
      server.close()
      await opened[Symbol.asyncDispose]()
    },
  }
}
