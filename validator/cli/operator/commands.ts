import type { Command } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'

/** Adds what an operator does; each act is written down. */
export function addOperators(
  validator: Command,
  { json, finish, example }: Pick<Tools, 'json' | 'finish' | 'example'>,
): void {
  const tools = () => import('./operator.ts')

  validator
    .command('status')
    .description('queue, workers, faults, alarms, disk: what an operator wants to see')
    .addOption(json())
    .addHelpText('after', example('arete validator status'))
    .action(async options => finish((await tools()).showStatus(options)))

  validator
    .command('pause')
    .description('take no more submissions; what is there is worked on')
    .option('--reason <text>', 'told to miners')
    .addHelpText('after', example('arete validator pause --reason "moving to another machine"'))
    .action(async ({ reason }) => finish((await tools()).pauseIntake(reason)))

  validator
    .command('resume')
    .description('take submissions again')
    .addHelpText('after', example('arete validator resume'))
    .action(async () => finish((await tools()).resumeIntake()))

  validator
    .command('ban')
    .description('take nothing more from a hotkey, or from a coldkey with all its hotkeys')
    .argument('<address>', 'in SS58 form')
    .requiredOption('--reason <text>', 'told to its owner')
    .option('--until <time>', 'such as 2026-12-31T00:00:00Z; for good if not given')
    .addHelpText(
      'after',
      example('arete validator ban 5F… --reason "copies others" --until 2026-12-31T00:00:00Z'),
    )
    .action(async (address, options) => finish((await tools()).banKey(address, options)))

  validator
    .command('unban')
    .description('take submissions of a key again')
    .argument('<address>', 'in SS58 form')
    .addHelpText('after', example('arete validator unban 5F…'))
    .action(async address => finish((await tools()).unbanKey(address)))

  validator
    .command('grant')
    .description('give a hotkey submissions that it need not pay for')
    .argument('<hotkey>', 'in SS58 form')
    .argument('<count>', 'how many')
    .addHelpText('after', example('arete validator grant 5F… 3'))
    .action(async (hotkey, count) => finish((await tools()).grantCredits(hotkey, count)))

  validator
    .command('cancel')
    .description('take a submission out; late results count nothing')
    .argument('<submission>', 'its id')
    .requiredOption('--reason <text>', 'told to its owner')
    .addHelpText(
      'after',
      example('arete validator cancel 8f0c2d6b1e5a49c7d3b2a1f0 --reason "asked for by its owner"'),
    )
    .action(async (id, { reason }) => finish((await tools()).cancelOne(id, reason)))

  validator
    .command('requeue')
    .description('have a submission that came to an end judged anew, at its old place in the line')
    .argument('<submission>', 'its id')
    .addHelpText('after', example('arete validator requeue 8f0c2d6b1e5a49c7d3b2a1f0'))
    .action(async id => finish((await tools()).requeueOne(id)))

  validator
    .command('drain')
    .description('let a worker finish what it has, and take nothing new')
    .argument('<worker>', 'its id, as "validator status" shows it')
    .addHelpText('after', example('arete validator drain worker-a1b2c3'))
    .action(async id => finish((await tools()).drainOne(id)))

  validator
    .command('settle')
    .description('settle a window that is held since too much of it is void, after you looked')
    .argument('<window>', 'its number')
    .requiredOption('--reason <text>', 'why it counts all the same')
    .addHelpText('after', example('arete validator settle 412 --reason "one worker had a bad disk"'))
    .action(async (window, { reason }) => finish((await tools()).settleWindow(window, reason)))

  validator
    .command('export')
    .description(
      'conversations of solved attempts of windows that are over, for whoever trains models; of agents whose authors agree',
    )
    .requiredOption('--to <file>', 'where they go: a JSONL file')
    .addHelpText('after', example('arete validator export --to chats.jsonl'))
    .action(async ({ to }) => finish((await tools()).exportAll(to)))

  validator
    .command('prune')
    .description(
      'remove now what is removed once a day: blobs that no row speaks of, workers long gone, old nonces',
    )
    .option('--dry-run', 'only say what would be removed')
    .addOption(json())
    .addHelpText('after', example('arete validator prune --dry-run'))
    .action(async options => finish((await tools()).pruneRecords(options)))

  validator
    .command('audit')
    .description('what operators did, the newest first')
    .addOption(json())
    .addHelpText('after', example('arete validator audit'))
    .action(async options => finish((await tools()).showAudit(options)))
}
