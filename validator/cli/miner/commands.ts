import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'

/** Adds what a miner needs to hand in an agent: `arete agent pack` and `arete submit`. */
export function addMinerCommands(
  program: Command<[], OptionValues>,
  agent: Command,
  { json, finish, example }: Tools,
): void {
  agent
    .command('pack')
    .description('pack an agent as it is handed in; the same files give the same bytes on every machine')
    .argument('<agent>', 'folder or file')
    .option('-o, --out <file>', 'where it goes; <name>.tar.gz here if not given')
    .addOption(json())
    .addHelpText('after', example('arete agent pack my-agent --out my-agent.tar.gz'))
    .action(async (source, options) => finish((await import('./agent.ts')).pack(source, options)))

  const where = () =>
    new Option('--validator <url>', 'address of the validator')
      .default('http://127.0.0.1:8062')
      .env('ARETE_VALIDATOR')

  program
    .command('submit')
    .description('hand in an agent at a validator: packed, looked through, signed by your hotkey')
    .argument('<agent>', 'folder or file')
    .addOption(where())
    .option('-w, --wallet <name>', 'name of the wallet; "default" if only --hotkey is given')
    .option('-k, --hotkey <name>', 'name of the hotkey; "default" if only --wallet is given')
    .option('--wallet-path <folder>', 'where wallets are; ~/.bittensor/wallets if not given')
    .option('--key-file <path>', 'the file of the hotkey, in place of names')
    .option(
      '--commit-first',
      'lay down a hash before the agent is shown, so that nobody can say to have been first',
    )
    .option('--salt <hex>', 'reveal an earlier commit')
    .option('--payment <block-extrinsic>', 'the event on the chain that paid for it, if a fee is asked')
    .addOption(
      new Option(
        '--model-key <variable>',
        'pay for its language models with your own key, which stands in this variable; only the validator can read it, and forgets it',
      ).choices(['CHUTES_API_KEY', 'OPENROUTER_API_KEY', 'TARGON_API_KEY'] as const),
    )
    .addOption(json())
    .addHelpText(
      'after',
      example('arete submit my-agent --validator http://127.0.0.1:8062 --wallet miner --hotkey one'),
    )
    .action(async (source, options) => finish((await import('./submit.ts')).submit(source, options)))

  program
    .command('status')
    .description('how a submission stands, or the newest ones of a validator')
    .argument('[id]', 'of a submission')
    .addOption(where())
    .option('--hotkey <address>', 'only submissions of this hotkey')
    .addOption(json())
    .addHelpText('after', example('arete status 8f0c2d6b1e5a49c7d3b2a1f0 --validator http://127.0.0.1:8062'))
    .action(async (id, options) => finish((await import('./status.ts')).status(id, options)))

  program
    .command('watch')
    .description('follow a submission until it is decided')
    .argument('<id>', 'of a submission')
    .addOption(where())
    .addOption(json())
    .addHelpText('after', example('arete watch 8f0c2d6b1e5a49c7d3b2a1f0'))
    .action(async (id, options) => finish((await import('./watch.ts')).watch(id, options)))
}
