import type { Command } from '@commander-js/extra-typings'
import type { Tools } from '../draw/commands.ts'

/** Adds `arete environment`. */
export function addEnvironments(
  program: Command,
  { json, finish, wholeNumber, positiveNumber, example }: Tools,
): void {
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
    .action(async (name, options) => finish(import('./check.ts').then(({ check }) => check(name, options))))

  environment
    .command('run')
    .description('let language models take part in an environment of affinetes, and show the board')
    .argument('<name>', 'as it is declared')
    .option('--environments <file>', 'declarations of environments; the bundled ones if not given')
    .option('-m, --model <names...>', 'who takes part; the first that there is if not given', [])
    .option('-t, --tasks <count>', 'tasks, the same for all', wholeNumber, 5)
    .option('-j, --jobs <count>', 'at the same time', wholeNumber, 2)
    .option('-o, --out <folder>', 'where calls are kept; a new folder in runs/ if not given')
    .option('--usd <dollars>', 'money of each task for language models', positiveNumber)
    .option('--gateway <file>', 'where models are had: gateway.toml')
    .addOption(json())
    .addHelpText('after', example('arete environment run swe-infinite -m qwen3-coder glm-4.7 --tasks 20'))
    .action(async (name, options) => finish(import('./run.ts').then(({ run }) => run(name, options))))

  environment
    .command('tasks')
    .description(
      'write tasks of an environment of affinetes as folders, in which agents take part as in any others',
    )
    .argument('<name>', 'as it is declared')
    .option('--environments <file>', 'declarations of environments; the bundled ones if not given')
    .option('-t, --tasks <count>', 'how many', wholeNumber, 20)
    .option('--turns <count>', 'questions to an agent in one task, at most', wholeNumber, 32)
    .option('--seed <text>', 'the same text chooses the same tasks; nobody can tell them if not given')
    .option('-o, --out <folder>', 'where the folders go; tasks/<name> if not given')
    .addOption(json())
    .addHelpText('after', example('arete environment tasks affine-sat --tasks 100 --out pool/affine-sat'))
    .action(async (name, { tasks: count, ...options }) =>
      finish(import('./tasks.ts').then(({ write }) => write(name, { ...options, count }))),
    )
}
