import { findParser, isPytest, listParsers } from '../logs/parsers.ts'
import { nameButtons, shortenOption } from '../logs/pytest.ts'
import type { Expected, Runner } from '../task.ts'
import { parserOf, scriptOf } from './classic.ts'
import type { Row } from './row.ts'

/**
 * Who runs the tests of a row: those of the pytest family our own runner, which tells each test apart; all others its evaluation
 * script, whose log is read.
 *
 * @returns the runner, or why there is none as `key: what was expected`
 */
export function runnerOfRow(row: Row): { runner: Runner } | { mistakes: string[] } {
  const parser = parserOf(row)
  if (parser === undefined)
    return {
      mistakes: [
        `log_parser: missing, and no parser is known for ${row.repo}: expected a name such as "pytest"`,
      ],
    }
  if (findParser(parser) === undefined)
    return { mistakes: [`log_parser: "${parser.slice(0, 80)}" is none of ${listParsers().join(', ')}`] }
  const expected: Expected = { failToPass: row.FAIL_TO_PASS, passToPass: row.PASS_TO_PASS, others: 'any' }
  if (row.FAIL_TO_PASS.length === 0) return { mistakes: ['FAIL_TO_PASS: expected at least one test id'] }
  const files = testFiles(row)
  if (isPytest(parser) && files !== undefined) {
    const tests = { root: '', cwd: '', names: undefined, run: files, env: {} }
    return { runner: { kind: 'pytest', tests, expected } }
  }
  if (scriptOf(row) === undefined)
    return { mistakes: [`eval_script: missing, and there is no test command known for ${row.repo}`] }
  return { runner: { kind: 'log', parser, expected } }
}

/** What the parser that a row names would have made of an id that our runner tells. */
export function publishedId(row: Row, id: string): string {
  switch (
    parserOf(row)
      ?.toLowerCase()
      .replace(/^parse_log_/, '')
  ) {
    case 'pylint':
    case 'pydicom':
    case 'requests':
    case 'pytest_options':
      return shortenOption(id)
    case 'matplotlib':
      return nameButtons(id)
    default:
      return id
  }
}

/** Files of the expected tests; none if some id has no file, which only the log of its tool knows. */
function testFiles({ FAIL_TO_PASS, PASS_TO_PASS, eval_type }: Row): string[] | undefined {
  const names = [...FAIL_TO_PASS, ...PASS_TO_PASS].map(id => /^([^\s:]+\.py)::/.exec(id)?.[1])
  if (eval_type === 'fail_only' || names.includes(undefined)) return undefined
  return [...new Set(names as string[])]
}

const CONDA = '/opt/miniconda3'
const USUAL = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'

/** Published images hold the repository's packages in an environment that a shell would have to activate. */
export function publishedEnv({ eval_script, image }: Row): Record<string, string> {
  const isConda =
    eval_script === undefined ? image === undefined : eval_script.includes('conda activate testbed')
  if (!isConda) return {}
  const prefix = `${CONDA}/envs/testbed`
  return { PATH: `${prefix}/bin:${CONDA}/bin:${USUAL}`, CONDA_PREFIX: prefix, CONDA_DEFAULT_ENV: 'testbed' }
}
