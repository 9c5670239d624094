import { createHash } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import type { AcceptContext } from '../../validator/accept.ts'
import type { Envelope } from '../../validator/intake/envelope.ts'
import { envelopeOf, idlePack, packOf, signerNamed } from './miner.ts'

/** Bytes for a socket, and whether they are a request at all. */
export interface Hostile {
  readonly what: string
  readonly bytes: Buffer
  /** The parser may see no request in it, and wait for more or end. */
  readonly isWhole: boolean
}

/**
 * Everything that is sent to a validator by people who wish it ill, with a miner among them who is registered.
 *
 * @param used - what was handed in already
 */
export async function hostileRequests(
  intake: AcceptContext,
  used: Envelope['message'],
): Promise<fc.Arbitrary<Hostile>> {
  const signed = await signInVain(intake, used)
  const requests = {
    odd: oddRequests(),
    broken: brokenBytes(),
    envelopes: oddEnvelopes(signed),
    signed: inVain(signed),
  }
  return fc.oneof(...Object.values(requests))
}

interface Signed {
  readonly why: string
  readonly envelope: Envelope
  readonly bytes: Buffer
}

const ROUTES = [
  '/v1/submissions',
  '/v1/commits',
  '/v1/receipts',
  '/v1/events',
  '/v1/board',
  '/v1/info',
  '/v1/workers',
  '/v1/submissions/{}',
  '/v1/submissions/{}/code',
  '/v1/receipts/{}',
  '/v1/patches/{}',
  '/',
  '/{}',
]
const METHODS = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'HEAD',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'get',
]

/** Pieces that parsers have stumbled over. */
const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom(
    ...[
      '%00',
      '%',
      '%zz',
      '%c0%af',
      '..%2f..%2f',
      '../../etc/passwd',
      '\\',
      ';',
      '{{7*7}}',
      "' or 1=1 --",
      'NaN',
      '-1',
    ],
    ...[
      '1e400',
      '9223372036854775808',
      '0x10',
      '__proto__',
      'constructor',
      'null',
      '[]',
      '%F0%9F%92%A9',
      'x'.repeat(5000),
    ],
    ...['0'.repeat(24), '0'.repeat(64), 'f'.repeat(24), 'f'.repeat(64)],
  ),
)
const target = fc
  .tuple(fc.constantFrom(...ROUTES), piece, fc.array(fc.tuple(name(), piece), { maxLength: 3 }))
  .map(([route, one, query]) => {
    const search = query.map(([key, value]) => `${key}=${value}`).join('&')
    return `${route.replace('{}', one)}${search === '' ? '' : `?${search}`}`.replaceAll(/[\r\n ]/g, '+')
  })

function name(): fc.Arbitrary<string> {
  return fc.constantFrom('after', 'limit', 'submission', 'hotkey', '__proto__', 'a[b]', '')
}

const headers = fc.array(
  fc
    .tuple(
      fc.constantFrom(
        ...[
          'arete-envelope',
          'last-event-id',
          'content-type',
          'if-none-match',
          'x-request-id',
          'accept',
          'cookie',
        ],
        ...['range', 'origin', 'x-forwarded-for', 'authorization', 'expect', 'upgrade', 'te', 'host'],
      ),
      piece,
    )
    .map(([key, value]) => `${key}: ${value.replaceAll(/[\r\n\0]/g, ' ')}`),
  { maxLength: 4 },
)
const body = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map(bytes => Buffer.from(bytes)),
  fc.json().map(text => Buffer.from(text)),
  fc.constantFrom(
    ...[
      '',
      '{',
      'null',
      '[]',
      '"',
      '{"message":{"__proto__":{}}}',
      `${'['.repeat(5000)}`,
      '{"message":1e999}',
    ].map(text => Buffer.from(text)),
  ),
)

/** Requests that are well made, for what is not there or in a form that is not wanted. */
function oddRequests(): fc.Arbitrary<Hostile> {
  return fc
    .tuple(fc.constantFrom(...METHODS), target, headers, body)
    .map(([method, path, fields, content]) => {
      const withBody = method === 'GET' || method === 'HEAD' ? Buffer.alloc(0) : content
      return {
        what: `${method} ${path}`,
        bytes: requestOf(method, path, fields, withBody),
        // A method that Node does not know, a header that it refuses or an expectation end it early.
        isWhole: true,
      }
    })
}

/** Bytes that are no request, or the beginning of one. */
function brokenBytes(): fc.Arbitrary<Hostile> {
  const noise = fc.uint8Array({ minLength: 1, maxLength: 400 }).map(bytes => Buffer.from(bytes))
  const torn = fc
    .tuple(oddRequests(), fc.double({ min: 0, max: 1, noNaN: true }))
    .map(([{ bytes }, share]) => bytes.subarray(0, Math.floor(bytes.length * share)))
  const crooked = fc.constantFrom(
    ...[
      'GET / HTTP/9.9\r\n\r\n',
      'GET /\r\n\r\n',
      'GET / HTTP/1.1\r\n\r\n',
      'POST /v1/submissions HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n',
      'POST /v1/submissions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello',
      'POST /v1/submissions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      'POST /v1/submissions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n',
      'POST /v1/submissions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n',
      'POST /v1/commits HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n{}',
      `POST /v1/submissions HTTP/1.1\r\nHost: x\r\nContent-Length: ${2 ** 21 + 1}\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\nA: ${'a'.repeat(20_000)}\r\n\r\n`,
      'GET http://other.example/v1/board HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET //v1/board HTTP/1.1\r\nHost: x y\r\n\r\n',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    ].map(text => Buffer.from(text, 'latin1')),
  )
  return fc
    .oneof(noise, torn, crooked)
    .map(bytes => ({ what: JSON.stringify(bytes.toString('latin1').slice(0, 80)), bytes, isWhole: false }))
}

/** What was signed, with something changed since. */
function oddEnvelopes(signed: readonly Signed[]): fc.Arbitrary<Hostile> {
  const value = fc.oneof(piece, fc.jsonValue({ maxDepth: 3 }), fc.constant(undefined))
  return fc
    .tuple(
      fc.constantFrom(...signed),
      fc.constantFrom(
        'domain',
        'network',
        'netuid',
        'validator',
        'miner',
        'digest',
        'nonce',
        'expires',
        'salt',
        'x',
      ),
      value,
      fc.boolean(),
    )
    .map(([{ envelope, bytes }, key, other, isInside]) => {
      const changed = isInside
        ? { ...envelope, message: { ...envelope.message, [key]: other } }
        : { ...envelope, signature: typeof other === 'string' ? other : 'ab'.repeat(64) }
      return { what: `${isInside ? key : 'signature'} = ${JSON.stringify(other)}`, ...post(changed, bytes) }
    })
}

function inVain(signed: readonly Signed[]): fc.Arbitrary<Hostile> {
  return fc.constantFrom(...signed).map(({ why, envelope, bytes }) => ({
    what: `signed in vain: ${why}`,
    ...post(envelope, bytes),
  }))
}

/** Rightly signed, and to be refused all the same. */
async function signInVain(intake: AcceptContext, used: Envelope['message']): Promise<Signed[]> {
  const [ann, stranger] = [await signerNamed('ann'), await signerNamed('stranger')]
  const good = await idlePack('never taken')
  const sign = async (
    why: string,
    bytes: Buffer,
    change: Partial<Envelope['message']> = {},
    signer = ann,
  ): Promise<Signed> => ({ why, envelope: await envelopeOf(intake, signer, bytes, change), bytes })
  const now = Math.floor(intake.now().getTime() / 1000)
  const archives = {
    'path outside': await packOf({ '../agent.py': '' }),
    'no entry': await packOf({ 'agent.py': '' }, { entry: 'other.py' }),
    'odd language': await packOf({ 'agent.py': '' }, { language: 'cobol' }),
    'torn manifest': await packOf({ 'agent.json': '{', 'agent.py': '' }),
    'no archive': Buffer.from('no archive'),
    nothing: Buffer.alloc(0),
    bomb: gzipSync(Buffer.alloc(40 * 2 ** 20)),
    'torn archive': good.subarray(0, good.length - 10),
    'two archives': Buffer.concat([good, good]),
    'no tar': gzipSync(Buffer.from('no tar')),
  }
  return await Promise.all([
    ...Object.entries(archives).map(([why, bytes]) => sign(why, bytes)),
    sign('stranger', good, {}, stranger),
    sign('expired', good, { expires: now - 1 }),
    sign('good for too long', good, { expires: now + 10 ** 9 }),
    sign('other network', good, { network: 'finney' }),
    sign('other subnet', good, { netuid: 3 }),
    sign('other validator', good, { validator: stranger.address }),
    sign("another's name", good, { miner: stranger.address }),
    sign('other digest', good, { digest: createHash('sha256').update('other').digest('hex') }),
    sign('no such commit', good, { salt: 'ab'.repeat(32) }),
    sign('used nonce', good, { nonce: used.nonce }),
    sign('other bytes', good).then(async one => ({ ...one, bytes: await idlePack('others') })),
  ])
}

function post(envelope: unknown, bytes: Buffer): Pick<Hostile, 'bytes' | 'isWhole'> {
  const header = Buffer.from(JSON.stringify(envelope)).toString('base64url')
  return { bytes: requestOf('POST', '/v1/submissions', [`arete-envelope: ${header}`], bytes), isWhole: true }
}

function requestOf(method: string, path: string, fields: readonly string[], content: Buffer): Buffer {
  const own = fields.some(field => field.startsWith('host:')) ? [] : ['host: validator.example']
  const head = [`${method} ${path} HTTP/1.1`, ...own, ...fields, `content-length: ${content.length}`]
  return Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'utf8'), content])
}
