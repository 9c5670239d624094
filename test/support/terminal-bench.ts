// biome-ignore-start lint/suspicious/noTemplateCurlyInString: it is what stands in such files
const COMPOSE = `services:
  client:
    build:
      dockerfile: Dockerfile
    image: \${T_BENCH_TASK_DOCKER_CLIENT_IMAGE_NAME}
    container_name: \${T_BENCH_TASK_DOCKER_CLIENT_CONTAINER_NAME}
    command: ["sh", "-c", "sleep infinity"]
    environment:
      - TEST_DIR=\${T_BENCH_TEST_DIR}
    volumes:
      - \${T_BENCH_TASK_LOGS_PATH}:\${T_BENCH_CONTAINER_LOGS_PATH}
      - \${T_BENCH_TASK_AGENT_LOGS_PATH}:\${T_BENCH_CONTAINER_AGENT_LOGS_PATH}
`
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: it is what stands in such files

const TASK = `instruction: |-
  The file sales.csv has a sale a line. Write the sum of the amounts of each shop to totals.csv,
  a line each, sorted by shop, as shop,sum.
author_email: nobody@example.org
difficulty: easy
category: data
tags: [files]
parser_name: pytest
max_agent_timeout_sec: 60
max_test_timeout_sec: 30
run_tests_in_same_shell: false
`

const TESTS = `from pathlib import Path


def test_totals():
    assert Path("/app/totals.csv").read_text().split() == ["north,12", "south,5"]


def test_sales_are_as_they_were():
    assert Path("/app/sales.csv").read_text().startswith("shop,amount")
`

/** A task in the form of Terminal-bench 1, for the base image. */
export function terminalBenchTask(folder: string, mark = ''): Record<string, string> {
  const files = {
    'task.yaml': TASK,
    'docker-compose.yaml': COMPOSE,
    Dockerfile: `FROM arete/base:1\nWORKDIR /app\nCOPY sales.csv /app/\n${mark === '' ? '' : `LABEL arete.test=${mark}\n`}`,
    'sales.csv': 'shop,amount\nnorth,4\nsouth,5\nnorth,8\n',
    'run-tests.sh': '#!/bin/bash\npython3 -m pytest $TEST_DIR/test_outputs.py -rA\n',
    'solution.sh':
      '#!/bin/bash\nawk -F, \'NR > 1 { sum[$1] += $2 } END { for (shop in sum) print shop "," sum[shop] }\' sales.csv | sort > totals.csv\n',
    'tests/test_outputs.py': TESTS,
  }
  return Object.fromEntries(Object.entries(files).map(([name, text]) => [`${folder}/${name}`, text]))
}
