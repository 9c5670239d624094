import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { joinFiles } from '../../sandbox/archive.ts'
import { prepareTask } from '../../sandbox/prepare.ts'
import { splitRuns } from '../../sandbox/report.ts'
import type { Sandbox } from '../../sandbox/sandbox.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { runIn, useBench } from '../support/surroundings.ts'

interface Site {
  readonly op: string
  readonly expected: unknown
  readonly message: string | null
  readonly places: number | null
  readonly line: number
}

interface Lifted {
  readonly driver: string
  readonly sites: Readonly<Record<string, Site>>
  readonly soft: readonly { readonly line: number; readonly why: string }[]
}

const bank = useBench()
const TASKS = path.resolve(import.meta.dirname, '../../task-bank/tasks')
const ROOT = { uid: 0, gid: 0 }

async function ask<T>(sandbox: Sandbox, program: string, stdin: string): Promise<T> {
  const ran = await runIn(sandbox, program, { stdin: Buffer.from(stdin) })
  expect(ran.stderr).toBe('')
  return JSON.parse(ran.stdout)
}

async function lift<T = Lifted>(
  sandbox: Sandbox,
  files: Readonly<Record<string, string>>,
  keep: readonly string[] = [],
): Promise<Record<string, T>> {
  const program = 'python3 -I -B /opt/arete/runners/lift.py'
  return (await ask<{ files: Record<string, T> }>(sandbox, program, JSON.stringify({ files, keep }))).files
}

interface Line {
  readonly kind: 'test' | 'observed' | 'end'
  readonly id?: string
  readonly status?: string
  readonly site?: string
  readonly value?: unknown
  readonly count?: number
}

const RUNNER = ['/usr/bin/env', 'python3', '-I', '-B', '/opt/arete/runners/pytest_runner.py']

/** Runs tests as the verify phase does. */
async function runTests(sandbox: Sandbox, folder: string, files: Readonly<Record<string, string>>) {
  const entries = Object.entries(files).map(([path, text]) => ({
    path,
    mode: 0o644,
    content: Buffer.from(text),
  }))
  await sandbox.put(folder, joinFiles(entries), ROOT)
  const names = Object.keys(files).filter(name => name.startsWith('test_'))
  const results: Buffer[] = []
  await sandbox.run({
    argv: [...RUNNER, folder, '/app', 'none', ...names],
    cwd: '/app',
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      HOME: '/home/agent',
      PYTEST_DISABLE_PLUGIN_AUTOLOAD: '1',
    },
    uid: 1000,
    gid: 1000,
    seconds: 50,
    maxOutputBytes: 2 ** 24,
    onOutput: (stream, chunk) => void (stream === 'results' && results.push(chunk)),
  })
  return splitRuns(Buffer.concat(results))
    .flatMap(({ text }) => text.split('\n'))
    .filter(Boolean)
    .map((line): Line => JSON.parse(line))
}

const outcomes = (lines: readonly Line[]) =>
  lines.filter(line => line.kind === 'test').map(({ id, status }) => ({ id, status }))

const HEAD = `import unittest
import pytest
import re
from decimal import Decimal as D
import datetime as dt
from shop import Item, errors, f
`

/** One statement of a test, what the driver has in its place, and the sites: op, expected, and what more there is. */
const STATEMENTS: readonly (readonly [string, string, ...(readonly unknown[])[]])[] = [
  ['assert f() == 1', "observe('12', f())", ['eq', ['int', '1']]],
  ['assert -1.5 != f()', "observe('12', f())", ['ne', ['float', '-1.5']]],
  ['assert 3 < f()', "observe('12', f())", ['gt', ['int', '3']]],
  ['assert f() <= 2 * 3', "observe('12', f())", ['le', ['int', '6']]],
  ['assert f() is None', "observe('12', f())", ['is', ['none']]],
  ['assert f() is not True', "observe('12', f())", ['isnot', ['bool', true]]],
  ['assert f() in "ab"', "observe('12', f())", ['in', ['str', 'ab']]],
  ['assert "a" not in f()', "observe('12', f())", ['hasnot', ['str', 'a']]],
  ['assert f(), "why"', "observe('12', not not (f()))", ['true', ['bool', true]]],
  ['assert not f()', "observe('16', not not (f()))", ['false', ['bool', false]]],
  ['assert not f() == 1', "observe('16', f())", ['ne', ['int', '1']]],
  [
    'assert f() == (1,) and f(2)',
    "observe('12', f()); __arete__.observe('28', not not (f(2)))",
    ['eq', ['tuple', [['int', '1']]]],
    ['true', ['bool', true]],
  ],
  ['assert f() == D("1.0")', "observe('12', f())", ['eq', ['decimal', '1.0']]],
  ['assert f() == dt.date(2020, 2, 3)', "observe('12', f())", ['eq', ['date', 'date:2020-02-03']]],
  ['assert f() == "\\n".join("ab")', "observe('12', f())", ['eq', ['str', 'a\nb']]],
  ['assert f() == [i * 2 for i in range(1)]', "observe('12', f())", ['eq', ['list', [['int', '0']]]]],
  [
    'assert f() == Item(1, b="c")',
    "observe('12', f())",
    ['eq', ['made', 'Item', [['int', '1']], [['b', ['str', 'c']]]]],
  ],
  [
    'assert f() == pytest.approx(2)',
    "observe('12', f())",
    ['almost', ['almost', ['int', '2'], ['float', '2e-06']]],
  ],
  [
    'assert f() == [pytest.approx(2, abs=0.5)]',
    "observe('12', f())",
    ['eq', ['list', [['almost', ['int', '2'], ['float', '0.5']]]]],
  ],
  ['with pytest.raises(errors.Big): f()', "raises('10')", ['raises', ['names', ['Big']]]],
  [
    'with pytest.raises((KeyError, IOError)): f()',
    "raises('10')",
    ['raises', ['names', ['KeyError', 'OSError']]],
  ],
  [
    'with pytest.raises(KeyError, match="a b+"): f()',
    "raises('10', True)",
    ['raises', ['names', ['KeyError']], 'a b+'],
  ],
  [
    'pytest.raises(KeyError, f, 1, x=2)',
    "raised('5', False, f, 1, x=2)",
    ['raises', ['names', ['KeyError']]],
  ],
  ['self.assertEqual(f(), 1)', "observe('5', f())", ['eq', ['int', '1']]],
  ['self.assertEqual(1, f(), "why")', "observe('5', f())", ['eq', ['int', '1']]],
  ['self.assertTrue(f() == 1)', "observe('21', f())", ['eq', ['int', '1']]],
  ['self.assertFalse(f())', "observe('22', not not (f()))", ['false', ['bool', false]]],
  ['self.assertIsNotNone(f())', "observe('5', f())", ['isnot', ['none']]],
  ['self.assertIn("a", f())', "observe('5', f())", ['has', ['str', 'a']]],
  ['self.assertLess(f(), 2)', "observe('5', f())", ['lt', ['int', '2']]],
  [
    'self.assertDictEqual(f(), {1: True})',
    "observe('5', f())",
    [
      'eq',
      [
        'dict',
        [
          [
            ['int', '1'],
            ['bool', true],
          ],
        ],
      ],
    ],
  ],
  ['self.assertAlmostEqual(f(), 1.5)', "observe('5', f())", ['almost', ['float', '1.5'], 7]],
  [
    'self.assertAlmostEqual(f(), 1, delta=2)',
    "observe('5', f())",
    ['almost', ['almost', ['int', '1'], ['int', '2']]],
  ],
  ['self.assertRegex(f(), "a+")', "observe('5', f())", ['match', 'a+']],
  ['self.assertRaises(KeyError, f, 1)', "raised('5', False, f, 1)", ['raises', ['names', ['KeyError']]]],
  [
    'with self.assertRaisesRegex(KeyError, "x"): f()',
    "raises('10', True)",
    ['raises', ['names', ['KeyError']], 'x'],
  ],
]

test('an assertion with one literal side becomes an observation of the other side', async () => {
  await using sandbox = await bank.bench.sandbox()
  const files = STATEMENTS.map(([statement], index) => [
    `t${index}.py`,
    `${HEAD}def test(self):\n    ${statement}\n`,
  ])

  const lifted = await lift(sandbox, Object.fromEntries(files))

  const found = STATEMENTS.map(([statement], index) => {
    const { driver, sites, soft } = lifted[`t${index}.py`]!
    expect(soft).toEqual([])
    const observed = driver
      .slice(HEAD.length)
      .split('\n')[1]!
      .replaceAll(`t${index}.py:8:`, '')
      .replace(/^.*?__arete__\./, '')
      .replace(/: f\(\)$/, '')
    const shown = Object.values(sites).map(({ op, expected, message, places }) =>
      [op, expected, message, places].filter(one => one !== null),
    )
    return [statement, observed, ...shown]
  })
  expect(found).toEqual(STATEMENTS)
})

const SOFT: readonly (readonly [string, string])[] = [
  ['assert f() == f(1)', 'neither side is a literal'],
  ['assert 1 == 1', 'both sides are literals'],
  ['assert f() == f(2) == 3', 'a chain of comparisons'],
  ['assert f() == 3 or f()', 'a comparison inside a larger expression'],
  ['assert False', 'nothing is observed'],
  ['assert f() is 3.5', 'identity with something else than None, True or False'],
  ['assert not f() < 3', 'the opposite of an order'],
  ['with pytest.raises(f()): f()', 'exception classes that are not named'],
  ['with pytest.raises(KeyboardInterrupt): f()', 'an exception that observing does not catch'],
  ['with pytest.raises(KeyError, match="(?i)a"): f()', 'a regular expression that is not simple'],
  [
    'with pytest.raises(KeyError) as e: f()\n    print(e)',
    'more is asked of what is caught than the exception',
  ],
  ['with pytest.warns(UserWarning): f()', 'warns does not lift'],
  ['self.assertCountEqual(f(), [1])', 'assertCountEqual does not lift'],
  ['f().assert_called_once()', 'assert_called_once does not lift'],
  ['try: assert f() == 1\n    except AssertionError: pass', 'its failure is caught'],
  ['wanted = [1]; f(wanted)\n    assert f() == wanted', 'neither side is a literal'],
]

test('any other assertion stays as it is and is listed', async () => {
  await using sandbox = await bank.bench.sandbox()
  const sources = SOFT.map(([statement]) => `${HEAD}def test(self):\n    ${statement}\n`)

  const lifted = await lift(
    sandbox,
    Object.fromEntries(sources.map((source, index) => [`t${index}.py`, source])),
  )

  expect(SOFT.map(([statement], index) => [statement, lifted[`t${index}.py`]!.soft[0]?.why])).toEqual(SOFT)
  expect(sources.map((_, index) => lifted[`t${index}.py`]!.driver)).toEqual(sources)
  expect(Object.values(lifted).flatMap(({ sites }) => Object.keys(sites))).toEqual([])
})

test('a driver keeps its lines and has neither comments nor constants that only assertions used', async () => {
  await using sandbox = await bank.bench.sandbox()
  const source = `from shop import f

START = ["a",
         "b"]
ALL = [*START, "c"]  # in this order
SHARED = 3


def test_it():
    expected = {
        "x": 1,
    }
    assert (
        f(SHARED)  # a call
        == expected
    ); print("after")
    assert f() == ALL[1:]
    assert f() == SHARED and f() == f(1)
`

  const lifted = await lift(sandbox, { 'test_it.py': source })

  const { driver, sites, soft } = lifted['test_it.py']!
  expect(driver).toMatchInlineSnapshot(`
    "from shop import f

    (
    )
    ()
    SHARED = 3


    def test_it():
        (

    )
        __arete__.observe('test_it.py:14:9', f(SHARED)


    ); print("after")
        __arete__.observe('test_it.py:17:12', f())
        __arete__.observe('test_it.py:18:12', f()); assert (f() == f(1))
    "
  `)
  expect(driver.split('\n')).toHaveLength(source.split('\n').length)
  expect(Object.entries(sites).map(([id, { line }]) => `${id} ${line}`)).toMatchInlineSnapshot(`
    [
      "test_it.py:14:9 14",
      "test_it.py:17:12 17",
      "test_it.py:18:12 18",
    ]
  `)
  expect(soft).toEqual([{ line: 18, why: 'neither side is a literal' }])
})

test('a site to be kept is not lifted, and a file that is no Python is an error', async () => {
  await using sandbox = await bank.bench.sandbox()
  const source = 'def test(f):\n    assert f() == 1\n    assert f() == 2\n'

  const lifted = await lift<Lifted | { error: string }>(sandbox, { 'a.py': source, 'b.py': 'def (' }, [
    'a.py:2:12',
  ])

  expect(lifted['a.py']).toMatchObject({
    driver: "def test(f):\n    assert f() == 1\n    __arete__.observe('a.py:3:12', f())\n",
    soft: [{ line: 2, why: 'kept as it is' }],
  })
  expect(lifted['b.py']).toEqual({ error: 'SyntaxError: invalid syntax (<unknown>, line 1)' })
})

test('a parameter that is only expected stays out of the driver, and the ids of the tests stay', async () => {
  await using sandbox = await bank.bench.sandbox()
  const source = `import pytest


@pytest.mark.parametrize("text, wanted", [("a b", ["a", "b"]), ("a b", []), pytest.param("", [], id="none")])
def test_split(text, wanted):
    assert text.split() == wanted


@pytest.mark.parametrize("text, wanted", [("a", 1), ("bb", 2)], ids=["one", "two"])
def test_len(text, wanted):
    assert wanted == len(text)


@pytest.mark.parametrize("text, wanted", [("a", 1)])
def test_in_id(text, wanted):
    assert len(text) == wanted
`
  const lifted = await lift(sandbox, { 'test_it.py': source })
  const { driver, sites, soft } = lifted['test_it.py']!
  const ids = outcomes(await runTests(sandbox, '/tests/plain', { 'test_it.py': source })).map(one => one.id)

  const lines = await runTests(sandbox, '/tests/lifted', { 'test_it.py': driver })

  expect(outcomes(lines)).toEqual(ids.map(id => ({ id, status: 'passed' })))
  expect(ids).toContain('test_it.py::test_split[none]')
  expect(soft.map(({ line }) => line)).toEqual([16])
  expect(
    lines.flatMap(({ kind, site, value }) =>
      kind === 'observed' ? [`${site} ${JSON.stringify([value, sites[site!]?.expected])}`] : [],
    ),
  ).toMatchInlineSnapshot(`
    [
      "test_it.py:6:12[0] [["list",[["str","a"],["str","b"]]],["list",[["str","a"],["str","b"]]]]",
      "test_it.py:6:12[1] [["list",[["str","a"],["str","b"]]],["list",[]]]",
      "test_it.py:6:12[2] [["list",[]],["list",[]]]",
      "test_it.py:11:12[0] [["int","1"],["int","1"]]",
      "test_it.py:11:12[1] [["int","2"],["int","2"]]",
    ]
  `)
})

test('the runner reports observations of a test before its result, and none made elsewhere', async () => {
  await using sandbox = await bank.bench.sandbox()
  const driver = `import pytest

__arete__.observe("module", 1)


@pytest.fixture
def fixture():
    __arete__.observe("setup", b"x")
    yield
    __arete__.observe("teardown", {1: None})


def test_observes(fixture):
    for number in range(2):
        __arete__.observe("loop", number)
    with __arete__.raises("raises") as caught:
        {}["key"]
    assert caught.value.args == ("key",)
    with __arete__.raises("returns"):
        pass
    with __arete__.raises("exits"):
        raise SystemExit("bye")


def test_skips():
    with __arete__.raises("skips"):
        pytest.skip()
`

  const lines = await runTests(sandbox, '/tests', { 'test_it.py': driver })

  expect(
    lines.map(
      ({ id, kind, site, status, count, value }) =>
        `${id ?? kind} ${site ?? status ?? count} ${JSON.stringify(value) ?? ''}`,
    ),
  ).toMatchInlineSnapshot(`
    [
      "test_it.py::test_observes setup ["bytes","eA=="]",
      "test_it.py::test_observes loop ["int","0"]",
      "test_it.py::test_observes loop ["int","1"]",
      "test_it.py::test_observes raises ["raised",["builtins.KeyError","KeyError","builtins.LookupError","LookupError","builtins.Exception","Exception","builtins.BaseException","BaseException"],"'key'"]",
      "test_it.py::test_observes returns ["returned"]",
      "test_it.py::test_observes exits ["raised",["builtins.SystemExit","SystemExit","builtins.BaseException","BaseException"],"bye"]",
      "test_it.py::test_observes teardown ["dict",[[["int","1"],["none"]]]]",
      "test_it.py::test_observes passed ",
      "test_it.py::test_skips skipped ",
      "end 2 ",
    ]
  `)
})

/** An expression, and how it is reported. */
const VALUES: readonly (readonly [string, unknown])[] = [
  [
    '[None, True, 1, 1.5, "é\\ud800"]',
    ['list', [['none'], ['bool', true], ['int', '1'], ['float', '1.5'], ['str', 'é\ud800']]],
  ],
  ['float("-inf")', ['float', '-inf']],
  [
    'b"a", bytearray(b"b")',
    [
      'tuple',
      [
        ['bytes', 'YQ=='],
        ['bytes', 'Yg=='],
      ],
    ],
  ],
  [
    '{3, 1}',
    [
      'set',
      [
        ['int', '1'],
        ['int', '3'],
      ],
    ],
  ],
  [
    'collections.Counter("aa")',
    [
      'dict',
      [
        [
          ['str', 'a'],
          ['int', '2'],
        ],
      ],
    ],
  ],
  ['{1: 2}.keys()', ['set', [['int', '1']]]],
  ['decimal.Decimal("1.10")', ['decimal', '1.10']],
  ['fractions.Fraction(2, 4)', ['fraction', '1/2']],
  ['datetime.datetime(2020, 1, 2)', ['date', 'datetime:2020-01-02T00:00:00']],
  ['datetime.timedelta(1)', ['timedelta', '86400000000']],
  [
    'Point(1, 2)',
    [
      'tuple',
      [
        ['int', '1'],
        ['int', '2'],
      ],
    ],
  ],
  ['Week(2020)', ['object', 'Week', [['year', ['int', '2020']]]]],
  ['Colour.RED', ['int', '1']],
  ['Taste.SOUR', ['enum', 'Taste.SOUR']],
  ['ValueError("no")', ['error', 'ValueError', 'no']],
  ['object()', ['opaque', 'object']],
  // Values that try to get their code run, or to break the one who looks.
  ['Loud("x")', ['str', 'x']],
  ['EqualToAll([1])', ['opaque', 'EqualToAll']],
  ['Liar()', ['opaque', 'Liar']],
  ['[Liar]', ['list', [['opaque', 'Meta']]]],
  ['ValueError(Liar())', ['error', 'ValueError', '']],
  ['Odd()', ['error', 'Odd', '']],
  ['Fields()', ['object', 'Fields', []]],
  ['Proxy()', ['opaque', 'Proxy']],
  ['recursive', ['cut']],
  ['[0] * 30_000', ['cut']],
  ['"x" * 2**21', ['cut']],
  ['b"x" * 2**21', ['cut']],
  ['1 << 100_000', ['cut']],
]

const OBSERVE = `
import collections, dataclasses, datetime, decimal, enum, fractions, importlib.util, json, sys
spec = importlib.util.spec_from_file_location("observe", "/opt/arete/runners/observe.py")
observe = importlib.util.module_from_spec(spec)
spec.loader.exec_module(observe)
called = []

def trap(*args, **keywords):
    called.append(sys._getframe(1).f_code.co_name)
    raise RuntimeError

class Meta(type):
    __getattribute__ = __eq__ = __hash__ = __instancecheck__ = __repr__ = trap

class Liar(metaclass=Meta):
    __getattribute__ = __eq__ = __hash__ = __iter__ = __len__ = __repr__ = __str__ = __bool__ = trap
    __class__ = property(lambda self: str)

class Loud(str):
    __str__ = __repr__ = __len__ = __iter__ = __hash__ = trap

class EqualToAll(list):
    __eq__ = lambda self, other: trap()

class Odd(KeyError, metaclass=Meta):
    __str__ = __repr__ = trap

class Key(str):
    __eq__ = trap
    __hash__ = lambda self: hash("__dataclass_fields__")

class Fields:
    __dataclass_fields__ = {"x": object(), 1: 2}

class Proxy:
    __dict__ = property(trap)
    __slots__ = ()
    __getattr__ = trap

Point = collections.namedtuple("Point", "x y")

@dataclasses.dataclass
class Week:
    year: int
    cached: int = dataclasses.field(default=0, compare=False)

class Colour(enum.IntEnum):
    RED = 1

class Taste(enum.Enum):
    SOUR = 1

recursive = []
recursive.append(recursive)
`

test('a value is reported without running any of its code', async () => {
  await using sandbox = await bank.bench.sandbox()
  const values = `[${VALUES.map(([expression]) => `(${expression})`).join(', ')}]`
  const program = `${OBSERVE}
import builtins
values = ${values}
kept = dict(vars(builtins))
for name in ("len", "any", "all", "sorted", "zip", "next", "type", "id"):
    setattr(builtins, name, trap)
found = [observe.canonical(value) for value in values]
vars(builtins).update(kept)
sent = []
observer = observe.Observer(lambda site, value: sent.append(value))
with observer.raises("site"):
    raise Odd(Liar())
with observer.raises("site", True):
    raise Odd("message")
sys.stdout.write(json.dumps([found, sent, called]))
`

  const [found, sent, called] = await ask<[unknown[], [string, string[], string][], string[]]>(
    sandbox,
    'cat > /tmp/program.py; python3 -I -B /tmp/program.py',
    program,
  )

  expect(VALUES.map(([expression], index) => [expression, found[index]])).toEqual(VALUES)
  expect(sent.map(([kind, names, message]) => [kind, names.slice(0, 4), message])).toEqual([
    ['raised', ['__main__.Odd', 'Odd', 'builtins.KeyError', 'KeyError'], ''],
    ['raised', ['__main__.Odd', 'Odd', 'builtins.KeyError', 'KeyError'], ''],
  ])
  // Only the second exception is asked for its text.
  expect(called).toEqual(['spoken'])
})

/** Python files of the hidden tests in a task's folder. */
function pythonTests(folder: string): string[] {
  return fs.readdirSync(path.join(folder, 'tests')).filter(name => name.endsWith('.py'))
}

const bundled = fs
  .readdirSync(TASKS)
  .flatMap(group => fs.readdirSync(path.join(TASKS, group)).map(name => path.join(group, name)))
  .filter(name => pythonTests(path.join(TASKS, name)).length > 0)
  .filter(name => fs.existsSync(path.join(TASKS, name, 'solution/fix.patch')))

test.each(bundled)('the tests of %s lift, and the reference passes them as drivers', async name => {
  const folder = path.join(TASKS, name)
  const { bench } = bank
  const task = loadHarborTask(folder, {})
  const prepared = await prepareTask(bench.engine, task, { run: bench.run, say: () => {} })
  await using sandbox = await bench.slot.take(prepared)
  const files = Object.fromEntries(
    pythonTests(folder).map(file => [file, fs.readFileSync(path.join(folder, 'tests', file), 'utf8')]),
  )
  const assertions =
    Object.values(files)
      .join('\n')
      .match(/^ *assert |pytest\.raises/gm) ?? []
  const reference = fs.readFileSync(path.join(folder, 'solution/fix.patch'))
  expect(await runIn(sandbox, 'git apply', { stdin: reference })).toMatchObject({ stderr: '' })

  const lifted = Object.values(await lift(sandbox, files))
  const drivers = Object.fromEntries(Object.keys(files).map((file, index) => [file, lifted[index]!.driver]))
  const plain = await runTests(sandbox, '/tests/plain', files)
  const lines = await runTests(sandbox, '/tests/lifted', drivers)

  const sites = lifted.flatMap(one => Object.keys(one.sites))
  const soft = lifted.flatMap(one => one.soft)
  expect(sites.length + soft.length).toBe(assertions.length)
  expect(soft.length).toBeLessThanOrEqual(1)
  expect(outcomes(lines)).toEqual(outcomes(plain))
  expect(new Set(outcomes(lines).map(one => one.status))).toEqual(new Set(['passed']))
  expect(new Set(lines.flatMap(line => line.site ?? []))).toEqual(new Set(sites))
})
