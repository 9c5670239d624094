import fc from 'fast-check'
import { expect, test } from 'vitest'
import { openLog, redact } from '../../validator/log.ts'

const SECRET = 'hunter2hunter2'

function collect(isTerminal = false) {
  const lines: string[] = []
  const output = { write: (text: string) => void lines.push(text), isTTY: isTerminal }
  return { log: openLog('debug', output), lines }
}

test('no secret is written, under whatever it is nested and however it is called', () => {
  const key = fc.constantFrom(
    'secretAccessKey',
    'password',
    'secretPhrase',
    'seed',
    'Authorization',
    'databaseUrl',
    'PrivateKey',
  )
  const nest = fc.array(fc.oneof(fc.string(), fc.constant(0)), { maxLength: 5 })
  fc.assert(
    fc.property(key, nest, (name, around) => {
      const inner: unknown = { [name]: SECRET }
      const value = around.reduce<unknown>((at, one) => (one === 0 ? [at] : { [one || 'x']: at }), inner)
      const { log, lines } = collect()
      log.info({ value }, 'text')
      expect(lines.join()).not.toContain(SECRET)
    }),
  )
})

test('nor the password of an address, in texts, fields, errors and their causes', () => {
  const url = `postgres://arete:${SECRET}@db:5432/arete`
  const error = new Error(`cannot reach ${url}`, { cause: new Error(`at ${url}`) })
  const { log, lines } = collect()
  log.error({ err: error, list: [url] }, `lost ${url}`)
  log.error(error)

  expect(lines).toHaveLength(2)
  expect(lines.join()).not.toContain(SECRET)
  expect(lines.join()).toContain('db:5432')
})

test('on a terminal it is a line of text, elsewhere one object a line', () => {
  const [terminal, pipe] = [collect(true), collect()]
  for (const { log } of [terminal, pipe]) log.warn({ part: 'work' }, 'a worker is lost')

  expect(terminal.lines[0]).toMatch(/^\d\d:\d\d:\d\d warn {2}a worker is lost part=work\n$/)
  expect(JSON.parse(pipe.lines[0]!)).toMatchObject({ level: 'warn', msg: 'a worker is lost', part: 'work' })
})

test('what refers to itself is cut off', () => {
  const round: Record<string, unknown> = {}
  round.round = round
  expect(JSON.stringify(redact(round))).toContain('[deep]')
})
