import fs from 'node:fs'
import { expect, test } from 'vitest'
import { useBench } from '../support/surroundings.ts'

const held = useBench()

test('the template in Python imports nothing but the standard library', async () => {
  const source = fs.readFileSync('miner-template/python/agent.py', 'utf8')
  const agent = await held.bench.agent(
    'imports.py',
    `import ast, sys
def names(source):
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (one.name.split(".")[0] for one in node.names)
        if isinstance(node, ast.ImportFrom):
            yield node.module.split(".")[0]
def agent_main(input):
    for source in ${JSON.stringify([source, 'import numpy.linalg\nfrom requests import get\n'])}:
        print(len(set(names(source))) > 1, sorted(set(names(source)) - sys.stdlib_module_names))
`,
  )

  const { agent: outcome } = await held.bench.attempt(agent)

  expect(outcome.log.toString()).toBe("True []\nTrue ['numpy', 'requests']\n")
})
