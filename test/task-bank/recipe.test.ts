import { describe, expect, test } from 'vitest'
import { findLicence } from '../../task-bank/history/licence.ts'
import { nodeNeeds, pythonNeeds, withoutAddresses } from '../../task-bank/history/packages.ts'
import { readRecipe, USUAL } from '../../task-bank/history/recipe.ts'
import { chooseRunner, TOOLCHAINS, writeDockerfile } from '../../task-bank/history/toolchain.ts'

describe('packages', () => {
  test('of Python come from usual files, without what could lead elsewhere', () => {
    const files: Record<string, string> = {
      'requirements.txt':
        '# comment\n-r more.txt\n--index-url https://example.invalid\nattrs>=22,<24 ; python_version > "3"\ngit+https://example.invalid/x\n-e .\n./local\nsix==1.16.0 --hash=sha256:00\n',
      'more.txt': '-r requirements.txt\nfreezegun\n',
      'pyproject.toml':
        '[project]\ndependencies = ["idna", "x @ https://example.invalid/x"]\n[dependency-groups]\ntests = ["pytest", {include-group = "a"}]\n',
      'setup.cfg': '[options]\ninstall_requires =\n    markupsafe>=2\n\n[other]\n',
    }

    expect(pythonNeeds(file => files[file])).toEqual([
      'attrs>=22,<24 ; python_version > "3"',
      'freezegun',
      'idna',
      'markupsafe>=2',
      'pytest',
      'six==1.16.0',
    ])
  })

  test('of Node are ranges of a registry only, and of those for developers what is used', () => {
    const manifest = JSON.stringify({
      dependencies: {
        one: '^1.0.0',
        two: 'file:../two',
        three: 'git+ssh://example.invalid/x',
        four: 'npm:other@1',
      },
      devDependencies: { vitest: '^3', eslint: '^9' },
    })

    expect(nodeNeeds(manifest, name => name === 'vitest')).toEqual({ one: '^1.0.0', vitest: '^3' })
    expect(nodeNeeds('{', () => true)).toEqual({})
  })

  test('a lock keeps its digests and loses its addresses', () => {
    const lock = JSON.stringify({
      lockfileVersion: 3,
      packages: {
        '': {},
        'node_modules/a': { version: '1.0.0', resolved: 'http://10.0.0.1/a.tgz', integrity: 'sha512-x' },
        'node_modules/b': { resolved: '../b', link: true },
      },
    })

    expect(JSON.parse(withoutAddresses(lock)!).packages).toEqual({
      '': {},
      'node_modules/a': { version: '1.0.0', integrity: 'sha512-x' },
    })
  })
})

test('the runner is told by what tests import, or by the recipe', () => {
  const kind = (name: string, text: string, recipe = USUAL) =>
    chooseRunner(new Map([[name, text]]), recipe)?.runner

  expect(kind('tests/test_a.py', '')).toBe('pytest')
  expect(kind('a.test.ts', "import test from 'node:test'")).toBe('node')
  expect(kind('a.test.ts', "import { it } from 'vitest'")).toBe('vitest')
  expect(kind('a.test.js', "const test = require('tape')")).toBeUndefined()
  expect(kind('a.test.js', '', { ...USUAL, runner: 'vitest' })).toBe('vitest')
})

test('a vitest that our runner would not hear is replaced by a newer one, unless the recipe says otherwise', () => {
  const needs = (recipe = USUAL) =>
    TOOLCHAINS[1]!.needs(
      recipe,
      file => (file === 'package.json' ? '{"devDependencies": {"vitest": "^0.34.6"}}' : undefined),
      () => true,
    )

  expect(needs()).toEqual({ kind: 'node', packages: { vitest: '^3.2.4' }, lock: undefined })
  expect(needs({ ...USUAL, packages: ['vitest@2'] })).toMatchObject({ packages: { vitest: '2' } })
})

test('a Dockerfile installs packages before the repository comes, so that commits share those layers', () => {
  const text = writeDockerfile({ install: ['COPY packages /opt/packages'], build: ['make'] })

  expect(text.indexOf('COPY packages')).toBeLessThan(text.indexOf('repository.fi'))
  expect(text.endsWith('WORKDIR /app\nRUN make\n')).toBe(true)
})

test('a recipe with mistakes is refused by key', () => {
  expect(
    readRecipe('runner = "mocha"\ndependencies = ["../x"]\nextra = 1\npackages = ["--index-url=x"]'),
  ).toEqual({
    mistakes: [
      expect.stringMatching(/^runner: /),
      'dependencies.0: a path within the repository',
      'packages.0: one package, without options',
      expect.stringMatching(/^file: .*extra/),
    ],
  })
  expect(readRecipe('runner = ')).toEqual({ mistakes: [expect.stringMatching(/^line 1: /)] })
})

test.each([
  ['MIT', { LICENSE: 'Permission is hereby granted, free of charge, to any person obtaining a copy' }],
  [
    'BSD-3-Clause',
    { 'LICENSE.txt': 'Redistribution and use in source and binary forms ... Neither the name of' },
  ],
  ['BSD-2-Clause', { COPYING: 'Redistribution and use in source and binary forms, with or without' }],
  ['ISC', { 'package.json': '{"license": "ISC"}' }],
  [undefined, { LICENSE: 'All rights reserved' }],
])('the licence %s is found', (id, files) => {
  expect(findLicence(new Map(Object.entries(files)))?.id).toBe(id)
})
