import type { Command } from '@commander-js/extra-typings'
import type { Tools } from './draw-commands.ts'

/** Adds `arete environment`. */
export function addEnvironments(program: Command, { json, finish, wholeNumber, example }: Tools): void {
  const environment = program.command('environment').description('environments that bring their own image')

  environment
    .command('check')
    .description(
      'start an environment of affinetes, list its methods, call its controls, and say whether it may count',
    )
    .argument('<name>', 'as it is declared')
    .option('--environments <file>', 'declarations of environments; the bundled ones if not given')
    .option('--rounds <count>', 'calls of each control', wholeNumber, 5)
    .addOption(json())
    .addHelpText('after', example('arete environment check swe-infinite --environments environments.toml'))
    .action(async (name, options) =>
      finish(import('./environment-check.ts').then(({ check }) => check(name, options))),
    )
}
