import { parseCargo } from './cargo.ts'
import { parseDjango } from './django.ts'
import { parseDoctest } from './doctest.ts'
import { parseGo } from './go.ts'
import { parseGoogletest } from './googletest.ts'
import { parseGradle } from './gradle.ts'
import { parseJest, parseJestFiles, parseJestJson, parseJestSuites } from './jest.ts'
import { parseKarma, parseKarmaFailures } from './karma.ts'
import { parseAnt, parseMaven } from './maven.ts'
import { parseEpilogue, parseMocha, parseNumbered } from './mocha.ts'
import { parsePhpunit } from './phpunit.ts'
import {
  parseMatplotlib,
  parsePytest,
  parsePytestOptions,
  parsePytestVerbose,
  parseSeaborn,
} from './pytest.ts'
import { parseRspec } from './rspec.ts'
import { parseMinitest, parseTestUnit } from './ruby.ts'
import type { LogParser } from './statuses.ts'
import { parseSympy } from './sympy.ts'
import { parseTap } from './tap.ts'
import { parseVitest } from './vitest.ts'
import { parseAutomake, parseMicropython, parseRedis } from './words.ts'

/** By the name that a row gives, with or without `parse_log_` before it, in any case. */
const PARSERS: Readonly<Record<string, LogParser>> = {
  pytest: parsePytest,
  astroid: parsePytest,
  flask: parsePytest,
  marshmallow: parsePytest,
  pvlib: parsePytest,
  pyvista: parsePytest,
  sqlfluff: parsePytest,
  xarray: parsePytest,
  pytest_options: parsePytestOptions,
  pydicom: parsePytestOptions,
  pylint: parsePytestOptions,
  requests: parsePytestOptions,
  pytest_v2: parsePytestVerbose,
  pytest_verbose: parsePytestVerbose,
  astropy: parsePytestVerbose,
  scikit: parsePytestVerbose,
  sphinx: parsePytestVerbose,
  matplotlib: parseMatplotlib,
  seaborn: parseSeaborn,
  django: parseDjango,
  sympy: parseSympy,
  go: parseGo,
  gotest: parseGo,
  cargo: parseCargo,
  mocha: parseMocha,
  highlightjs: parseMocha,
  marked: parseNumbered,
  p5js: parseEpilogue,
  jest: parseJest,
  jest_json: parseJestJson,
  immutable_js: log => firstThatFinds(log, parseJestJson, parseJest),
  calypso: parseJestSuites,
  carbon: parseJestFiles,
  emotion: parseJestFiles,
  grommet: parseJestFiles,
  prettier: parseJestFiles,
  react_pdf: parseJestFiles,
  vitest: parseVitest,
  tap: parseTap,
  karma: parseKarma,
  chart_js: parseKarmaFailures,
  maven: parseMaven,
  ant: parseAnt,
  gradle: parseGradle,
  gradle_custom: parseGradle,
  phpunit: parsePhpunit,
  rspec: parseRspec,
  rspec_transformed_json: parseRspec,
  ruby_unit: parseTestUnit,
  minitest: parseMinitest,
  cucumber: parseMinitest,
  jekyll: parseMinitest,
  googletest: parseGoogletest,
  doctest: parseDoctest,
  redis: parseRedis,
  jq: parseAutomake,
  micropython_test: parseMicropython,
}

/** The parser of that name; none if we have none. A name is all that a row may give: no text of it is ever run. */
export function findParser(name: string): LogParser | undefined {
  const short = name.toLowerCase().replace(/^parse_log_|^parse_/, '')
  return Object.hasOwn(PARSERS, short) ? PARSERS[short] : undefined
}

export function listParsers(): string[] {
  return Object.keys(PARSERS).sort()
}

/** Whether a parser is one of pytest's, so that our own runner can run the tests themselves. */
export function isPytest(name: string): boolean {
  const parser = findParser(name)
  return parser !== undefined && PYTEST.has(parser)
}

const PYTEST: ReadonlySet<LogParser> = new Set([
  parsePytest,
  parsePytestOptions,
  parsePytestVerbose,
  parseMatplotlib,
  parseSeaborn,
])

function firstThatFinds(log: string, ...parsers: readonly LogParser[]): ReturnType<LogParser> {
  return parsers.map(parse => parse(log)).find(statuses => statuses.size > 0) ?? new Map()
}
