import { decode, encode } from 'dns-packet'
import fc from 'fast-check'
import { readOpening } from '../../sandbox/client-hello.ts'
import { Gate } from '../../sandbox/gate.ts'
import { buildHello } from '../support/client-hello.ts'
import { bytesOf } from './mutate.ts'
import { must, target } from './target.ts'

interface Case {
  readonly base: 'hello' | 'question' | 'nothing'
  readonly edits: readonly { readonly at: number; readonly byte: number }[]
  readonly cut: number
  readonly more: string
}

const HELLO = buildHello('good.example')
const QUESTION = encode({
  type: 'query',
  id: 7,
  flags: 256,
  questions: [{ type: 'A', name: 'good.example' }],
})

/** What programs in a sandbox send to its way out: an answer, or none; never a crash, nor an address for a name that is not allowed. */
export const outlets = target<Case>({
  name: 'outlets',
  short: 500,
  cases: fc.record({
    base: fc.constantFrom('hello', 'question', 'nothing'),
    edits: fc.array(fc.record({ at: fc.nat(200), byte: fc.nat(255) }), { maxLength: 6 }),
    cut: fc.nat(200),
    more: fc.string({ maxLength: 40 }),
  }),
  check({ base, edits, cut, more }) {
    const start = base === 'hello' ? HELLO : base === 'question' ? QUESTION : Buffer.alloc(0)
    const bytes = Buffer.concat([start, bytesOf(more)])
    for (const { at, byte } of edits) if (at < bytes.length) bytes[at] = byte
    const sent = cut > 150 ? bytes : bytes.subarray(0, cut)
    const opening = readOpening(sent)
    must(['tls', 'other', 'unfinished'].includes(opening.kind), 'It is nothing', opening)
    const answer = new Gate({ kind: 'allowlist', hosts: ['good.example'] }).answer(sent)
    if (answer === undefined) return
    const { answers = [] } = decode(answer)
    for (const one of answers)
      must(one.name.toLowerCase() === 'good.example', 'A name is known that is not allowed', one)
  },
})
