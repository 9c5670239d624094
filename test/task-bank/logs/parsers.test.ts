import { describe, expect, test } from 'vitest'
import { findParser, isPytest, listParsers } from '../../../task-bank/logs/parsers.ts'

/** One tool each: what it prints, and what is to be read out of it. */
const CASES: readonly {
  readonly parser: string
  readonly what: string
  readonly log: string
  readonly statuses: Readonly<Record<string, string>>
}[] = [
  {
    parser: 'parse_log_pytest',
    what: 'the summary of -rA; messages and summed up skips are no ids',
    log: `collected 5 items
tests/test_sums.py .F
=== short test summary info ===
PASSED tests/test_sums.py::test_adds
PASSED tests/test_sums.py::test_each[1-a b]
SKIPPED [2] tests/test_sums.py:7: no network
XFAIL tests/test_sums.py::test_odd - known
FAILED tests/test_sums.py::test_zero - assert 1 == 0
ERROR tests/test_other.py - ImportError: no
PASSED
`,
    statuses: {
      'tests/test_sums.py::test_adds': 'PASSED',
      'tests/test_sums.py::test_each[1-a': 'PASSED',
      'tests/test_sums.py::test_odd': 'XFAIL',
      'tests/test_sums.py::test_zero': 'FAILED',
      'tests/test_other.py': 'ERROR',
    },
  },
  {
    parser: 'parse_log_pytest_options',
    what: 'paths of the machine among the parameters',
    log: 'PASSED t.py::test_a[/home/user/x.py]\nPASSED t.py::test_a[//x/y]\nPASSED t.py::test_a[/x/*]\nPASSED t.py::test_b\n',
    statuses: {
      't.py::test_a[/x.py]': 'PASSED',
      't.py::test_a[//x/y]': 'PASSED',
      't.py::test_a[/x/*]': 'PASSED',
      't.py::test_b': 'PASSED',
    },
  },
  {
    parser: 'parse_log_pytest_v2',
    what: 'colours, whole ids, and the status after the id',
    log: '\u001b[32mPASSED\u001b[0m t.py::\u001b[1mtest_a\u001b[0m\nFAILED t.py::test_b[a b] - boom\nt.py::test_c PASSED\nt.py::test_d[x y] FAILED\n',
    statuses: {
      't.py::test_a': 'PASSED',
      't.py::test_b[a b]': 'FAILED',
      't.py::test_c': 'PASSED',
      't.py::test_d[x y]': 'FAILED',
    },
  },
  {
    parser: 'sphinx',
    what: 'pytest behind tox',
    log: 'py39: commands[0]> pytest -rA\nPASSED tests/test_build.py::test_html\n  py39: OK\n',
    statuses: { 'tests/test_build.py::test_html': 'PASSED' },
  },
  {
    parser: 'parse_log_matplotlib',
    what: 'names of buttons as numbers',
    log: 'PASSED t.py::test_press[MouseButton.LEFT]\nPASSED t.py::test_press[MouseButton.RIGHT]\n',
    statuses: { 't.py::test_press[1]': 'PASSED', 't.py::test_press[3]': 'PASSED' },
  },
  {
    parser: 'parse_log_seaborn',
    what: 'lines of progress beside the summary',
    log: 't.py::test_a PASSED [ 50%]\nPASSED t.py::test_b\nFAILED t.py::test_c\nPASSED\n',
    statuses: { 't.py::test_a': 'PASSED', 't.py::test_b': 'PASSED', 't.py::test_c': 'FAILED' },
  },
  {
    parser: 'parse_log_django',
    what: 'results behind dots, after other output, and in headlines',
    log: `test_adds (sums.tests.SumsTests) ... ok
test_docstring (sums.tests.SumsTests)
The words of a docstring ... ok
test_warns (sums.tests.SumsTests) ... Internal Server Error: /x/
ok
test_slow (sums.tests.SumsTests) ... skipped 'too slow'
test_zero (sums.tests.SumsTests) ... FAIL
test_known (sums.tests.SumsTests) ... expected failure
  Applying sites.0001_initial...test_after (sums.tests.SumsTests) ... ok
======
ERROR: test_setup (sums.tests.SumsTests)
`,
    statuses: {
      'test_adds (sums.tests.SumsTests)': 'PASSED',
      'The words of a docstring': 'PASSED',
      'test_warns (sums.tests.SumsTests)': 'PASSED',
      'test_slow (sums.tests.SumsTests)': 'SKIPPED',
      'test_zero (sums.tests.SumsTests)': 'FAILED',
      'test_known (sums.tests.SumsTests)': 'XFAIL',
      'test_after (sums.tests.SumsTests)': 'PASSED',
      test_setup: 'ERROR',
    },
  },
  {
    parser: 'parse_log_sympy',
    what: 'letters behind names, and headlines of failures',
    log: `sympy/core/tests/test_sums.py[4]
test_adds ok
test_zero F
test_odd E
test_known f
                                                                          [FAIL]
___________ sympy/core/tests/test_sums.py:test_zero ___________
`,
    statuses: {
      test_adds: 'PASSED',
      test_zero: 'FAILED',
      test_odd: 'ERROR',
      test_known: 'XFAIL',
      'sympy/core/tests/test_sums.py:test_zero': 'FAILED',
    },
  },
  {
    parser: 'parse_log_gotest',
    what: 'subtests too',
    log: '=== RUN   TestAdd\n--- PASS: TestAdd (0.00s)\n    --- FAIL: TestAdd/zero (0.01s)\n    --- SKIP: TestAdd/big (0.00s)\nPASS\n',
    statuses: { TestAdd: 'PASSED', 'TestAdd/zero': 'FAILED', 'TestAdd/big': 'SKIPPED' },
  },
  {
    parser: 'parse_log_cargo',
    what: 'module paths',
    log: 'running 3 tests\ntest sums::adds ... ok\ntest sums::zero ... FAILED\ntest sums::big ... ignored, slow\ntest result: FAILED. 1 passed\n',
    statuses: { 'sums::adds': 'PASSED', 'sums::zero': 'FAILED', 'sums::big': 'SKIPPED' },
  },
  {
    parser: 'mocha',
    what: 'suites above tests, and nothing of the epilogue',
    log: `
  Sums
    add()
      ✓ adds (12ms)
      1) zero
    - later

  1 passing (20ms)
  1 failing

  1) Sums
       add()
         zero:
     Error: boom
`,
    statuses: { 'Sums.add().adds': 'PASSED', 'Sums.add().zero': 'FAILED', 'Sums.later': 'SKIPPED' },
  },
  {
    parser: 'parse_log_marked',
    what: 'failures that are numbered',
    log: 'Failures:\n1) should render a table\n  Message:\n12 specs, 1 failure\n',
    statuses: { 'should render a table': 'FAILED' },
  },
  {
    parser: 'parse_log_jest',
    what: 'names without suites',
    log: 'FAIL src/sums.test.js\n  add\n    ✓ adds (3 ms)\n    ✕ zero\n    ○ skipped big\n',
    statuses: { adds: 'PASSED', zero: 'FAILED', 'skipped big': 'SKIPPED' },
  },
  {
    parser: 'parse_log_calypso',
    what: 'names with suites, file by file',
    log: 'PASS src/a.test.js\n  add\n    deep\n      ✓ adds (3ms)\n\nFAIL src/b.test.js\n  zero\n    ✕ is zero\n\n  ● zero › is zero\n    ✓ quoted\nTest Suites: 1 failed\n',
    statuses: { 'add - deep - adds': 'PASSED', 'zero - is zero': 'FAILED' },
  },
  {
    parser: 'parse_log_carbon',
    what: 'files only',
    log: 'PASS src/a.test.js (1.2 s)\nFAIL src/b.test.js\n',
    statuses: { 'src/a.test.js': 'PASSED', 'src/b.test.js': 'FAILED' },
  },
  {
    parser: 'parse_log_immutable_js',
    what: 'results taken out of JSON, or the usual report',
    log: '[PASSED] List adds\n[FAILED] List zero\n',
    statuses: { 'List adds': 'PASSED', 'List zero': 'FAILED' },
  },
  {
    parser: 'parse_log_vitest',
    what: 'durations and skips are no part of a name',
    log: ' ✓ src/sums.test.ts > add > adds 3ms\n × src/sums.test.ts > zero\n ↓ src/sums.test.ts > big [skipped]\n',
    statuses: {
      'src/sums.test.ts > add > adds': 'PASSED',
      'src/sums.test.ts > zero': 'FAILED',
      'src/sums.test.ts > big': 'SKIPPED',
    },
  },
  {
    parser: 'parse_log_tap',
    what: 'directives',
    log: 'TAP version 13\nok 1 adds\n    not ok 2 zero\nok 3 big # SKIP slow\nnot ok 4 odd # TODO later\n1..4\n',
    statuses: { adds: 'PASSED', zero: 'FAILED', big: 'SKIPPED', odd: 'XFAIL' },
  },
  {
    parser: 'parse_log_maven',
    what: 'a command for each test, results in the same order',
    log: '+ mvn test -Dtest=SumsTest#adds\n+ mvn test "-Dtest=SumsTest#zero"\n[INFO] BUILD SUCCESS\n[INFO] BUILD FAILURE\n+ mvn test -Dtest=SumsTest#never\n',
    statuses: { 'SumsTest#adds': 'PASSED', 'SumsTest#zero': 'FAILED' },
  },
  {
    parser: 'parse_log_ant',
    what: 'lines of the listener',
    log: '    [junit] [PASS] adds(SumsTest)\n    [junit] [ERR] zero(SumsTest)\n',
    statuses: { 'adds(SumsTest)': 'PASSED', 'zero(SumsTest)': 'FAILED' },
  },
  {
    parser: 'parse_log_gradle_custom',
    what: 'a result that comes later, alone',
    log: '> Task :test\norg.SumsTest > adds PASSED\norg.SumsTest > zero\nwarning: x\nFAILED\norg.SumsTest > each case [1] SKIPPED\n',
    statuses: {
      'org.SumsTest > adds': 'PASSED',
      'org.SumsTest > zero': 'FAILED',
      'org.SumsTest > each case [1]': 'SKIPPED',
    },
  },
  {
    parser: 'parse_log_phpunit',
    what: 'words below headlines',
    log: 'PHPUnit 10\n\nSums (App\\Tests\\SumsTest)\n ✔ Adds with data set (1)\n ✘ Zero\n ↩ Big\n',
    statuses: { 'Sums > Adds with data set (1)': 'PASSED', 'Sums > Zero': 'FAILED', 'Sums > Big': 'SKIPPED' },
  },
  {
    parser: 'parse_log_rspec_transformed_json',
    what: 'descriptions with dashes',
    log: 'Sums - add adds - passed\nSums zero - failed\nSums big - pending\n',
    statuses: { 'Sums - add adds': 'PASSED', 'Sums zero': 'FAILED', 'Sums big': 'SKIPPED' },
  },
  {
    parser: 'parse_log_ruby_unit',
    what: 'letters after colons',
    log: 'SumsTest: \n  test: adds:\t.: (0.001)\n  test_zero:\tF\n  test: big:\tO: (0)\n',
    statuses: { adds: 'PASSED', test_zero: 'FAILED', big: 'SKIPPED' },
  },
  {
    parser: 'parse_log_jekyll',
    what: 'minitest',
    log: 'TestSums#test_adds. = 0.01 s = .\nTestSums#test_zero. = 0.01 s = F\n',
    statuses: { 'TestSums#test_adds': 'PASSED', 'TestSums#test_zero': 'FAILED' },
  },
  {
    parser: 'parse_log_cucumber',
    what: 'progress by feature',
    log: 'features/sums.feature ....\nfeatures/zero.feature ..F\n',
    statuses: { 'features/sums.feature': 'PASSED', 'features/zero.feature': 'FAILED' },
  },
  {
    parser: 'parse_log_googletest',
    what: 'also behind the numbers of ctest',
    log: '1: [ RUN      ] Sums.Adds\n1: [       OK ] Sums.Adds (0 ms)\n[  FAILED  ] Sums.Zero (1 ms)\n[  FAILED  ] Sums.Zero\n',
    statuses: { 'Sums.Adds': 'PASSED', 'Sums.Zero': 'FAILED' },
  },
  {
    parser: 'parse_log_doctest',
    what: 'subcases, failed by any expression',
    log: '<doctest binary="t"><TestSuite><TestCase name="sums" line="1"><SubCase name="adds"><Expression success="true"/></SubCase><SubCase name="a &lt; b"><Expression success="false" type="CHECK"></Expression></SubCase></TestCase></TestSuite></doctest>',
    statuses: { 'sums > adds': 'PASSED', 'sums > a < b': 'FAILED' },
  },
  {
    parser: 'parse_log_p5js',
    what: 'failures told suite by suite',
    log: '  2 failing\n\n  1) Sums\n       add()\n         zero:\n     Error: boom\n  2) big:\n     no\n',
    statuses: { 'Sums:add():zero': 'FAILED', big: 'FAILED' },
  },
  {
    parser: 'parse_log_karma',
    what: 'suites after the browser has started, until the summary',
    log: 'INFO\n  noise\n  Starting browser Chrome\n\n  Sums\n    add\n      ✔ adds\n    ✖ zero\n\nSUMMARY:\n✔ 1 test completed\n',
    statuses: { 'Sums > add > adds': 'PASSED', 'Sums > zero': 'FAILED' },
  },
  {
    parser: 'parse_log_chart_js',
    what: 'failures only',
    log: '\u001b[31mChrome 100.0 (Linux x86_64) Sums zero FAILED\u001b[39m\nExecuted 2 of 2\n',
    statuses: { 'Sums zero ': 'FAILED' },
  },
  {
    parser: 'parse_log_redis',
    what: 'places of errors are no part of a name',
    log: '[ok]: ADD adds (3 ms)\n[err]: ADD zero in tests/unit/sums.tcl\n[ignore]: big\n',
    statuses: { 'ADD adds': 'PASSED', 'ADD zero': 'FAILED', big: 'SKIPPED' },
  },
  {
    parser: 'parse_log_jq',
    what: 'the words of automake',
    log: 'PASS: tests/sums\nFAIL: tests/zero\n# TOTAL: 2\n',
    statuses: { 'tests/sums': 'PASSED', 'tests/zero': 'FAILED' },
  },
  {
    parser: 'parse_log_micropython_test',
    what: 'words before names',
    log: 'pass  basics/sums.py\nFAIL  basics/zero.py\nskip  basics/big.py\n',
    statuses: { 'basics/sums.py': 'PASSED', 'basics/zero.py': 'FAILED', 'basics/big.py': 'SKIPPED' },
  },
]

describe('a log is read by the parser that a row names', () => {
  test.each(CASES)('$parser: $what', ({ parser, log, statuses }) => {
    const read = findParser(parser)?.(log)

    expect(Object.fromEntries(read ?? [])).toEqual(statuses)
  })
})

test('a parser is a name and nothing else', () => {
  expect(findParser('constructor')).toBeUndefined()
  expect(findParser('def parse(log): ...')).toBeUndefined()
  expect(findParser('Parse_Log_Flask')).toBe(findParser('pytest'))
})

test('every parser reads nothing out of nothing, and of what others print it takes no harm', () => {
  const noise = CASES.map(({ log }) => log).join('\n')

  for (const name of listParsers()) {
    expect(findParser(name)?.('').size, name).toBe(0)
    expect(() => findParser(name)?.(noise), name).not.toThrow()
  }
})

test('the family of pytest is what our own runner can run', () => {
  expect(listParsers().filter(isPytest)).toContain('sphinx')
  expect(listParsers().filter(isPytest)).not.toContain('django')
})
