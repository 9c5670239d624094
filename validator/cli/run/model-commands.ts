import type { Command, OptionValues } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'

/** Adds what is done with the recorded calls of language models: `arete export`, `arete cassette`. */
export function addModels(
  program: Command<[], OptionValues>,
  { json, finish, example }: Pick<Tools, 'json' | 'finish' | 'example'>,
): void {
  program
    .command('export')
    .description(
      'conversations of solved attempts as lines of JSON, for whoever trains models; of agents whose authors agree',
    )
    .argument('<folders...>', 'folders of runs or of attempts that asked language models')
    .requiredOption('--to <file>', 'where they go: a JSONL file')
    .option('--all', 'also of agents whose agent.json does not say "training": true; each line says so')
    .addOption(json())
    .addHelpText('after', example('arete export runs/2026-11-29-1 --to chats.jsonl'))
    .action(async (folders, options) => finish((await import('./export.ts')).exportChats(folders, options)))

  program
    .command('cassette')
    .description(
      'the recorded calls of an attempt as a fixture for tests: the same whenever it was recorded, replayable',
    )
    .argument('<attempt>', 'folder of an attempt that asked language models')
    .requiredOption('--to <file>', 'where it goes: a JSONL file')
    .addHelpText('after', example('arete cassette runs/2026-11-29-1/parcel-quotes__1a2b3c4 --to calls.jsonl'))
    .action(async (attempt, options) => finish((await import('./export.ts')).cassette(attempt, options)))
}
