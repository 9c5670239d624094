import fs from 'node:fs'
import path from 'node:path'
import { type MinedTask, writeManifest } from '../../task-bank/history/manifest.ts'
import type { Recipe } from '../../task-bank/history/recipe.ts'
import { type RunnerKind, type Toolchain, writeDockerfile } from '../../task-bank/history/toolchain.ts'
import { streamOf, type Trees } from './trees.ts'

/**
 * Writes a Harbor task folder, which must not exist. Its ids are unknown until the tests have run, so its manifest is written again
 * by `writeIds`.
 *
 * @param pack - folder of the packages that its image needs
 */
export function writeTaskFolder(
  folder: string,
  parts: {
    trees: Pick<Trees, 'given' | 'hidden' | 'patch'>
    statement: string
    manifest: string
    toolchain: Toolchain
    task: { readonly runner: RunnerKind; readonly recipe: Recipe }
    pack: string | undefined
  },
): void {
  const { trees, task, pack, toolchain } = parts
  const write = (name: string, content: string | Uint8Array, mode = 0o644): void => {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, content, { mode })
  }
  write('task.toml', parts.manifest)
  write('instruction.md', parts.statement)
  write('environment/repository.fi', streamOf(trees.given))
  const install = pack === undefined ? [] : toolchain.install
  write('environment/Dockerfile', writeDockerfile({ install, build: task.recipe.build }))
  if (pack !== undefined) linkFolder(pack, path.join(folder, 'environment/packages'))
  for (const [name, { content, mode }] of trees.hidden) {
    write(`tests/${name}`, content, mode === '100755' ? 0o755 : 0o644)
  }
  write('tests/test.sh', writeScript(task, [...trees.hidden.keys()]), 0o755)
  write('solution/solve.sh', '#!/bin/bash\ncd /app && git apply /solution/fix.patch\n', 0o755)
  write('solution/fix.patch', trees.patch)
}

export function writeIds(folder: string, task: MinedTask): void {
  fs.writeFileSync(path.join(folder, 'task.toml'), writeManifest(task))
}

/** Packages are large and the same for many tasks: one copy on disk, where the disk allows that. */
function linkFolder(from: string, to: string): void {
  fs.mkdirSync(to, { recursive: true })
  for (const entry of fs.readdirSync(from, { withFileTypes: true })) {
    const [source, target] = [path.join(from, entry.name), path.join(to, entry.name)]
    if (entry.isDirectory()) linkFolder(source, target)
    else {
      try {
        fs.linkSync(source, target)
      } catch {
        fs.copyFileSync(source, target)
      }
    }
  }
}

/** For harnesses that know no runner of ours. */
function writeScript({ runner }: { readonly runner: RunnerKind }, files: readonly string[]): string {
  const names = files.map(name => `'${name.replaceAll("'", "'\\''")}'`).join(' ')
  const command = {
    pytest: `PYTHONPATH=/app:/app/src python3 -m pytest -q -p no:cacheprovider ${names}`,
    node: `node --test ${names}`,
    vitest: `/node_modules/.bin/vitest run ${names}`,
  }[runner]
  return `#!/bin/bash
cp -R /tests/. /app/ && cd /app && rm -f test.sh
mkdir -p /logs/verifier
if ${command}; then
  echo 1 > /logs/verifier/reward.txt
else
  echo 0 > /logs/verifier/reward.txt
fi
`
}
