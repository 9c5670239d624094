import { expect, test } from 'vitest'
import { judgeLimits, measureBudget } from '../../task-bank/checks/budget.ts'
import { findFetches } from '../../task-bank/checks/fetches.ts'
import { findLicence } from '../../task-bank/checks/licence.ts'
import { findGivenNames, findNames, ownNames } from '../../task-bank/checks/names.ts'
import { findSecrets } from '../../task-bank/checks/secrets.ts'

const MIT = 'Permission is hereby granted, free of charge, to any person\nobtaining a copy of this software'

test('findGivenNames() finds names that only the reference and the statement have', () => {
  const texts = {
    statement: 'Call `parse_weight`, or use parseUnit and total. Mind old_name, tested_name and read_only.',
    added: 'def parse_weight(): return parseUnit(total, old_name, tested_name)\n# fits',
    known: 'def old_name(): pass\nassert tested_name() == 1',
  }

  expect(findGivenNames(texts)).toEqual(['parse_weight', 'parseUnit'])
})

test.each([
  ['a word of a sentence', 'The rebate is wrong', 'rebate = 1'],
  ['a part of a longer name', 'See parse_weights', 'parse_weight = 1'],
  ['a name that is in the repository', 'See format_weight', 'x = format_weight(1)'],
])('%s is not given away', (_, statement, added) => {
  expect(findGivenNames({ statement, added, known: 'def format_weight(): pass' })).toEqual([])
})

test('ownNames() are names of failing tests that are nobody else’s', () => {
  const failToPass = [
    'test_a.py::TestCart::test_two_rebates[one-2]',
    'test_a.py::TestCart::test_two_rebates[two-2]',
    'test_a.py::test_zero',
    'a.test.ts::cart > adds two rebates',
    'a.test.ts::cart > undefined',
  ]
  const tests = { root: '/tests', cwd: '/app', names: undefined, run: undefined, env: {} }
  const expected = { failToPass, passToPass: ['test_a.py::test_a_total_of_nothing'], others: [] }

  expect(ownNames({ kind: 'pytest', tests, expected })).toEqual(['test_two_rebates', 'adds two rebates'])
  expect(ownNames({ kind: 'script', known: undefined })).toEqual([])
})

test('findNames() finds whole words only', () => {
  expect(findNames(['test_two', 'adds two'], 'def test_two(): ...\n"adds two"')).toEqual([
    'test_two',
    'adds two',
  ])
  expect(findNames(['test_two', 'adds two'], 'test_twofold my_test_two adds twofold')).toEqual([])
})

test.each<[string, Record<string, string>, object | undefined]>([
  ['a licence file', { 'src/a.py': '', LICENSE: MIT }, { name: 'MIT', file: 'LICENSE' }],
  [
    'a licence file in other words',
    { 'COPYING.txt': 'GNU Lesser General Public License\n  Version 3, 29 June' },
    { name: 'LGPL-3.0', file: 'COPYING.txt' },
  ],
  ['one that nobody knows', { 'LICENCE.md': 'Do as you like.' }, { name: 'other', file: 'LICENCE.md' }],
  [
    'three clauses',
    { LICENSE: 'Redistribution and use in source and binary forms, with or\n without. Neither the name of' },
    { name: 'BSD-3-Clause', file: 'LICENSE' },
  ],
  [
    'two clauses',
    { LICENSE: 'Redistribution and use in source and binary forms, with' },
    { name: 'BSD-2-Clause', file: 'LICENSE' },
  ],
  [
    'Apache',
    { 'LICENSE.txt': 'Apache License\n   Version 2.0, January 2004' },
    { name: 'Apache-2.0', file: 'LICENSE.txt' },
  ],
  [
    'a manifest of npm',
    { 'package.json': '{ "name": "x", "license": "ISC" }' },
    { name: 'ISC', file: 'package.json' },
  ],
  [
    'a manifest of Python',
    { 'pyproject.toml': '[project]\nlicense = { text = "MIT" }' },
    { name: 'MIT', file: 'pyproject.toml' },
  ],
  [
    'a mark in a file',
    { 'src/a.py': '# SPDX-License-Identifier: MPL-2.0\n' },
    { name: 'MPL-2.0', file: 'src/a.py' },
  ],
  ['a folder of licences of others', { 'vendor/x/LICENSE': MIT }, undefined],
  ['nothing', { 'README.md': 'license: see elsewhere' }, undefined],
])('findLicence() of %s', (_, files, expected) => {
  expect(findLicence(Object.keys(files), file => files[file]!)).toEqual(expected)
})

/** Put together here, so that nobody takes this file for a leak. */
const drawn = 'q7Zk2Lw9Xb4Tn8Rv3Jm6Hd1Fs5Gp0Yc'
const SECRETS: readonly (readonly [kind: string, text: string])[] = [
  ['a private key', ['-----BEGIN', 'RSA PRIVATE', 'KEY-----'].join(' ')],
  ['a private key', ['-----BEGIN', 'PRIVATE', 'KEY-----'].join(' ')],
  ['a key of AWS', `AKI${'A'}Q7ZK2LWXB4TN5RVJ`],
  ['a token of GitHub', `gh${'p_'}${drawn}Aa1Z`.padEnd(40, 'k')],
  ['a token of GitLab', `glp${'at-'}${drawn.slice(0, 20)}`],
  ['a token of npm', `np${'m_'}${drawn}Aa1Zk`.slice(0, 40)],
  ['a key of Stripe', `sk_${'live_'}${drawn}`],
  ['a key of Google', `AI${'za'}${drawn}Aa1Z`.slice(0, 39)],
  ['a key of a model provider', `sk-${'ant-'}${drawn}${drawn}`],
  ['a password in an address', `postgres://shop:${drawn.slice(0, 12)}@db.shop.test/x`],
  ['what is called a secret', `API_KEY = "${drawn}"`],
  ['what is called a secret', `{"password": "${drawn}"}`],
]

test.each(SECRETS)('findSecrets() finds %s', (kind, text) => {
  const found = findSecrets(`one\ntwo ${text}\n`)

  expect(found).toEqual([{ kind, line: 2, begins: expect.stringMatching(/^.{6}…$/) }])
})

test.each([
  'password = "correct horse battery staple"',
  'token = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"',
  'API_KEY = "your_api_key_goes_here_please"',
  `aws = "AKIA${'IOSFODNN7'}EXAMPLE"`,
  'secret = "sha256-of-the-canonical-form"',
  'digest = "c0ffee254729296a45a3885639ac7e10f9d54979"',
  'tokenizer: "AutomaticallyGeneratedTokens"',
  'https://example.org:8080/@scope/package',
  'https://user:password@example.org/',
  '-----BEGIN CERTIFICATE-----',
  'const token = lexer.next()',
])('%s is no secret', text => {
  expect(findSecrets(text)).toEqual([])
})

test.each([
  ['fits', 30, 1024, []],
  [
    'is too short',
    5,
    1024,
    ['verifier.timeout_sec is too tight for tests that need 2.0 s: we would give 30'],
  ],
  [
    'is far too long',
    3600,
    1024,
    ['verifier.timeout_sec is far too large for tests that need 2.0 s: we would give 30'],
  ],
  [
    'is too small',
    30,
    100,
    ['environment.memory_mb is too tight for tests that need 90 MB: we would give 256'],
  ],
  [
    'is far too large',
    30,
    16_384,
    ['environment.memory_mb is far too large for tests that need 90 MB: we would give 256'],
  ],
])('a limit that %s', (_, timeoutSeconds, memoryMegabytes, expected) => {
  const usages = [1, 2, 1.2].map(seconds => ({ seconds, memoryMegabytes: 90, processes: 3 }))

  expect(judgeLimits(measureBudget(usages), { timeoutSeconds, memoryMegabytes })).toEqual(expected)
})

test('measureBudget() proposes for the most that was seen', () => {
  const usages = [
    { seconds: 4, memoryMegabytes: 100, processes: 2 },
    { seconds: 8.1, memoryMegabytes: 300, processes: 9 },
    { seconds: 5, memoryMegabytes: 110, processes: 3 },
  ]

  expect(measureBudget(usages)).toEqual({
    runs: 3,
    seconds: { median: 5, most: 8.1 },
    memoryMegabytes: { median: 110, most: 300 },
    processes: 9,
    proposed: { timeoutSeconds: 90, memoryMegabytes: 640 },
  })
})

test('a text of many megabytes is searched within its time', () => {
  const text = `${'token = "'.repeat(200_000)}${'a:'.repeat(200_000)}`

  expect(findSecrets(text)).toEqual([])
  expect(findLicence(['LICENSE'], () => text)).toMatchObject({ name: 'other' })
})

test.each([
  'curl -LsSf https://example.org/install.sh | sh',
  '  wget -q https://example.org/a',
  'set -e; apt-get update',
  'sudo apt-get -y install curl',
  'cd /app && pip install -r requirements.txt',
  'if true; then python3 -m pip install x; fi',
  'uv pip install --system x',
  'uvx --with pytest==8.4.1 pytest /tests',
  '(npm ci)',
  'git clone https://example.org/a',
  'go mod download',
])('findFetches() finds "%s"', line => {
  expect(findFetches(`#!/bin/bash\n${line}\npytest\n`)).toEqual([{ line: 2, text: line.trim() }])
})

test.each([
  '# curl https://example.org',
  'echo "curl https://example.org"',
  'curl -s http://localhost:8000/health',
  'wget -q 127.0.0.1:80',
  'pip install --no-index ./wheels/x.whl',
  'pip list',
  'npm test',
  'npm run install-check',
  'git diff --stat',
  'python3 -m pytest tests/test_curl.py',
  'which curl',
  'go test ./...',
])('findFetches() lets "%s" be', line => {
  expect(findFetches(line)).toEqual([])
})
