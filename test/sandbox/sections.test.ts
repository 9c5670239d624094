import fc from 'fast-check'
import { parse } from 'smol-toml'
import { expect, test } from 'vitest'
import { restoreSections } from '../../sandbox/sections.ts'

interface Case {
  readonly what: string
  readonly file: string
  /** Lines before and after; undefined where there is no file. */
  readonly before?: string
  readonly after?: string
}

const PYPROJECT = `[project]
name = "sums"

[tool.pytest.ini_options]
addopts = "-q"
`
const SETUP_CFG = `[metadata]
name = sums

[tool:pytest]
addopts = -q
    --strict

[flake8]
max-line-length = 100
`
const PACKAGE = `{
  "name": "sums",
  "scripts": {
    "build": "tsc",
    "test": "node --test"
  },
  "jest": { "bail": true }
}
`
const TSCONFIG = `{
  // Ours
  "compilerOptions": {
    "strict": true, /* yes */
    "paths": { "@/*": ["./src/*"], },
  },
}
`
const CARGO = `[package]
name = "sums"
version = "1.0.0"

[dependencies]
serde = "1"

[dev-dependencies]
proptest = "1"
`
const GO_MOD = `module example.org/sums

go 1.22

require (
\tgithub.com/a/b v1.0.0
\tgithub.com/replace/it v1.0.0 // replace soon
)

replace github.com/a/b => ../b
`

test.each<Case>([
  { what: 'nothing', file: 'pyproject.toml', before: PYPROJECT, after: PYPROJECT },
  {
    what: 'a dependency',
    file: 'pyproject.toml',
    before: PYPROJECT,
    after: PYPROJECT.replace('"sums"', '"sums"\ndependencies = ["x"]'),
  },
  {
    what: 'a comment and order',
    file: 'pyproject.toml',
    before: PYPROJECT,
    after: `# hello\n${PYPROJECT}\n\n[tool.ruff]\n`,
  },
  {
    what: 'the same in other words',
    file: 'pyproject.toml',
    before: PYPROJECT,
    after: 'tool.pytest.ini_options = {"addopts" = \'-q\'}\n[project]\nname = "sums"\n',
  },
  {
    what: 'a script',
    file: 'pyproject.toml',
    before: PYPROJECT,
    after: `${PYPROJECT}\n[project.entry-points.console_scripts]\nx = "x:y"\n`,
  },
  { what: 'a new manifest', file: 'pyproject.toml', after: '[project]\nname = "sums"\n[tool.mypy]\n' },
  { what: 'a manifest without tests gone', file: 'lib/pyproject.toml', before: '[project]\nname = "sums"\n' },
  {
    what: 'a version',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: SETUP_CFG.replace('name = sums', 'name = sums\nversion = 2'),
  },
  {
    what: 'a comment beside the tests',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: SETUP_CFG.replace('[flake8]', '# style\n\n[flake8]  # long'),
  },
  {
    what: 'an entry point',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: `${SETUP_CFG}\n[options.entry_points]\nconsole_scripts =\n    x = x:y\n`,
  },
  {
    what: 'a section that comes close',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: `${SETUP_CFG}\n[tool:pytester]\nx = 1\n`,
  },
  {
    what: 'a dependency',
    file: 'package.json',
    before: PACKAGE,
    after: PACKAGE.replace('"jest"', '"dependencies": {"left-pad": "1"},\n  "jest"'),
  },
  {
    what: 'another script',
    file: 'package.json',
    before: PACKAGE,
    after: PACKAGE.replace('"tsc"', '"tsc -b",\n    "start": "node ."'),
  },
  {
    what: 'type, imports and exports',
    file: 'package.json',
    before: PACKAGE,
    after: PACKAGE.replace(
      '"jest"',
      '"type": "module", "imports": {"#x": "./x.js"}, "exports": "./x.js", "jest"',
    ),
  },
  { what: 'a new manifest below', file: 'templates/app/package.json', after: PACKAGE },
  { what: 'strictness', file: 'tsconfig.json', before: TSCONFIG, after: TSCONFIG.replace('true', 'false') },
  {
    what: 'a new configuration below',
    file: 'packages/a/tsconfig.json',
    after: '{ "extends": "../../tsconfig.json" }',
  },
  {
    what: 'a dependency',
    file: 'Cargo.toml',
    before: CARGO,
    after: CARGO.replace('serde = "1"', 'serde = "1"\nanyhow = "1"'),
  },
  { what: 'a new dependency of tests', file: 'Cargo.toml', before: CARGO, after: `${CARGO}tempfile = "3"\n` },
  {
    what: 'a new dependency with a name that objects have',
    file: 'Cargo.toml',
    before: CARGO.split('[dev')[0]!,
    after: `${CARGO}constructor = "1"\n`,
  },
  { what: 'a new crate', file: 'crates/a/Cargo.toml', after: `${CARGO}\n[[test]]\nname = "x"\n` },
  {
    what: 'a requirement',
    file: 'go.mod',
    before: GO_MOD,
    after: GO_MOD.replace('v1.0.0\n', 'v1.1.0\n').replace('\n)', '\n\tgithub.com/c/d v1.0.0\n)'),
  },
  {
    what: 'another layout',
    file: 'go.mod',
    before: GO_MOD,
    after: GO_MOD.replace(/replace (github.*\.\.\/b)/, 'replace (\n\t$1 // here\n)'),
  },
  {
    what: 'anything of another file',
    file: 'my_setup.cfg.md',
    before: '[tool:pytest]',
    after: '[tool:pytest]\nx = 1',
  },
  { what: 'anything of a file like it', file: 'app.package.json', before: '{', after: '}' },
])('$file: $what counts as it is', ({ file, before, after }) => {
  expect(restored(file, before, after)).toEqual({ kind: 'kept' })
})

test.each<Case & { sections: string[]; content: string }>([
  {
    what: 'options of pytest',
    file: 'pyproject.toml',
    before: PYPROJECT,
    after: PYPROJECT.replace('-q', '-p evil').replace('"sums"', '"sums"\nversion = "2"'),
    sections: ['tool.pytest'],
    content: PYPROJECT.replace('"sums"', '"sums"\nversion = "2"'),
  },
  {
    what: 'options of pytest, in one line',
    file: 'pyproject.toml',
    before: '[project]\nname = "sums"\n',
    after:
      'tool = { "pytest" = { ini_options.addopts = "-p evil" }, x = 1, y = 1.0 }\nproject.name = "sums"\n',
    sections: ['tool.pytest'],
    content: '[tool]\nx = 1\ny = 1.0\n\n[project]\nname = "sums"\n',
  },
  {
    what: 'options of pytest, behind an escape',
    file: 'pyproject.toml',
    before: '[project]\nname = "sums"\n',
    after: '[project]\nname = "sums"\n["t\\u006fol"."pytest".ini_options]\naddopts = "-p evil"\n',
    sections: ['tool.pytest'],
    content: '[project]\nname = "sums"\n\n[tool]\n',
  },
  {
    what: 'options of pytest gone, with their parent',
    file: 'pyproject.toml',
    before: PYPROJECT,
    after: 'tool = "none"\n[project]\nname = "sums"\n',
    sections: ['tool.pytest'],
    content: '[tool.pytest.ini_options]\naddopts = "-q"\n\n[project]\nname = "sums"\n',
  },
  {
    what: 'a plugin and coverage',
    file: 'pyproject.toml',
    before: '[project]\nname = "sums"\n',
    after:
      '[project]\nname = "sums"\n[project.entry-points.pytest11]\nx = "x"\n[project.entry-points.y]\nx = "x"\n[tool.coverage.run]\nplugins = ["x"]\n[tool.hatch.envs.default.scripts]\ntest = "true"\n',
    sections: ['project.entry-points.pytest11', 'tool.coverage', 'tool.hatch.envs'],
    content: '[project]\nname = "sums"\n\n[project.entry-points.y]\nx = "x"\n\n[tool.hatch]\n',
  },
  {
    what: 'options of pytest in a file of its own',
    file: 'tests/pyproject.toml',
    after: '[tool.pytest.ini_options]\naddopts = "-p evil"\n',
    sections: ['tool.pytest'],
    content: '[tool]\n',
  },
  {
    what: 'options of pytest',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: SETUP_CFG.replace('-q', '-p evil').replace('= 100', '= 80'),
    sections: ['tool:pytest'],
    content:
      '[metadata]\nname = sums\n\n[flake8]\nmax-line-length = 80\n[tool:pytest]\naddopts = -q\n    --strict\n\n',
  },
  {
    what: 'options of pytest gone',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: '[metadata]\nname = sums\n',
    sections: ['tool:pytest'],
    content: '[metadata]\nname = sums\n[tool:pytest]\naddopts = -q\n    --strict\n\n',
  },
  {
    what: 'options of pytest twice, in another case, without an end',
    file: 'setup.cfg',
    before: '[metadata]\nname = sums',
    after:
      '[metadata]\r\nname = sums\r\n[Tool:Pytest]\r\naddopts = x\r\n[flake8]\r\n[tool:pytest] ; y\r\naddopts = x',
    sections: ['tool:pytest'],
    content: '[metadata]\nname = sums\n[flake8]\n',
  },
  {
    what: 'a plugin, and defaults for all',
    file: 'setup.cfg',
    before: '[options.entry_points]\nconsole_scripts =\n    x = x:y\n',
    after: '[DEFAULT]\na = 1\n[options.entry_points]\npytest11 =\n    x = x\n',
    sections: ['default', 'options.entry_points'],
    content: '[options.entry_points]\nconsole_scripts =\n    x = x:y\n',
  },
  {
    what: 'a plugin taken away',
    file: 'setup.cfg',
    before: '[options.entry_points]\npytest11 =\n    x = x\n',
    after: '[options.entry_points]\nconsole_scripts =\n    x = x:y\n',
    sections: ['options.entry_points'],
    content: '[options.entry_points]\npytest11 =\n    x = x\n',
  },
  {
    what: "the tests' scripts, and a dependency",
    file: 'package.json',
    before: PACKAGE,
    after: PACKAGE.replace('"node --test"', '"true",\n    "pretest": "evil",\n    "start": "node ."').replace(
      '"jest"',
      '"dependencies": {},\n  "jest"',
    ),
    sections: ['scripts.test*', 'scripts.pre*'],
    content:
      '{\n  "name": "sums",\n  "scripts": {\n    "build": "tsc",\n    "test": "node --test",\n    "start": "node ."\n  },\n  "dependencies": {},\n  "jest": {\n    "bail": true\n  }\n}\n',
  },
  {
    what: 'everything of the tests gone',
    file: 'package.json',
    before: PACKAGE,
    after: '{"scripts":null,"type":"module"}',
    sections: ['scripts.test*', 'name', 'jest'],
    content: '{"scripts":{"test":"node --test"},"type":"module","name":"sums","jest":{"bail":true}}',
  },
  {
    what: 'configuration of test tools, and a name that takes an import',
    file: 'package.json',
    before: '{\n\t"name": "sums"\n}',
    after: '{\n\t"name": "chai",\n\t"mocha": {}, "ava": {}, "nyc": {}, "c8": {}, "babel": {}, "files": []\n}',
    sections: ['name', 'mocha', 'ava', 'nyc', 'c8', 'babel'],
    content: '{\n\t"name": "sums",\n\t"files": []\n}',
  },
  {
    what: 'configuration of tests beside something odd',
    file: 'package.json',
    before: '{"jest":{}}',
    after: '{"scripts":null}',
    sections: ['jest'],
    content: '{"scripts":null,"jest":{}}',
  },
  {
    what: 'a new manifest at the top',
    file: 'package.json',
    after: '{ "type": "module", "__proto__": { "x": 1 }, "scripts": { "test": "true" } }',
    sections: ['scripts.test*'],
    content: '{"type":"module","__proto__":{"x":1},"scripts":{}}',
  },
  {
    what: 'paths',
    file: 'tsconfig.json',
    before: TSCONFIG,
    after: TSCONFIG.replace('"./src/*"], }', '"./src/*"], "chai": ["./evil"] }').replace(
      '// Ours',
      '"extends": "./x", // "//"',
    ),
    sections: ['extends', 'compilerOptions.paths'],
    content:
      '{\n  "compilerOptions": {\n    "strict": true,\n    "paths": {\n      "@/*": [\n        "./src/*"\n      ]\n    }\n  }\n}\n',
  },
  {
    what: 'a test of its own, and what stands in for a dependency',
    file: 'Cargo.toml',
    before: CARGO,
    after: `${CARGO.replace('"1.0.0"', '"1.0.0"\nautotests = false').replace('proptest = "1"', 'proptest = { path = "evil" }')}\n[[test]]\nname = "x"\nharness = false\n[patch.crates-io]\nserde = { path = "evil" }\n`,
    sections: ['package.autotests', 'dev-dependencies.*', 'test', 'patch'],
    content: CARGO,
  },
  {
    what: 'what stands in for a requirement',
    file: 'go.mod',
    before: GO_MOD,
    after: `${GO_MOD.replace('../b', './evil')}replace (\n\tgithub.com/c/d => ./evil // x\n)\nignore ./tests\ngodebug x=1\n`,
    sections: ['replace', 'ignore'],
    content: `${GO_MOD.split('\nreplace')[0]}\ngodebug x=1\nreplace github.com/a/b => ../b\n`,
  },
])('$file: $what stays as it was', ({ file, before, after, sections, content }) => {
  expect(restored(file, before, after)).toEqual({ kind: 'restored', sections, content })
})

test.each<Case>([
  { what: 'deleted with its sections', file: 'pyproject.toml', before: PYPROJECT },
  { what: 'deleted with its sections', file: 'setup.cfg', before: SETUP_CFG },
  { what: 'deleted with its sections', file: 'package.json', before: PACKAGE },
  { what: 'deleted with its sections', file: 'go.mod', before: GO_MOD },
  { what: 'broken', file: 'pyproject.toml', before: PYPROJECT, after: `${PYPROJECT}[` },
  { what: 'broken', file: 'package.json', before: PACKAGE, after: PACKAGE.replace('}', '') },
  { what: 'not JSON to all', file: 'package.json', before: PACKAGE, after: PACKAGE.replace('{', '{ // x\n') },
  { what: 'no object', file: 'package.json', before: PACKAGE, after: '[]' },
  { what: 'broken to begin with', file: 'package.json', before: '{', after: PACKAGE },
  {
    what: 'nested without end',
    file: 'package.json',
    before: PACKAGE,
    after: `{"x":${'['.repeat(200_000)}${']'.repeat(200_000)},"jest":1}`,
  },
  {
    what: 'nested without end',
    file: 'pyproject.toml',
    before: PYPROJECT,
    after: `x = ${'['.repeat(20_000)}${']'.repeat(20_000)}`,
  },
  {
    what: 'a header to some',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: SETUP_CFG.replace('-q', '-q\n [x]\naddopts = evil'),
  },
  {
    what: 'a header to some',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: SETUP_CFG.replace('[flake8]', '[flake8] x'),
  },
  {
    what: 'a header to some',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: SETUP_CFG.replace('[flake8]', '[a] # [tool:pytest]'),
  },
  {
    what: 'a line to some',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: SETUP_CFG.replace('100', '100\f[tool:pytest]\faddopts = evil'),
  },
  {
    what: 'a line to some',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: SETUP_CFG.replace('100', '100\u2028[tool:pytest]'),
  },
  {
    what: 'a line to some',
    file: 'setup.cfg',
    before: SETUP_CFG,
    after: SETUP_CFG.replace('100', '100\r[tool:pytest]'),
  },
  {
    what: 'replacing in other words',
    file: 'go.mod',
    before: GO_MOD,
    after: `${GO_MOD}"replace" a => ./evil\n`,
  },
  {
    what: 'replacing in the middle of a block',
    file: 'go.mod',
    before: GO_MOD,
    after: GO_MOD.replace('\n)', '\n\ta => ./evil\n)'),
  },
])('$file that is $what stays as a whole', ({ file, before, after }) => {
  expect(restored(file, before, after)).toEqual({ kind: 'dropped' })
})

test('a manifest that is not UTF-8 stays as a whole', () => {
  const after = Buffer.from(`${SETUP_CFG}# caf\xe9\n`, 'latin1')

  expect(restoreSections('setup.cfg', Buffer.from(SETUP_CFG), after)).toEqual({ kind: 'dropped' })
})

test('sections without end take no time', () => {
  const start = performance.now()

  restored('setup.cfg', '', '[options.entry_points]\n'.repeat(50_000))

  expect(performance.now() - start).toBeLessThan(3000)
})

test("whatever a patch writes, the sections of the tests are what they were, and the rest is the patch's", () => {
  const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant({ test: 'x', build: 'y' }))
  const manifest = fc.record(
    {
      name: value,
      jest: value,
      type: value,
      scripts: fc.dictionary(fc.constantFrom('test', 'test:unit', 'pretest', 'build', 'start'), fc.string()),
    },
    { requiredKeys: [] },
  )

  fc.assert(
    fc.property(manifest, manifest, (before, after) => {
      const result = restored('package.json', JSON.stringify(before), JSON.stringify(after))
      const counted =
        result.kind === 'restored' ? JSON.parse(result.content) : JSON.parse(JSON.stringify(after))

      const { name, jest, scripts, type } = JSON.parse(JSON.stringify(after))
      expect([counted.name, counted.jest]).toEqual([before.name, before.jest])
      expect(counted.type).toEqual(type)
      expect(testsOf(counted.scripts)).toEqual(testsOf(before.scripts))
      expect(othersOf(counted.scripts)).toEqual(othersOf(scripts))
      expect(result.kind).toBe(
        same([name, jest, testsOf(scripts)], [before.name, before.jest, testsOf(before.scripts)])
          ? 'kept'
          : 'restored',
      )
    }),
  )
})

test('restoring twice is restoring once', () => {
  const table = fc.dictionary(
    fc.constantFrom('pytest', 'ruff', 'coverage', 'x'),
    fc.dictionary(fc.constantFrom('a', 'b'), fc.integer()),
  )
  const text = table.map(tools =>
    Object.entries(tools)
      .map(
        ([name, values]) =>
          `[tool.${name}]\n${Object.entries(values)
            .map(([key, one]) => `${key} = ${one}\n`)
            .join('')}`,
      )
      .join(''),
  )

  fc.assert(
    fc.property(text, text, (before, after) => {
      const once = restored('pyproject.toml', before, after)
      if (once.kind !== 'restored') return

      expect(restored('pyproject.toml', before, once.content)).toEqual({ kind: 'kept' })
      expect((parse(once.content).tool as Record<string, unknown>)?.ruff).toEqual(
        (parse(after).tool as Record<string, unknown>)?.ruff,
      )
    }),
  )
})

test.each([
  ['strings that do not end', '"\\'.repeat(2 ** 18)],
  ['comments that do not end', '/*'.repeat(2 ** 18)],
  ['two million characters', `{"a": "${'x'.repeat(2 ** 21)}"}`],
])('%s in a file that belongs to the tests in part: it stays as it was', (_, after) => {
  expect(restored('tsconfig.json', '{}', after)).toEqual({ kind: 'dropped' })
})

function restored(file: string, before: string | undefined, after: string | undefined) {
  const bytes = (text: string | undefined): Buffer | undefined =>
    text === undefined ? undefined : Buffer.from(text)
  return restoreSections(file, bytes(before), bytes(after))
}

function testsOf(scripts: Record<string, string> = {}) {
  return Object.fromEntries(Object.entries(scripts).filter(([key]) => /^(test|pre)/.test(key)))
}

function othersOf(scripts: Record<string, string> = {}) {
  return Object.fromEntries(Object.entries(scripts).filter(([key]) => !/^(test|pre)/.test(key)))
}

function same(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
