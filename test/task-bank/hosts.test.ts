import { expect, test } from 'vitest'
import { HostPattern, matchHosts } from '../../task-bank/harbor/hosts.ts'

test.each([
  ['Example.ORG.', 'example.org'],
  ['*.example.org', '*.example.org'],
  ['192.0.2.1', '192.0.2.1'],
  ['192.0.2.0/24', '192.0.2.0/24'],
  ['2001:db8::1', '2001:db8::1'],
  ['2001:db8::/32', '2001:db8::/32'],
  ['::ffff:192.0.2.0/120', '::ffff:192.0.2.0/120'],
  ['localhost', 'localhost'],
])('an allowed host %j is %j', (text, expected) => {
  expect(HostPattern.parse(text)).toBe(expected)
})

test.each([
  '',
  ' ',
  '*',
  '*.',
  'a.*.b',
  '*.1.2.3.4',
  'http://a',
  'a:80',
  'a/b',
  '10.0.0.1/8',
  '1.2.3.4/33',
  '[::1]',
  'a..b',
  '-a',
  '2001:db8::1/32',
])('an allowed host %j is refused', text => {
  expect(HostPattern.safeParse(text).success).toBe(false)
})

const allowed = ['example.org', '*.wild.org', '192.0.2.0/24', '2001:db8::/32', '198.51.100.7']
test.each([
  ['example.org', true],
  ['EXAMPLE.org.', true],
  ['www.example.org', false],
  ['notexample.org', false],
  ['a.wild.org', true],
  ['a.b.wild.org', true],
  ['wild.org', false],
  ['evilwild.org', false],
  ['192.0.2.77', true],
  ['192.0.3.1', false],
  ['198.51.100.7', true],
  ['2001:db8::5', true],
  ['2001:db9::5', false],
  ['192.0.2.77.nip.io', false],
  ['', false],
])('of %j it is %s that it is allowed', (host, expected) => {
  expect(matchHosts(allowed)(host)).toBe(expected)
})

test('an empty list allows nothing', () => {
  expect(['a', '1.1.1.1', '::1'].some(matchHosts([]))).toBe(false)
})
