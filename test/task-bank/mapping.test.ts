import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fullName, mapAddress, mapImage, parseMapping, suggestLine } from '../../task-bank/mapping.ts'

const MAP = parseMapping(
  `
[images]
"python:3.11" = "local/exact:1"
"docker.io/library/*" = "mirror.local:5000/hub/*"
"docker.io/library/node:*" = "mirror.local:5000/nodes:*"
"ghcr.io/*/env:*" = "mirror.local:5000/*-env:*"
"*/swebench/*" = "swe/*/*"
[git]
"https://github.com/" = "file:///srv/git/"
"https://github.com/pallets/" = "https://mirror.local/pallets/"
[registries]
pip = "http://127.0.0.1:3141/simple"
`,
  'map.toml',
)

test.each([
  ['python:3.11', 'local/exact:1'],
  ['docker.io/library/python:3.11', 'local/exact:1'],
  ['python:3.12', 'mirror.local:5000/hub/python:3.12'],
  ['debian', 'mirror.local:5000/hub/debian:latest'],
  ['debian@sha256:abc', 'mirror.local:5000/hub/debian@sha256:abc'],
  ['node:20', 'mirror.local:5000/nodes:20'],
  ['ghcr.io/some/deep/env:2', 'mirror.local:5000/some/deep-env:2'],
  ['ghcr.io/swebench/one:1', 'swe/ghcr.io/one:1'],
  ['swebench/one:1', 'swe/docker.io/one:1'],
  ['quay.io/other:1', 'quay.io/other:1'],
  ['arete/base:1', 'arete/base:1'],
  ['scratch', 'scratch'],
])('the image %s is %s here', (name, here) => {
  expect(mapImage(MAP, name)).toBe(here)
})

test.each([
  ['https://github.com/psf/requests.git', 'file:///srv/git/psf/requests.git'],
  ['https://github.com/pallets/flask', 'https://mirror.local/pallets/flask'],
  ['https://gitlab.com/x/y', 'https://gitlab.com/x/y'],
])('the repository %s is at %s here', (address, here) => {
  expect(mapAddress(MAP.git, address)).toBe(here)
})

test.each([
  ['python', 'docker.io/library/python:latest'],
  ['python:3', 'docker.io/library/python:3'],
  ['org/image', 'docker.io/org/image:latest'],
  ['localhost/image', 'localhost/image:latest'],
  ['host:5000/image', 'host:5000/image:latest'],
  ['host:5000/a/image:1', 'host:5000/a/image:1'],
  ['image@sha256:1', 'docker.io/library/image@sha256:1'],
])('%s is %s in full', (name, full) => {
  expect(fullName(name)).toBe(full)
})

test.each([
  ['a file that is no TOML', 'images = [', 'map.toml'],
  ['an unknown key', '[image]\n"a" = "b"', 'Unrecognized key: "image"'],
  [
    'more stars on the right',
    '[images]\n"a" = "b/*"',
    'images.a: expected no more "*" than on the left, got "b/*"',
  ],
  ['a blank in a name', '[images]\n"a" = "b c"', 'images.a: expected a name or address without blanks'],
  ['a network that is none', '[build]\nnetwork = "all"', 'build.network: '],
])('%s is an error that says where and what', (_, text, says) => {
  expect(() => parseMapping(text, 'map.toml')).toThrowError(says)
})

test('the order of rules does not matter, and a name that was replaced is not replaced again', () => {
  const words = fc.constantFrom('a', 'b', 'a/b', 'a/*', '*/b', '*', 'a/*/b', 'b:1')
  const rules = fc.uniqueArray(fc.tuple(words, fc.constantFrom('a', 'b', 'a/b', 'b:1')), {
    selector: ([pattern]) => pattern,
    maxLength: 6,
  })
  fc.assert(
    fc.property(rules, fc.constantFrom('a', 'b', 'a/b', 'a/x/b', 'c'), (all, name) => {
      const parse = (some: readonly (readonly [string, string])[]) =>
        parseMapping(
          `[images]\n${some.map(([from, to]) => `${JSON.stringify(from)} = "${to}"`).join('\n')}`,
          'x',
        )
      const here = mapImage(parse(all), name)

      expect(mapImage(parse(all.toReversed()), name)).toBe(here)
      expect([name, ...all.map(([, to]) => to)]).toContain(here)
    }),
  )
})

test('the suggested line maps the image that it was made for', () => {
  const text = `[images]\n${suggestLine('python:3.11').replace('<where you have it>', 'mine:1')}`

  expect(mapImage(parseMapping(text, 'x'), 'python:3.11')).toBe('mine:1')
  expect(mapImage(parseMapping(text, 'x'), 'docker.io/library/python:3.11')).toBe('mine:1')
})
