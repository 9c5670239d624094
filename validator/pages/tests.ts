import { z } from 'zod'
import { Clipped, clip } from './clip.ts'
import { counted, duration } from './format.ts'
import { html, type Markup } from './markup.ts'
import { whole } from './trajectory.ts'

const MOST_TESTS = 600
const MOST_MESSAGE = 1200

/** What became of one test that was expected to pass. */
const TestRow = z.object({
  name: z.string(),
  status: z.enum(['passed', 'failed', 'missing']),
  seconds: z.number().nullable(),
  message: Clipped.nullable(),
})

/** Expected tests against actual: what failed first. */
export const Tests = z.object({
  expected: z.int(),
  passed: z.int(),
  rows: z.array(TestRow),
  left: z.int(),
})
export type Tests = z.infer<typeof Tests>

/** What we read of a report (CTRF). */
const Report = z.looseObject({
  results: z.looseObject({
    tests: z.array(
      z.looseObject({
        name: z.string(),
        duration: z.number().nonnegative().catch(0),
        message: z.string().optional().catch(undefined),
        trace: z.string().optional().catch(undefined),
      }),
    ),
  }),
})

const ORDER = { failed: 0, missing: 1, passed: 2 } as const

/**
 * @param judged - names of tests, as the verdict counted them
 * @param report - parsed JSON of a report, for times and messages; undefined if nothing was verified
 */
export function readTests(
  judged: {
    readonly expected: readonly string[]
    readonly passed: readonly string[]
    readonly failed: readonly string[]
  },
  report: unknown,
): Tests {
  const parsed = Report.safeParse(report)
  const seen = new Map((parsed.data?.results.tests ?? []).map(test => [test.name, test]))
  const passed = new Set(judged.passed)
  const failed = new Set(judged.failed)
  const names = [...new Set([...judged.expected, ...judged.failed])]
  const rows = names.map(name => {
    const status = passed.has(name)
      ? ('passed' as const)
      : failed.has(name)
        ? ('failed' as const)
        : ('missing' as const)
    const test = seen.get(name)
    const message = status === 'passed' ? undefined : (test?.trace ?? test?.message)
    return {
      name: clip(name, 300).text,
      status,
      seconds: test === undefined ? null : test.duration / 1000,
      message: message === undefined || message === '' ? null : clip(message, MOST_MESSAGE),
    }
  })
  rows.sort((one, other) => ORDER[one.status] - ORDER[other.status])
  return {
    ...{ expected: judged.expected.length, passed: judged.passed.length },
    ...{ rows: rows.slice(0, MOST_TESTS), left: Math.max(0, rows.length - MOST_TESTS) },
  }
}

const MARKS = { passed: 'solved', failed: 'unsolved', missing: 'void' } as const
const WORDS = { passed: 'passed', failed: 'failed', missing: 'never ran' } as const

export function renderTests({ rows, left, expected, passed }: Tests): Markup {
  return html`<div class="scroll" tabindex="0" role="region" aria-label="Tests"><table class="tests"><caption><b>${passed} of ${expected}</b> expected tests passed</caption>
<thead><tr><th scope="col">Result</th><th scope="col">Test</th><th scope="col" class="number">Time</th></tr></thead>
<tbody>${rows.map(
    ({ name, status, seconds, message }) =>
      html`<tr><td><span class="mark ${MARKS[status]}">${WORDS[status]}</span></td><td><code>${name}</code>${
        message === null
          ? undefined
          : html`<details><summary>What it said</summary><pre class="soft">${whole(message)}</pre></details>`
      }</td><td class="number">${seconds === null ? undefined : duration(seconds)}</td></tr>`,
  )}</tbody></table></div>${left > 0 ? html`<p class="more">${counted(left, 'more test')} in the report itself.</p>` : undefined}`
}
