import { END, START } from './log.ts'

/**
 * `tests/test.sh` of a row of the pytest family: the evaluation script, then its log graded inside, with Python alone. Where the
 * repository's history was cut off, its one commit stands for the row's.
 */
export function renderGrader(commit: string): string {
  return `#!/bin/bash
# Decides inside the container, by what is printed; "arete run" decides outside of it.
mkdir -p /logs/verifier
echo 0 > /logs/verifier/reward.txt
there=$(git cat-file -e ${commit} 2>/dev/null && echo ${commit} || echo HEAD)
sed "s/${commit}/$there/g" /tests/eval.sh > /tmp/eval.sh
bash /tmp/eval.sh > /logs/verifier/eval.log 2>&1
python3 - <<'GRADE'
import json

row = json.load(open("/tests/config.json"))
ids = lambda key: json.loads(row[key]) if isinstance(row[key], str) else row[key]
log = open("/logs/verifier/eval.log", errors="replace").read()
_, _, log = log.partition("${START}")
log, end, _ = log.partition("${END}")
found = {}
for line in log.splitlines():
    status, _, rest = line.partition(" ")
    if status in ("PASSED", "FAILED", "ERROR", "SKIPPED", "XFAIL") and rest.split():
        found[rest.split()[0]] = status
repaired = all(found.get(i.split()[0]) in ("PASSED", "XFAIL") for i in ids("FAIL_TO_PASS"))
kept = all(found.get(i.split()[0]) in ("PASSED", "XFAIL", "SKIPPED") for i in ids("PASS_TO_PASS"))
open("/logs/verifier/reward.txt", "w").write("1" if end and repaired and kept else "0")
GRADE
`
}

/**
 * The evaluation script of a row as it runs in a sandbox: the repository there has one commit, so that is what every id of a commit
 * means; the marks are sealed, so that code under test cannot know them; files that a diff cannot carry are laid out before the
 * tests begin.
 */
export function sealScript(
  script: string,
  options: { commit: string; seal: string; assets: string | undefined },
): string {
  const { commit, seal, assets } = options
  const lines = script
    .replaceAll(commit, 'HEAD')
    .replaceAll(START, START + seal)
    .replaceAll(END, END + seal)
    .replaceAll('>>>>> Test Exit Code', `>>>>> Test Exit Code${seal}`)
    .split('\n')
  if (assets === undefined) return lines.join('\n')
  const at = lines.findIndex(line => line.includes(START + seal))
  return [...lines.slice(0, Math.max(at, 0)), `cp -r ${assets}/. .`, ...lines.slice(Math.max(at, 0))].join(
    '\n',
  )
}
