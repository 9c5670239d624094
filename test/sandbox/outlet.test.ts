import { decode, encode } from 'dns-packet'
import { expect, test } from 'vitest'
import { Channel, type ChannelSignal } from '../../agent-runtime/channel.ts'
import { readOpening } from '../../sandbox/client-hello.ts'
import { dialPublic, isPublic } from '../../sandbox/dial.ts'
import { Gate } from '../../sandbox/gate.ts'
import { buildHello } from '../support/client-hello.ts'

test.each([
  '127.0.0.1',
  '10.1.2.3',
  '172.16.0.1',
  '172.31.255.255',
  '192.168.1.1',
  '169.254.169.254',
  '100.64.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '224.0.0.1',
  '::1',
  '::',
  'fe80::1',
  'fc00::1',
  'fd00:ec2::254',
  '::ffff:127.0.0.1',
  '::ffff:7f00:1',
  '64:ff9b::a00:1',
  '2002:7f00:1::',
  '::127.0.0.1',
  'nothing',
  '',
])('%j is not reached for anybody', address => {
  expect(isPublic(address)).toBe(false)
})

test.each(['1.1.1.1', '172.32.0.1', '2606:4700::1111'])('%j is public', address => {
  expect(isPublic(address)).toBe(true)
})

test('a name that leads to this machine is not dialled', async () => {
  await expect(dialPublic('localhost', 80)).rejects.toThrow('localhost has no public address')
  await expect(dialPublic('169.254.169.254', 80)).rejects.toThrow('has no public address')
})

test('the name of the server is read out of the first message of TLS, also in pieces', () => {
  const bytes = buildHello('Good.example')

  expect(readOpening(bytes)).toEqual({ kind: 'tls', name: 'good.example' })
  for (let end = 0; end < bytes.length; end++)
    expect(readOpening(bytes.subarray(0, end)).kind).toBe('unfinished')
})

test.each([
  ['a request', Buffer.from('GET / HTTP/1.1\r\n')],
  ['another message', Buffer.from([22, 3, 1, 0, 4, 2, 0, 0, 0])],
  ['one whose lengths lead out', withLength(buildHello('good.example'), 0xffff)],
])('%s is no such message', (_, bytes) => {
  expect(readOpening(bytes)).toEqual({ kind: 'other' })
})

test('only names that are allowed get an address, which is the sandbox’s own and always the same', () => {
  const gate = new Gate({ kind: 'allowlist', hosts: ['good.example', '*.wild.example'] })
  const ask = (name: string, type: 'A' | 'AAAA' = 'A') => {
    const answer = decode(gate.answer(encode({ type: 'query', id: 3, questions: [{ type, name }] }))!)
    return { flags: answer.flags! & 15, data: answer.answers!.map(one => 'data' in one && one.data) }
  }

  expect(ask('good.example')).toEqual({ flags: 0, data: ['127.64.0.1'] })
  expect(ask('a.wild.example')).toEqual({ flags: 0, data: ['127.64.0.2'] })
  expect(ask('GOOD.example')).toEqual({ flags: 0, data: ['127.64.0.1'] })
  expect(ask('good.example', 'AAAA')).toEqual({ flags: 0, data: [] })
  expect(ask('secret.evil.example')).toEqual({ flags: 3, data: [] })
  expect(gate.visits).toEqual([{ host: 'secret.evil.example', port: 0, allowed: false }])
  expect(gate.answer(Buffer.from('nothing'))).toBeUndefined()
})

test('a writer waits for a slow reader, and nothing is lost', async () => {
  const ends: Channel[] = []
  const sent: number[] = []
  const link =
    (to: number) =>
    (signal: ChannelSignal, body: Uint8Array = new Uint8Array()) => {
      if (signal.kind === 'flow') sent.push(body.length)
      setImmediate(() => ends[to]!.receive(signal, Buffer.from(body)))
    }
  ends.push(new Channel(1, link(1)), new Channel(1, link(0)))
  const [writer, reader] = ends as [Channel, Channel]

  writer.end(Buffer.alloc(5 * 2 ** 20, 'x'))
  await new Promise(resolve => setTimeout(resolve, 50))
  const early = sent.reduce((sum, one) => sum + one, 0)
  let received = 0
  for await (const chunk of reader) received += (chunk as Buffer).length

  expect(early).toBeLessThanOrEqual(2 ** 20 + 2 ** 16)
  expect(received).toBe(5 * 2 ** 20)
})

test('who sends more than it may is cut off', () => {
  const said: string[] = []
  const channel = new Channel(1, signal => said.push(signal.kind))
  channel.on('error', () => {})
  const piece = Buffer.alloc(2 ** 16)

  for (let count = 0; count < 40; count++) channel.receive({ kind: 'flow', channel: 1 }, piece)

  expect(channel.destroyed).toBe(true)
})

/** The same, but for what it says of the length of its extensions. */
function withLength(bytes: Buffer, length: number): Buffer {
  bytes.writeUInt16BE(length, 5 + 4 + 34 + 1 + 4 + 2)
  return bytes
}
