import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'

/** Adds what joins the work of a validator: `arete worker`. */
export function addWorkerCommands(
  program: Command<[], OptionValues>,
  { finish, wholeNumber, example }: Pick<Tools, 'finish' | 'wholeNumber' | 'example'>,
): void {
  program
    .command('worker')
    .description(
      "take attempts of a validator's queue and make them here; needs DATABASE_URL and ARETE_S3_*, or its data folder (ARETE_DATA)",
    )
    .addOption(
      new Option('--phases <phases...>', 'which phases are done here; both if not given').choices([
        'agent',
        'verify',
      ] as const),
    )
    .option(
      '--name <name>',
      'what everybody may call it, with six letters of its own behind; "worker" if not given',
    )
    .option('--labels <labels...>', 'what this machine has that some tasks ask for')
    .option('-j, --jobs <count>', 'attempts at the same time; one for each cpu if not given', wholeNumber)
    .option('--cpus <count>', 'cpus to be used; all of the engine if not given', wholeNumber)
    .option('--memory <megabytes>', 'memory to be used; all but 1024 MB if not given', wholeNumber)
    .option(
      '--grace <seconds>',
      'how long attempts under way may go on after Ctrl-C before they are handed back',
      wholeNumber,
      600,
    )
    .addHelpText('after', example('arete worker --phases agent --labels gpu --jobs 4'))
    .action(async options => finish((await import('./worker.ts')).worker(options)))
}
