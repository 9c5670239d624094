import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import { PERMISSIONS } from '../../../task-bank/harbor/network.ts'

/** What commands say that they take where they take tasks. */
export const TASKS =
  'names of bundled tasks or of their environments, folders of tasks, archives of them (tar, tar.gz, zip), a dataset.toml, <registry>.json#<dataset>, files or folders of SWE-bench rows'

/** `--clone`, once for each repository. */
function clones(): Option<'--clone <address=folder>', undefined, undefined, undefined, false, string[]> {
  return new Option(
    '--clone <address=folder>',
    'where a repository lies that a registry names; may be given more than once',
  ).argParser((one: string, before: string[] | undefined) => [...(before ?? []), one])
}

/** `--ids`. */
export function ids(): Option<'-i, --ids <ids...>'> {
  return new Option('-i, --ids <ids...>', 'of rows, only these')
}

/** `--split`. */
export function split(): Option<'--split <name>'> {
  return new Option('--split <name>', 'of a data set, this part')
}

/** `--recipes`. */
export function recipes(): Option<'--recipes <file>'> {
  return new Option(
    '--recipes <file>',
    'how images of rows are made without a registry; see task-bank/swebench/README.md',
  )
}

/** `--force-build`. */
function forceBuild(): Option<'--force-build', undefined, undefined, true> {
  return new Option(
    '--force-build',
    'of rows that bring a Dockerfile, build the image rather than take the one they name',
  )
}

/** `--allow-network`. */
function allowNetwork() {
  return new Option(
    '--allow-network <network>',
    'how much of a network tasks may have that ask for it; private addresses never',
  )
    .choices(PERMISSIONS)
    .default('allowlist' as const)
}

/** `--verifier`. */
export function verifierChoice() {
  return new Option(
    '--verifier <whose>',
    "who decides on a task that carries a row: our grader, or the task's own script",
  )
    .choices(['own', 'task'] as const)
    .default('own' as const)
}

/** What every command has that takes tasks. */
export function takingTasks<Args extends unknown[], Opts extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Opts, Globals>,
) {
  return command
    .addOption(allowNetwork())
    .addOption(clones())
    .addOption(ids())
    .addOption(split())
    .addOption(recipes())
    .addOption(forceBuild())
}
