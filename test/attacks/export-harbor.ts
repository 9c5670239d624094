import fs from 'node:fs'
import path from 'node:path'
import { splitFiles } from '../../sandbox/archive.ts'
import type { Files } from '../../sandbox/sandbox.ts'
import type { Attack } from './attack.ts'
import { solutionOf } from './naive/solution.ts'

/**
 * Writes each attack as a Harbor task whose reference solution is the attack: a harness that runs the oracle on it must give
 * no reward. Attacks that speak our own contract cannot be said in that format.
 *
 * @returns the folders written
 */
export function exportToHarbor(attacks: readonly Attack[], folder: string): string[] {
  return attacks.flatMap(attack => {
    const solution = solutionOf(attack.payload)
    if (solution === undefined) return []
    const task = path.join(folder, attack.name)
    fs.cpSync(attack.target, task, { recursive: true })
    for (const name of ['solution', 'certificate.json', 'lift.json'])
      fs.rmSync(path.join(task, name), { recursive: true, force: true })
    writeFiles(path.join(task, 'solution'), solution)
    const manifest = path.join(task, 'task.toml')
    const text = fs.readFileSync(manifest, 'utf8')
    fs.writeFileSync(manifest, text.replace(/^name = .*$/m, `name = "attacks/${attack.name}"`))
    return [task]
  })
}

function writeFiles(folder: string, files: Files): void {
  fs.mkdirSync(folder)
  for (const { entry, content } of splitFiles(files))
    fs.writeFileSync(path.join(folder, entry.path), content, { mode: entry.mode })
}
