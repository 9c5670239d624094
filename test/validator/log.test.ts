import fc from 'fast-check'
import { expect, test } from 'vitest'
import { renderLogLine } from '../../validator/cli/log-line.ts'
import { openLog, redact } from '../../validator/log.ts'

const SECRET = 'hunter2hunter2'

function collect() {
  const lines: string[] = []
  return { log: openLog('debug', { write: text => void lines.push(text) }), lines }
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

test('one object a line; a person sees a line of text', () => {
  const { log, lines } = collect()
  log.warn({ part: 'work' }, 'a worker is lost')

  expect(JSON.parse(lines[0]!)).toMatchObject({ level: 'warn', msg: 'a worker is lost', part: 'work' })
  expect(renderLogLine(lines[0]!)).toMatch(/^\d\d:\d\d:\d\d warn {2}a worker is lost part=work\n$/)
})

test('what an agent or a stranger wrote commands no terminal, and makes no lines of its own', () => {
  const evil = '\u001b]0;owned\u0007\u001b[2J\u009b31m\r\n12:00:00 info  all is well\u202e'
  const { log, lines } = collect()
  log.info({ path: evil, deep: { evil } }, `unsolved: ${evil}`)
  const shown = renderLogLine(lines[0]!)

  expect(shown.slice(0, -1)).not.toMatch(/[^\P{C}]/u)
  expect(shown.endsWith('\n')).toBe(true)
})

test('what refers to itself is cut off', () => {
  const round: Record<string, unknown> = {}
  round.round = round
  expect(JSON.stringify(redact(round))).toContain('[deep]')
})
