import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { CommitEnvelope, Envelope } from '../../validator/intake/envelope.ts'
import { readEnvelopeHeader } from '../../validator/intake/hand-in.ts'
import { findLock, openLock } from '../../validator/intake/key-locks.ts'
import { readKeyText } from '../../validator/intake/key-text.ts'
import { LIMITS, packFiles, unpackAgent } from '../../validator/intake/pack.ts'
import { REFUSALS } from '../../validator/intake/reason.ts'
import { isSigned, isSignedByMiner } from '../../validator/intake/signature.ts'
import { paxRecord, tarOf } from '../support/tar.ts'
import {
  KEY_FILE,
  lockAnsible,
  lockFernet,
  lockNacl,
  PASSWORD,
  PHRASE,
  SEED,
} from '../support/wallet-files.ts'
import { anyJson, anyText, bytesOf, mutated } from './mutate.ts'
import { must, target } from './target.ts'

const MANIFEST = '{"name":"a","version":"1","language":"python","entry":"agent.py"}'
const NAMES = [
  'agent.json',
  'agent.py',
  './agent.py',
  'AGENT.PY',
  'a/b',
  'a',
  'a/',
  '../a',
  '/a',
  'a//b',
  'a\0b',
  '',
]

interface PackCase {
  readonly entries: readonly {
    readonly name: string
    readonly type: string
    readonly content: string
    readonly size?: string | undefined
    readonly magic?: string | undefined
    readonly mode?: string | undefined
  }[]
  readonly flips: readonly { readonly at: number; readonly byte: number }[]
  readonly zipFlips: readonly { readonly at: number; readonly byte: number }[]
  readonly missing: number
  readonly after: string
}

const flips = fc.array(fc.record({ at: fc.nat(4000), byte: fc.nat(255) }), { maxLength: 1 })

/** Packed bytes of a stranger: files that lie inside, within the limits, and can be packed again; or reasons. */
export const packedAgent = target<PackCase>({
  name: 'packed-agent',
  short: 400,
  cases: fc.record({
    entries: fc.array(
      fc.record({
        name: fc.oneof(
          { weight: 8, arbitrary: fc.constantFrom(...NAMES) },
          { weight: 1, arbitrary: anyText.map(text => text.slice(0, 90)) },
        ),
        type: fc.oneof(
          { weight: 8, arbitrary: fc.constant('0') },
          { weight: 2, arbitrary: fc.constantFrom('5', '\0', 'x') },
          { weight: 1, arbitrary: fc.constantFrom('1', '2', '3', '6', '7', 'g', 'L', 'K', 'S', 'Z') },
        ),
        content: fc.oneof(
          fc.constant(''),
          fc.constant(MANIFEST),
          fc.constantFrom('path=b', 'path=../b', 'size=3', 'linkpath=/etc', '').map(paxRecord),
          mutated([MANIFEST, paxRecord('path=agent.py')]),
        ),
        size: fc.oneof(
          { weight: 15, arbitrary: fc.constant(undefined) },
          {
            weight: 1,
            arbitrary: fc.constantFrom('77777777777', '-0000000001', '        \0   ', '\x80\0\0\x01'),
          },
        ),
        magic: fc.oneof(
          { weight: 9, arbitrary: fc.constant(undefined) },
          { weight: 1, arbitrary: fc.constantFrom('ustar  \0', '\0') },
        ),
        mode: fc.option(fc.constantFrom('0006777\0', 'zzzzzzz\0', '        '), { nil: undefined, freq: 9 }),
      }),
      { maxLength: 6 },
    ),
    flips,
    zipFlips: flips,
    missing: fc.oneof({ weight: 4, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(3000) }),
    after: fc.oneof({ weight: 9, arbitrary: fc.constant('') }, { weight: 1, arbitrary: anyText }),
  }),
  async check({ entries, flips: tarFlips, zipFlips, missing, after }) {
    const own = [
      { name: 'agent.json', content: MANIFEST },
      { name: 'agent.py', content: 'pass' },
    ]
    const raw = entries.map(({ name, type, content, size, magic, mode }) => ({
      ...{ name, type, content: bytesOf(content) },
      ...(size === undefined ? {} : { size }),
      ...(magic === undefined ? {} : { magic }),
      ...(mode === undefined ? {} : { mode }),
    }))
    const tar = flipped(tarOf([...own, ...raw]), tarFlips)
    const zip = flipped(gzipSync(tar.subarray(0, Math.max(0, tar.length - missing))), zipFlips)
    const unpacked = await unpackAgent(Buffer.concat([zip, bytesOf(after)]))
    if ('reasons' in unpacked) {
      must(unpacked.reasons.length > 0 && unpacked.reasons.length <= 20, 'Reasons are none or too many')
      for (const { code, message } of unpacked.reasons) {
        must(code in REFUSALS && message !== '', 'A reason says nothing', code)
        must(!/\p{C}/u.test(message) && message.length < 1000, 'A reason is not fit to be shown', message)
      }
      return
    }
    const { files, manifest } = unpacked
    const names = files.map(({ path }) => path)
    must(
      files.reduce((sum, { content }) => sum + content.length, 0) <= LIMITS.unpackedBytes,
      'It is too large',
    )
    must(
      new Set(names.map(name => name.toLowerCase())).size === names.length,
      'Two files have one name',
      names,
    )
    must(names.includes(manifest.entry), 'Its entry is not there', manifest.entry)
    for (const name of names)
      must(
        name.split('/').every(part => !['', '.', '..'].includes(part)) && !/\p{C}/u.test(name),
        'A path leads outside',
        name,
      )
    const again = await unpackAgent(await packFiles(files))
    must('files' in again && again.files.length === files.length, 'It cannot be packed again', names)
  },
})

const ADDRESS = '5DfhGyQdFobKM8NsWvEeAKk5EQQgYe9AydgJ7rMB6E1EqRzV'
const MESSAGE = {
  domain: 'arete/submission/1',
  ...{ network: 'local', netuid: 2, validator: ADDRESS, miner: ADDRESS },
  ...{ digest: 'a'.repeat(64), nonce: 'b'.repeat(32), expires: 1_800_000_000 },
}
const ENVELOPES = [
  JSON.stringify({ message: MESSAGE, signature: 'c'.repeat(128) }),
  JSON.stringify({
    message: { ...MESSAGE, salt: 'd'.repeat(64), payment: '1-2' },
    signature: '0'.repeat(128),
  }),
]

/** An envelope of a stranger: refused by its form, or not signed; never believed, and never thrown over. */
export const envelope = target<{ readonly text: string }>({
  name: 'envelope',
  short: 200,
  cases: fc.record({
    text: fc.oneof(
      { weight: 6, arbitrary: mutated(ENVELOPES) },
      { weight: 2, arbitrary: anyJson.map(value => JSON.stringify(value) ?? '') },
      { weight: 1, arbitrary: anyText },
    ),
  }),
  async check({ text }) {
    const raw = readEnvelopeHeader(Buffer.from(text).toString('base64url'))
    readEnvelopeHeader(text)
    const parsed = Envelope.safeParse(raw)
    if (parsed.success) must(!(await isSignedByMiner(parsed.data)), 'A signature is believed', parsed.data)
    CommitEnvelope.safeParse(raw)
    must(!(await isSigned(text, raw, text)), 'Anything is a signature', text)
  },
})

const LOCKED = [lockAnsible(KEY_FILE), lockFernet(KEY_FILE), lockNacl(KEY_FILE)].map(bytes =>
  bytes.toString('latin1'),
)

/** A key file of anybody: a secret or a mistake that says nothing of it; never thrown over. */
export const walletFile = target<{ readonly text: string; readonly password: string }>({
  name: 'wallet-file',
  short: 150,
  cases: fc.record({
    text: fc.oneof(
      { weight: 4, arbitrary: mutated([KEY_FILE, PHRASE, SEED, JSON.stringify({ ' secretSeed': SEED })]) },
      { weight: 3, arbitrary: mutated(LOCKED, ['$ANSIBLE_VAULT;1.1;AES256\n', '\n', '0a']) },
      { weight: 1, arbitrary: anyJson.map(value => JSON.stringify(value) ?? '') },
      { weight: 1, arbitrary: anyText },
    ),
    password: fc.oneof(fc.constant(PASSWORD), anyText),
  }),
  async check({ text, password }) {
    const bytes = bytesOf(text)
    const lock = findLock(bytes)
    // The other locks take seconds by design, and their tests try them.
    const open = lock === 'ansible' ? await openLock(lock, bytes, password) : text
    const read = readKeyText(open ?? text)
    if ('mistake' in read) must(read.mistake.length < 100, 'A mistake tells too much', read.mistake)
    else must(read.sources.length > 0, 'There is no source of a key')
  },
})

function flipped(bytes: Buffer, changes: PackCase['flips']): Buffer {
  for (const { at, byte } of changes) if (at < bytes.length) bytes[at] = byte
  return bytes
}
