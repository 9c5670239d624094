import type { Canaries } from './canary.ts'
import type { Canonical } from './canonical.ts'
import type { Lift } from './lift.ts'
import { type Site, satisfies } from './observation.ts'
import type { Observation, Problem, Report, TestResult } from './report.ts'

/**
 * Compares what lifted tests saw with what is expected, and takes the canaries out. A test that its process calls passed
 * has failed if any of its observations is wrong or missing.
 */
export function settleReport(
  report: Report,
  lift: Lift | undefined,
  canaries: readonly Canaries[],
): Report & { readonly unmet: ReadonlyMap<string, readonly string[]> } {
  const planted = new Set(canaries.flatMap(({ mustFail, mustPass }) => [mustFail, mustPass]))
  const unmet = lift === undefined ? new Map<string, string[]>() : findUnmet(report.observations, lift)
  const problems = [
    ...report.problems,
    ...canaries.flatMap(one => problemsOf(one, report)),
    ...strangers(report.observations, lift),
  ]
  const tests = report.tests
    .filter(({ id }) => !planted.has(id))
    .map(test => settle(test, unmet.get(test.id) ?? []))
  return { ...report, tests, problems, unmet }
}

function settle(test: TestResult, unmet: readonly string[]): TestResult {
  if (test.status !== 'passed' || unmet.length === 0) return test
  return { ...test, status: 'failed', message: unmet.slice(0, 20).join('\n') }
}

/** By test, what was not seen as it should be; in words. */
function findUnmet(observations: readonly Observation[], lift: Lift): Map<string, string[]> {
  const counts = new Map<string, number>()
  const unmet = new Map<string, string[]>()
  const note = (id: string, message: string): void => {
    unmet.set(id, [...(unmet.get(id) ?? []), message])
  }
  for (const { id, site: place, value } of observations) {
    const site = lift.sites[place]
    if (site === undefined) continue
    counts.set(`${id}\0${place}`, (counts.get(`${id}\0${place}`) ?? 0) + 1)
    if (!satisfies(site, value)) note(id, `${place}: expected ${sayExpected(site)}, observed ${say(value)}`)
  }
  for (const [id, { sites }] of Object.entries(lift.tests)) {
    for (const [place, wanted] of Object.entries(sites)) {
      const seen = counts.get(`${id}\0${place}`) ?? 0
      if (seen < wanted) note(id, `${place}: observed ${seen} times, ${wanted} times with the reference`)
    }
  }
  return unmet
}

/**
 * A planted failure that passes shows that results are made up; so does a canary that is missing although its file's
 * process says that it is through.
 */
function problemsOf({ file, mustFail, mustPass }: Canaries, report: Report): Problem[] {
  const own = report.tests.filter(({ id }) => id.startsWith(`${file}::`))
  const statusOf = (id: string): TestResult['status'] | undefined => own.find(test => test.id === id)?.status
  if (statusOf(mustFail) === 'passed')
    return [{ kind: 'canary', message: `"${mustFail}", which asserts what is false, is reported as passed` }]
  const missing = [mustFail, mustPass].find(id => statusOf(id) === undefined)
  if (own.length > 0 && report.through.includes(file) && missing !== undefined)
    return [{ kind: 'canary', message: `"${missing}" is not reported, though all of ${file} was run` }]
  return []
}

/** Observations at sites that no driver has. */
function strangers(observations: readonly Observation[], lift: Lift | undefined): Problem[] {
  return observations
    .filter(({ site }) => lift?.sites[site] === undefined)
    .slice(0, 20)
    .map(({ id, site }) => ({ kind: 'unknown-site', id, site }))
}

const WORDS: Partial<Record<Site['op'], string>> = {
  eq: '',
  is: '',
  almost: 'about ',
  ne: 'not ',
  isnot: 'not ',
  lt: 'less than ',
  le: 'at most ',
  gt: 'more than ',
  ge: 'at least ',
  in: 'one of ',
  notin: 'none of ',
  has: 'something with ',
  hasnot: 'something without ',
  raises: 'to raise ',
}

function sayExpected({ op, expected, message }: Site): string {
  const what = expected === null ? '' : say(expected as Canonical)
  const pattern = message === null ? '' : ` matching /${message}/`
  return `${WORDS[op] ?? `${op} `}${what}${pattern}`.trim()
}

function say(value: Canonical): string {
  return clip(sayValue(value))
}

function sayValue(value: readonly unknown[]): string {
  const [tag, first] = value
  if (tag === 'str') return JSON.stringify(first)
  if (tag === 'bool' || tag === 'int' || tag === 'float' || tag === 'number') return String(first)
  if (value.length === 1) return String(tag)
  return JSON.stringify(value)
}

function clip(text: string): string {
  return text.length <= 300 ? text : `${text.slice(0, 300)}…`
}
