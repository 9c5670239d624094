import { type Command, Option } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'

/** Adds what runs a validator. */
export function addValidator(
  validator: Command,
  { finish, example }: Pick<Tools, 'finish' | 'example'>,
): void {
  validator
    .command('start', { isDefault: true })
    .description(
      'take submissions, work on them, sign verdicts, and answer over HTTP; with no settings at all on a chain of its own',
    )
    .addOption(
      new Option('--parts <parts...>', 'what this process does; everything if not given').choices([
        'api',
        'advance',
        'notary',
        'settle',
        'work',
      ] as const),
    )
    .addHelpText('after', example('arete validator start --parts api advance notary settle'))
    .action(async options => finish((await import('./validator.ts')).start(options)))

  validator
    .command('config')
    .description('print the settings that it would start with, without secrets')
    .addHelpText('after', example('ARETE_CONFIG=arete.toml arete validator config'))
    .action(async () => finish((await import('./validator.ts')).showConfig()))
}
