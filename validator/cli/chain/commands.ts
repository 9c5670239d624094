import type { Command, OptionValues } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'

/** Adds `arete chain` and `arete subnets`. */
export function addChain(
  program: Command<[], OptionValues>,
  { json, finish, wholeNumber, example }: Pick<Tools, 'json' | 'finish' | 'wholeNumber' | 'example'>,
): void {
  const chain = program.command('chain').description('a chain to try things on')

  chain
    .command('dev')
    .description(
      'run the real runtime of a published chain spec on this machine, with a subnet that is ready',
    )
    .requiredOption(
      '-s, --spec <file>',
      'a chain spec, plain or raw; upstream publishes them in its repository opentensor/subtensor, such as aura-dev.json (spec 293, July 2025) or chainspecs/',
    )
    .option('-p, --port <port>', 'where it listens, on 127.0.0.1', wholeNumber, 9944)
    .option('--validators <count>', 'validators beside the owner', wholeNumber, 2)
    .option('--miners <count>', 'miners', wholeNumber, 3)
    .option('--tempo <blocks>', 'blocks from epoch to epoch', wholeNumber, 10)
    .option('--seconds <seconds>', 'from block to block', Number, 2)
    .option('--commit-reveal', 'weights are committed first')
    .addOption(json())
    .addHelpText('after', example('arete chain dev --spec aura-dev.json'))
    .action(async options => finish((await import('./dev.ts')).runDev(options)))

  program
    .command('subnets')
    .description('every subnet of the chain: price, pools, flows, who works there, and how it is paid')
    .option('--sort <column>', 'share, price, tao, flow, miners or netuid', 'share')
    .option('--all', 'also those that get no emission')
    .addOption(json())
    .addHelpText('after', example('arete subnets --sort flow'))
    .action(async options => finish((await import('./subnets.ts')).showSubnets(options)))
}
