import type { Command, Option } from '@commander-js/extra-typings'
import { UsageError } from '../errors.ts'

/** What all commands share. */
export interface Tools {
  readonly json: () => Option<'--json', undefined, undefined>
  readonly finish: (command: Promise<number>) => Promise<void>
  readonly wholeNumber: (text: string) => number
  readonly positiveNumber: (text: string) => number
  readonly example: (line: string) => string
}

/** Adds the commands of pools and draws to `arete task`. */
export function addDraws(task: Command, { json, finish, wholeNumber, example }: Tools): void {
  const number = (text: string): number => (text === '0' ? 0 : wholeNumber(text))

  task
    .command('draw')
    .description('draw the tasks of a window from a committed pool by the hash of a block, or verify a proof')
    .option('-w, --window <number>', 'the window', number)
    .option('--block-hash <hash>', 'hash of the block that the draw follows from')
    .option('-p, --pool <file>', 'public file of the pool')
    .option(
      '-o, --out <file>',
      'where the proof goes; nothing is written and only numbers are shown if not given',
    )
    .option(
      '--block <number>',
      'number of that block; refused unless it is the one that the rules name',
      number,
    )
    .option('--env <id>', 'refused unless the pool is of this environment')
    .option('--count <number>', 'refused unless the pool settled this many', wholeNumber)
    .option('--confirm <digests...>', 'draw for the confirmation of a duel: digests of both entries')
    .option('--committed <block>', 'with --confirm: block in which the later entry was committed', number)
    .option('--secrets <file>', 'secret file of the pool; beside the public one if not given')
    .option('--verify <proof>', 'check a proof, or a published folder, and nothing else')
    .option('--root <digest>', 'with --verify: the root that was public')
    .addOption(json())
    .addHelpText(
      'after',
      example(
        'arete task draw --window 901 --block-hash 0x5c…e1 --env python-fixes --count 20 --pool pool.json --out proof.json\n  $ arete task draw --verify proof.json',
      ),
    )
    .action(async options => {
      const { verify: target, window, blockHash, pool, confirm, ...rest } = options
      if (target !== undefined)
        return finish(import('./verify.ts').then(({ verify }) => verify(target, options)))
      if (window === undefined || blockHash === undefined || pool === undefined)
        throw new UsageError('Cannot draw: --window, --block-hash and --pool are needed, or --verify')
      return finish(
        import('./draw.ts').then(({ draw }) => draw({ ...rest, window, blockHash, pool, codes: confirm })),
      )
    })

  task
    .command('environments')
    .description('the declared environments, their shares of a score, and how long their pools last')
    .argument('[file]', 'declarations; the bundled ones if not given')
    .addOption(json())
    .addHelpText('after', example('arete task environments task-bank/environments.toml'))
    .action(async (file, options) =>
      finish(import('./environments.ts').then(({ environments }) => environments(file, options))),
    )

  const pool = task.command('pool').description('commit, watch and publish pools of tasks')

  pool
    .command('commit')
    .description(
      'make a pool of certified tasks: a public file with its root, and a secret one with the salts',
    )
    .argument('<tasks...>', 'folders of tasks')
    .requiredOption('--env <id>', 'environment of the pool')
    .requiredOption('--before <block>', 'the root is to be public before this block', number)
    .option('--environments <file>', 'declarations of environments; the bundled ones if not given')
    .option('-o, --out <file>', 'the public file; where the environment declares it if not given')
    .option('--secrets <file>', 'the secret file; beside the public one if not given')
    .option(
      '--after <file>',
      'public file of the pool before: none of the tasks that were drawn from it is taken',
    )
    .addOption(json())
    .addHelpText(
      'after',
      example('arete task pool commit fresh/ --env python-fixes --before 6480000 --out pool.json'),
    )
    .action(async (tasks, options) =>
      finish(import('./pool-commit.ts').then(({ commit }) => commit(tasks, options))),
    )

  pool
    .command('status')
    .description('what became of the tasks of a pool, and how many windows it lasts')
    .argument('<file>', 'public file of the pool')
    .addOption(json())
    .addHelpText('after', example('arete task pool status pool.json'))
    .action(async (file, options) =>
      finish(import('./pool-status.ts').then(({ status }) => status(file, options))),
    )

  pool
    .command('publish')
    .description('publish the tasks of a window that is over, with salts and proofs, and retire them')
    .requiredOption('-p, --pool <file>', 'public file of the pool')
    .requiredOption('-w, --window <number>', 'the window', number)
    .requiredOption('-o, --out <folder>', 'where they go')
    .option('--secrets <file>', 'secret file of the pool; beside the public one if not given')
    .addOption(json())
    .addHelpText(
      'after',
      example('arete task pool publish --pool pool.json --window 901 --out practice/window-901'),
    )
    .action(async options => finish(import('./pool-publish.ts').then(({ publish }) => publish(options))))
}
