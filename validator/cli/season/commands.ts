import type { Command, OptionValues } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'

/** Adds `arete board` and `arete weights`. */
export function addSeason(
  program: Command<[], OptionValues>,
  { json, finish, example, wholeNumber }: Tools,
): void {
  const tools = () => import('./season.ts')

  program
    .command('board')
    .description(
      'recompute duels, board and weights from receipts alone, and compare them with what was signed',
    )
    .requiredOption(
      '--replay <receipts>',
      'a file or folder of receipts, from the first on, or the address of a validator',
    )
    .option('-w, --web', 'as pages for a browser on this machine, with each duel and agent')
    .option('-p, --port <port>', 'with --web: where; any free one if not given', wholeNumber)
    .addOption(json())
    .addHelpText('after', example('arete board --replay receipts/ --web'))
    .action(async ({ replay, ...options }) => finish((await tools()).replayBoard(replay, options)))

  const weights = program.command('weights').description('what goes on chain, and why')

  weights
    .command('plan')
    .description('what the newest settled window pays, line by line')
    .addOption(json())
    .addHelpText('after', example('arete weights plan'))
    .action(async options => finish((await tools()).showPlan(options)))

  weights
    .command('show')
    .description("what is on chain under this validator's hotkey")
    .addOption(json())
    .addHelpText('after', example('arete weights show'))
    .action(async options => finish((await import('./weights.ts')).showWeights(options)))

  weights
    .command('simulate')
    .description(
      "what the next epoch would make of weights, beside what other validators' weights do to them",
    )
    .option('--weights <row>', 'uids with 16-bit weights; those of the newest settled window if not given')
    .option('--hotkey <address>', 'whose weights they would be; this validator if not given')
    .option('--all', 'also uids that get nothing')
    .addOption(json())
    .addHelpText('after', example('arete weights simulate --weights 0=52428,3=13107'))
    .action(async options => finish((await import('./weights.ts')).simulateWeights(options)))
}
