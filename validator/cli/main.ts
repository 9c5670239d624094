import { inspect } from 'node:util'
import { Command, CommanderError, Option } from '@commander-js/extra-typings'
import colors from 'picocolors'
import { AgentError } from '../../sandbox/agent.ts'
import { SandboxError } from '../../sandbox/errors.ts'
import { GatewayError } from '../../sandbox/gateway/config.ts'
import { currentSupply } from '../../sandbox/supply.ts'
import { TaskError } from '../../task-bank/errors.ts'
import { MappingError } from '../../task-bank/mapping.ts'
import { ChainError } from '../chain/errors.ts'
import { ChainUnavailable } from '../chain/node.ts'
import { PoolError } from '../draws/pool-files.ts'
import { UnreachableError, WalletError } from '../intake/errors.ts'
import { BlobError } from '../store/blob-error.ts'
import { StoreError } from '../store/errors.ts'
import { addChain } from './chain/commands.ts'
import { addEnvironments } from './environment/commands.ts'
import { UsageError } from './errors.ts'
import { addMinerCommands } from './miner/commands.ts'
import { addBackups } from './operator/backup-commands.ts'
import { addOperators } from './operator/commands.ts'
import { addMirrors } from './operator/mirror-commands.ts'
import { addValidator } from './operator/validator-commands.ts'
import { addWorkerCommands } from './operator/worker-commands.ts'
import { addModels } from './run/model-commands.ts'
import { addVerify } from './run/verify-commands.ts'
import { addSeason } from './season/commands.ts'
import { addSwebench } from './swebench/commands.ts'
import { addTasks } from './task/commands.ts'
import { TASKS, takingTasks, verifierChoice } from './task/options.ts'
import { plain } from './text.ts'

/** Exit codes: what a script may rely on. */
export const EXIT = { done: 0, no: 1, usage: 2, surroundings: 3 } as const

const program = new Command('arete')
  .description('An open arena for autonomous software-engineering agents')
  .version('0.1.0')
  .showHelpAfterError('(add --help for what there is)')
  .exitOverride()
  .configureHelp({ showGlobalOptions: true })
  .option('--map <file>', 'where images, git hosts and package registries are to be had here; ARETE_MAP')
  .option(
    '--image-map <name=name>',
    'one more image that has another name here; may be given more than once',
    (rule: string, before: string[] | undefined) => [...(before ?? []), rule],
  )
  .option('--offline', 'pull no image, and build without a network')
  .hook('preAction', command => {
    const { map, imageMap, offline } = command.opts()
    if (map !== undefined) process.env.ARETE_MAP = map
    if (imageMap !== undefined) process.env.ARETE_IMAGE_MAP = imageMap.join('\n')
    if (offline) process.env.ARETE_OFFLINE = '1'
    currentSupply()
  })

const json = (): Option<'--json', undefined, undefined> =>
  new Option('--json', 'print one JSON document on stdout')

const tools = { json, finish, example, wholeNumber, positiveNumber }

program
  .command('setup')
  .description('make this machine ready: engine, base image, runtime; only what is missing')
  .addOption(json())
  .addHelpText('after', example('arete setup'))
  .action(async options => finish((await import('./machine/setup.ts')).setup(options)))

program
  .command('doctor')
  .description('one line per requirement: ok, or what is wrong and how to mend it')
  .option('--clean', 'remove what dead runs left behind, and of what is kept what is over the budget')
  .option('--cache', 'with --clean: all that is kept for later runs and that no run needs now')
  .addOption(json())
  .addHelpText('after', example('arete doctor --clean'))
  .action(async options => finish((await import('./machine/doctor.ts')).doctor(options)))

takingTasks(
  program
    .command('run')
    .description('let agents work on tasks in sandboxes and judge what they leave')
    .argument('[tasks...]', `${TASKS}; the bundled ones if none is given`)
    .option(
      '-a, --agent <agent>',
      'folder or file of an agent, "oracle" or "nop"; may be given more than once; oracle, nop and repair if not',
      (agent: string, before: string[] | undefined) => [...(before ?? []), agent],
    )
    .option(
      '-j, --jobs <count>',
      'attempts at the same time; as many as fit the machine if not given',
      wholeNumber,
    )
    .option('-n, --attempts <count>', 'attempts of each agent at each task', wholeNumber, 1)
    .option('-o, --out <folder>', 'folder of the run; attempts that are complete in it are not repeated')
    .option(
      '-p, --predictions <file>',
      'judge patches instead of letting agents work: JSON or JSONL with instance_id, model_name_or_path, model_patch; or "gold"',
    ),
)
  .addOption(verifierChoice())
  .option(
    '-m, --model <name>',
    'language model that agents ask if they name none; it is had where ARETE_MODEL_URL or a key says, see sandbox/gateway/README.md',
  )
  .option('--usd <dollars>', 'money of each attempt for language models', positiveNumber)
  .option('--gateway <file>', 'where models are had and what agents may do with them: gateway.toml')
  .option('--any-model', 'calls that name a model which there is not are answered by the first one')
  .option(
    '--intercept',
    'calls of agents that have the host of OpenRouter written into them come to the same models',
  )
  .option(
    '--replay <run>',
    'the same agents on the answers that are recorded in a run: free, and without a network',
  )
  .option('--run-id <id>', 'names the reports on predictions')
  .addOption(json())
  .addHelpText('after', example('arete run task-bank/tasks/python-fixes --agent ./my-agent --jobs 4'))
  .action(async (tasks, options) => finish((await import('./run/run.ts')).run(tasks, options)))

program
  .command('view')
  .description('show a run, or one attempt of it: verdict, tests, patch, steps')
  .argument('[folder]', 'folder of a run or of an attempt; the newest run if none is given')
  .option('-w, --web', 'as pages for a browser on this machine, which follow a run that is under way')
  .option('-p, --port <port>', 'with --web: where; any free one if not given', wholeNumber)
  .addOption(json())
  .addHelpText('after', example('arete view runs/2026-01-31-1 --web'))
  .action(async (folder, { web, port, ...options }) =>
    finish(
      web
        ? (await import('./run/view-web.ts')).viewWeb(folder, port ?? 0)
        : (await import('./run/view.ts')).view(folder, options),
    ),
  )

addModels(program, tools)
addVerify(program, tools)

program
  .command('shell')
  .description(
    'open a shell where the tests of an attempt ran: its patch applied, the hidden tests in /tests',
  )
  .argument('<attempt>', 'folder of an attempt')
  .addHelpText('after', example('arete shell runs/2026-01-31-1/parcel-quotes__1a2b3c4'))
  .action(async attempt => finish((await import('./run/shell.ts')).shell(attempt)))

addSwebench(program, tools)
addTasks(program, tools)
addEnvironments(program, tools)

const agent = program.command('agent').description('start, inspect and pack agents')

agent
  .command('new')
  .description('copy the template of an agent')
  .argument('<folder>', 'where the agent goes')
  .addOption(
    new Option('-l, --language <language>', 'language of the template')
      .choices(['typescript', 'python'] as const)
      .default('typescript' as const),
  )
  .addHelpText('after', example('arete agent new my-agent --language python'))
  .action(async (folder, options) => finish((await import('./miner/agent.ts')).create(folder, options)))

agent
  .command('inspect')
  .description('read an agent as a validator would: manifest, size, digest, what goes into the sandbox')
  .argument('<agent>', 'folder or file')
  .addOption(json())
  .addHelpText('after', example('arete agent inspect miner-template/python'))
  .action(async (source, options) => finish((await import('./miner/agent.ts')).inspect(source, options)))

addMinerCommands(program, agent, tools)
addWorkerCommands(program, tools)

const validator = program
  .command('validator')
  .description('run a validator, look after it, and keep its records')
addValidator(validator, tools)
addOperators(validator, tools)
addMirrors(program, tools)
addSeason(program, tools)
addChain(program, tools)
addBackups(validator, tools)

// Whoever reads only the first lines, as `head` does, has no interest in the rest.
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(EXIT.done)
  throw error
})

try {
  await program.parseAsync(process.argv.map(word => (word === '-id' ? '--run_id' : word)))
} catch (error) {
  process.exitCode = report(error)
}

/** Takes the exit code that a command gives. */
async function finish(command: Promise<number>): Promise<void> {
  process.exitCode = await command
}

/** A person's mistake and broken surroundings are one message; a bug of ours shows where. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
  const say = (text: string): void => console.error(`${colors.red('error')} ${plain(text)}`)
  if (
    error instanceof UsageError ||
    error instanceof TaskError ||
    error instanceof AgentError ||
    error instanceof PoolError ||
    error instanceof WalletError ||
    error instanceof ChainError ||
    error instanceof GatewayError ||
    error instanceof MappingError
  ) {
    say(error.message)
    return EXIT.usage
  }
  if (
    error instanceof SandboxError ||
    error instanceof StoreError ||
    error instanceof BlobError ||
    error instanceof UnreachableError ||
    error instanceof ChainUnavailable
  ) {
    say(error.message)
    return EXIT.surroundings
  }
  console.error(plain(inspect(error)))
  say('This is a fault of Arête itself. Please report it with the lines above')
  return EXIT.surroundings
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1)
    throw new UsageError(`Cannot use "${text}": a whole number from 1 on is needed`)
  return number
}

function positiveNumber(text: string): number {
  const number = Number(text)
  if (!(number > 0)) throw new UsageError(`Cannot use "${text}": a number above 0 is needed`)
  return number
}

function example(line: string): string {
  return `\nExample:\n  $ ${line}`
}
