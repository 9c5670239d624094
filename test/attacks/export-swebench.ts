import fs from 'node:fs'
import path from 'node:path'
import type { PreparedTask } from '../../sandbox/prepare.ts'
import type { Slot } from '../../sandbox/slot.ts'
import type { Attack } from './attack.ts'
import { takeDiff } from './naive/lines.ts'

/** How SWE-bench names, runs and reads the tests of a target. */
interface Form {
  readonly file: string
  readonly command: string
  readonly parser: string
  readonly nameOf: (test: string) => string
}

const FORMS: Readonly<Record<string, Form>> = {
  python: {
    file: 'tests/test_pricing.py',
    command: 'python3 -m pytest -rA tests/test_pricing.py',
    parser: 'parse_log_pytest',
    nameOf: test => `tests/test_pricing.py::${test}`,
  },
  unittest: {
    file: 'tests/test_pricing.py',
    command: 'python3 -m unittest -v tests.test_pricing',
    parser: 'parse_log_django',
    nameOf: test => `${test} (tests.test_pricing.PricingTest.${test})`,
  },
  node: {
    file: 'test/pricing.test.mjs',
    command: 'node --run test -- test/pricing.test.mjs',
    parser: 'parse_log_tap',
    nameOf: test => `- ${test}`,
  },
}

/**
 * Writes each attack that leaves a diff as a SWE-bench row (`rows.jsonl`) with a prediction (`predictions.jsonl`), and below
 * `images/` what the images of the rows are built from. A harness that resolves one of them has been fooled.
 *
 * @returns how many were written; tasks without a repository have no diff
 */
export async function exportToSweBench(
  attacks: readonly Attack[],
  folder: string,
  tools: { slot: Slot; prepare: (target: string) => Promise<PreparedTask> },
): Promise<number> {
  fs.mkdirSync(folder, { recursive: true })
  const rows: object[] = []
  const predictions: object[] = []
  for (const attack of attacks) {
    const target = path.basename(attack.target)
    const form = FORMS[target]
    if (form === undefined || attack.payload.kind === 'agent') continue
    const prepared = await tools.prepare(attack.target)
    const diff = Buffer.from(await takeDiff(tools.slot, prepared, attack.payload)).toString()
    if (diff === '') continue
    const row = buildRow(attack, prepared, form)
    rows.push(row)
    predictions.push({
      instance_id: row.instance_id,
      model_name_or_path: 'attacks',
      model_patch: diff,
    })
    writeImage(path.join(folder, 'images', target), attack.target)
  }
  fs.writeFileSync(path.join(folder, 'rows.jsonl'), toLines(rows))
  fs.writeFileSync(path.join(folder, 'predictions.jsonl'), toLines(predictions))
  return rows.length
}

function buildRow(attack: Attack, { task }: PreparedTask, form: Form) {
  const { runner } = task.verifier
  if (runner.kind === 'script') throw new TypeError(`Target "${task.name}" names no tests`)
  const names = (ids: readonly string[]): string =>
    JSON.stringify(ids.map(id => form.nameOf(id.split('::').at(-1)!)))
  const target = path.basename(attack.target)
  const tests = addition(
    form.file,
    fs.readFileSync(path.join(attack.target, 'tests', path.basename(form.file)), 'utf8'),
  )
  const evaluation = [
    '#!/bin/bash',
    'cd /testbed',
    `git apply - <<'END OF TESTS'\n${tests}END OF TESTS`,
    "echo '>>>>> Start Test Output'",
    form.command,
    "echo '>>>>> End Test Output'",
  ]
  return {
    instance_id: `attacks__${target}-${attack.name}`,
    repo: `attacks/${target}`,
    version: '1',
    base_commit: 'HEAD',
    patch: '',
    test_patch: tests,
    problem_statement: task.instruction,
    hints_text: '',
    created_at: '2000-01-01T00:00:00Z',
    FAIL_TO_PASS: names(runner.expected.failToPass),
    PASS_TO_PASS: names(runner.expected.passToPass),
    eval_type: 'pass_and_fail',
    log_parser: form.parser,
    eval_script: `${evaluation.join('\n')}\n`,
    image: imageName(target),
  }
}

/** A unified diff that adds one file. */
function addition(file: string, content: string): string {
  const lines = content.replace(/\n$/, '').split('\n')
  return [
    `diff --git a/${file} b/${file}`,
    'new file mode 100644',
    '--- /dev/null',
    `+++ b/${file}`,
    `@@ -0,0 +1,${lines.length} @@`,
    ...lines.map(line => `+${line}`),
    '',
  ].join('\n')
}

function writeImage(folder: string, target: string): void {
  fs.cpSync(path.join(target, 'environment/repository'), path.join(folder, 'repository'), { recursive: true })
  const dockerfile = [
    `# docker build -t ${imageName(path.basename(target))} .`,
    'FROM arete/base:1',
    'COPY repository /testbed',
    'RUN rmdir /app && ln -s /testbed /app',
    'WORKDIR /testbed',
    "RUN git init -q && git add -A && git -c user.name=a -c user.email=a@example.invalid commit -qm 'Initial'",
  ]
  fs.writeFileSync(path.join(folder, 'Dockerfile'), `${dockerfile.join('\n')}\n`)
}

function imageName(target: string): string {
  return `attacks/${target}:1`
}

function toLines(values: readonly object[]): string {
  return values.map(value => `${JSON.stringify(value)}\n`).join('')
}
