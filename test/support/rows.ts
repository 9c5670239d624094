import { SUMS, SUMS_DIFF } from './task.ts'

/** A commit that nobody has. */
export const COMMIT = 'c0ffee0000000000000000000000000000000000'

/** The diff that brings the hidden tests of the usual row. */
export const SUMS_TEST_DIFF = `diff --git a/tests/test_sums.py b/tests/test_sums.py
--- a/tests/test_sums.py
+++ b/tests/test_sums.py
@@ -3,3 +3,7 @@
 
 def test_zero():
     assert add(7, 0) == 7
+
+
+def test_adds():
+    assert add(2, 3) == 5
`

/** The repository of the usual row, before anything is repaired. */
export const SUMS_REPOSITORY: Readonly<Record<string, string>> = {
  'sums.py': SUMS,
  'README.md': '# Sums\n',
  'tests/test_sums.py': 'from sums import add\n\n\ndef test_zero():\n    assert add(7, 0) == 7\n',
}

/** The evaluation script of the usual row in the form of version 5. */
export function evalScript(
  commit: string,
  command = 'python3 -m pytest -rA -p no:cacheprovider tests/test_sums.py',
): string {
  return `#!/bin/bash
set -uxo pipefail
cd /testbed
git config --global --add safe.directory /testbed
git status
git checkout ${commit} tests/test_sums.py
git apply -v - <<'EOF_OF_TESTS'
${SUMS_TEST_DIFF}
EOF_OF_TESTS
: '>>>>> Start Test Output'
${command}
: '>>>>> End Test Output'
git checkout ${commit} tests/test_sums.py
`
}

/** A row of the classic table for the usual function that subtracts where it should add. */
export function classicRow(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    repo: 'arete/sums',
    instance_id: 'arete__sums-1',
    base_commit: COMMIT,
    patch: SUMS_DIFF,
    test_patch: SUMS_TEST_DIFF,
    problem_statement: 'The function add() is wrong.\n',
    hints_text: '',
    created_at: '2026-01-31T00:00:00Z',
    version: '1.0',
    FAIL_TO_PASS: '["tests/test_sums.py::test_adds"]',
    PASS_TO_PASS: '["tests/test_sums.py::test_zero"]',
    environment_setup_commit: COMMIT,
    ...more,
  }
}

/** The same as version 5 has it: it says itself how it is run. */
export function fullRow(more: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return classicRow({
    log_parser: 'parse_log_pytest',
    eval_type: 'pass_and_fail',
    eval_script: evalScript(COMMIT),
    image: 'example.invalid/arete/sums-1:latest',
    ...more,
  })
}
