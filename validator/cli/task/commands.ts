import type { Command } from '@commander-js/extra-typings'
import { addDraws, type Tools } from '../draw/commands.ts'
import { TASKS, takingTasks, verifierChoice } from './options.ts'

/** Adds `arete task` and its commands. */
export function addTasks(program: Command, tools: Tools): void {
  const { json, finish, wholeNumber, example } = tools
  const task = program.command('task').description('check, list, import, start and mine tasks')

  takingTasks(
    task
      .command('list')
      .description('every task of a folder, or of whatever else "run" takes')
      .argument('[tasks...]', `${TASKS}; the bundled ones if none is given`),
  )
    .addOption(verifierChoice())
    .addOption(json())
    .addHelpText('after', example('arete task list task-bank/tasks/features'))
    .action(async (folders, options) => finish((await import('./task.ts')).list(folders, options)))

  takingTasks(
    task
      .command('check')
      .description(
        'prove that tasks judge rightly: nothing fails, the reference passes, wrong fixes fail, nothing hidden can be read',
      )
      .argument('<tasks...>', TASKS)
      .option('-r, --rounds <count>', 'times that each must hold', wholeNumber, 5)
      .option('-q, --quick', 'without wrong fixes, busy neighbours and what the tests need'),
  )
    .addOption(verifierChoice())
    .addOption(json())
    .addHelpText('after', example('arete task check task-bank/tasks/features/board-groups'))
    .action(async (folders, options) => finish((await import('./check.ts')).check(folders, options)))

  takingTasks(
    task
      .command('import')
      .description(
        'write tasks of other formats as folders of Harbor tasks: Terminal-bench 1, rows of the SWE-bench family',
      )
      .argument('<tasks...>', `a folder of Terminal-bench 1 tasks, or ${TASKS}`)
      .requiredOption('--to <folder>', 'where the task folders go; none that is there is written over'),
  )
    .addOption(json())
    .addHelpText('after', example('arete task import ../terminal-bench/tasks --to tasks/terminal-bench'))
    .action(async (tasks, options) => finish((await import('./import.ts')).importTasks(tasks, options)))

  task
    .command('new')
    .description(
      'start a task from a git repository: its history, and places for statement, tests and solution',
    )
    .argument('<repository>', 'a git repository whose HEAD has the fault')
    .argument('<folder>', 'where the task goes')
    .addHelpText('after', example('arete task new ../my-library task-bank/tasks/python-fixes/my-task'))
    .action(async (repository, folder) => finish((await import('./task.ts')).create(repository, folder)))

  addDraws(task, tools)

  task
    .command('mine')
    .description("turn commits of a repository's past that change source and tests into certified tasks")
    .argument('<repository>', 'folder of a git repository; it is only read')
    .requiredOption(
      '-o, --out <folder>',
      'where the task folders go; what was decided there before is not decided again',
    )
    .option('--name <name>', "the repository's name in tasks; that of its origin or folder if not given")
    .option('--revision <revision>', 'whose past is read', 'HEAD')
    .option('-e, --environment <name>', 'environment of the tasks', 'history')
    .option('--recipe <file>', 'TOML: how tests are run and the environment is built')
    .option('--issues <file>', 'JSON or JSON lines with number, title and body of issues and pull requests')
    .option('--since <date>', 'only commits since then, as git reads dates')
    .option('--limit <count>', 'look at so many commits at most, newest first', wholeNumber)
    .option('--max <count>', 'make so many tasks at most, newest first', wholeNumber)
    .option('--first-parent', 'walk along first parents; a merge counts as one change')
    .option('--network', 'let pip and npm of this machine fetch packages that the tests need')
    .option('-r, --rounds <count>', 'times that each task must hold', wholeNumber, 5)
    .option('-j, --jobs <count>', 'commits at the same time; half of the cpus if not given', wholeNumber)
    .addOption(json())
    .addHelpText('after', example('arete task mine ../my-library --out tasks/mined --max 10'))
    .action(async (repository, options) => finish((await import('./mine.ts')).mineTasks(repository, options)))

  task
    .command('synth')
    .description('plant faults that people really make into a well-tested repository; certified tasks')
    .argument('<repository>', 'folder of a git repository; it is only read')
    .requiredOption(
      '-o, --out <folder>',
      'where the task folders go; what was decided there before is not decided again',
    )
    .option('--name <name>', "the repository's name in tasks; that of its origin or folder if not given")
    .option('--revision <revision>', 'into which faults are planted', 'HEAD')
    .option('-e, --environment <name>', 'environment of the tasks', 'planted')
    .option('--recipe <file>', 'TOML: how tests are run and the environment is built')
    .option('-s, --seed <text>', 'decides which faults are tried, and in which order', '1')
    .option('-c, --count <count>', 'tasks to make', wholeNumber, 5)
    .option('--limit <count>', 'faults to try at most', wholeNumber)
    .option('--network', 'let pip and npm of this machine fetch packages that the tests need')
    .option('-r, --rounds <count>', 'times that each task must hold', wholeNumber, 5)
    .option('-j, --jobs <count>', 'faults at the same time; half of the cpus if not given', wholeNumber)
    .addOption(json())
    .addHelpText('after', example('arete task synth ../my-library --out tasks/planted --count 10 --seed may'))
    .action(async (repository, options) =>
      finish((await import('./synth.ts')).synthTasks(repository, options)),
    )
}
