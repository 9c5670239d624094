import type { Row } from './row.ts'

/** Tests of a repository that want a network. */
interface Need {
  readonly repo: string
  /** Ids of these tests. */
  readonly tests: RegExp
  /** They no longer do from this major version on. */
  readonly until?: number
  readonly why: string
}

/** What is known; the rows of the published sets that it concerns are listed in `task-bank/README.md`. */
const NEEDS: readonly Need[] = [
  {
    repo: 'psf/requests',
    tests: /(^|\/)test_requests\.py::/,
    why: 'test_requests.py asks httpbin.org, and waits for an address that never answers',
  },
  {
    repo: 'sphinx-doc/sphinx',
    tests: /^tests\/test_build_linkcheck\.py::test_(defaults|defaults_json|anchors_ignored)$/,
    until: 5,
    why: 'test_build_linkcheck.py asks google.com and sphinx-doc.org',
  },
]

/** Why a row cannot be judged rightly without a network; undefined if nobody knows of a reason. */
export function networkNeedOf({ repo, version, FAIL_TO_PASS, PASS_TO_PASS }: Row): string | undefined {
  const need = NEEDS.find(
    one =>
      one.repo === repo &&
      !(Number.parseFloat(version ?? '') >= (one.until ?? Number.POSITIVE_INFINITY)) &&
      [...FAIL_TO_PASS, ...PASS_TO_PASS].some(id => one.tests.test(id)),
  )
  return need?.why
}
