import type { Command } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'
import { ids, recipes, split } from '../task/options.ts'

/** Adds `arete swebench` and its commands. */
export function addSwebench(program: Command, { json, finish, wholeNumber, example }: Tools): void {
  const swebench = program.command('swebench').description('rows and predictions of the SWE-bench family')

  swebench
    .command('run_evaluation')
    .description('judge predictions; takes the flags that scripts give to swebench.harness.run_evaluation')
    .requiredOption('-d, --dataset_name <rows>', 'file or folder of rows, or a task repository')
    .requiredOption('-p, --predictions_path <file>', 'predictions, or "gold"')
    .requiredOption('--run_id <id>', 'names the reports')
    .option('-s, --split <name>', 'part of the data set')
    .option('-i, --instance_ids <ids...>', 'only these')
    .option('--max_workers <count>', 'attempts at the same time', wholeNumber)
    .option('-t, --timeout <seconds>', 'for the tests of each instance', wholeNumber, 1800)
    .option('--report_dir <folder>', 'where the report goes', '.')
    .option('--recipes <file>', 'how images are made without a registry')
    .addOption(json())
    .allowUnknownOption()
    .allowExcessArguments()
    .addHelpText(
      'after',
      example(
        'arete swebench run_evaluation --dataset_name rows.jsonl --predictions_path gold --run_id first',
      ),
    )
    .action(async (options, command) =>
      finish((await import('./run.ts')).runEvaluation(options, command.args)),
    )

  swebench
    .command('to-harbor')
    .description('write each row as the folder of a Harbor task')
    .argument('<rows>', 'file or folder of rows, or a task repository')
    .requiredOption('-o, --out <folder>', 'where the tasks go')
    .addOption(ids())
    .addOption(split())
    .addOption(recipes())
    .addOption(json())
    .addHelpText('after', example('arete swebench to-harbor rows.parquet --out tasks'))
    .action(async (rows, options) => finish((await import('./convert.ts')).toHarbor(rows, options)))

  swebench
    .command('from-harbor')
    .description('write Harbor tasks that carry a row as rows, one a line')
    .argument('<folders...>')
    .requiredOption('-o, --out <file>', 'where the rows go')
    .addOption(json())
    .addHelpText('after', example('arete swebench from-harbor tasks --out rows.jsonl'))
    .action(async (folders, options) =>
      finish(Promise.resolve((await import('./convert.ts')).fromHarbor(folders, options))),
    )
}
