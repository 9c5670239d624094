import type { OpenDialogue } from './dialogue.ts'
import type { Compose } from './harbor/compose.ts'
import type { Recipe } from './recipe.ts'
import type { Row } from './swebench/row.ts'

/** What a task is, whichever format it came in. Everything here is the task author's word, read once and checked. */
export interface Task {
  /** `organisation/name`, or the folder's name. */
  readonly name: string
  readonly folder: string
  /** SHA-256 over the task's files; changes with any byte of them. */
  readonly digest: string
  /** The family of tasks it is scored with. */
  readonly environment: string
  readonly difficulty: string
  /** The repository it was made from, if it says: tasks of one repository are a stratum of a draw. */
  readonly repository?: string | undefined
  readonly instruction: string
  readonly image: ImageSource
  readonly mode: Mode
  readonly verifier: Verifier
  /** Set if no tests decide, but an environment that asks the agent. */
  readonly dialogue?: OpenDialogue | undefined
  /** Where the repository lies in the image; the image's own working directory if the task does not say. */
  readonly workdir: string | undefined
  readonly agentUser: string | undefined
  readonly agentSeconds: number
  readonly buildSeconds: number
  readonly limits: TaskLimits
  /** Variables of the container, `${VAR}` already taken from the operator's environment. */
  readonly env: Readonly<Record<string, string>>
  readonly solutionEnv: Readonly<Record<string, string>>
  readonly artifacts: readonly Artifact[]
  /** Commands that make state into files once the agent has ended, before artifacts are collected. */
  readonly collect: readonly Collect[]
  /** Folders whose files together are `/tests`; where two have one name the later counts. */
  readonly testFolders: readonly string[]
  /** Holds `solve.sh`; undefined if there is none. */
  readonly solutionFolder: string | undefined
  /** What the agent may reach. */
  readonly network: Network
  /** The services beside the agent's machine, and what differs on that. */
  readonly compose: Compose | undefined
  readonly healthcheck: Healthcheck | undefined
  /** A folder whose files are put into the working directory before anything runs. */
  readonly uploads: string | undefined
  readonly mcpServers: readonly McpServer[]
  /** A folder of the image with skills for the agent. */
  readonly skillsFolder: string | undefined
  /** Worked on one after the other, on the machine that the step before left; empty for a task without. */
  readonly steps: readonly Step[]
  /** What the reward of a task with steps is: the mean over its steps, or the last one's. */
  readonly rewardOf: 'mean' | 'final'
  /** Patterns of paths that a patch may not change, beyond the usual ones; and of those it may although usual. */
  readonly protectedPaths: readonly string[]
  readonly allowedPaths: readonly string[]
  /** The weakest level of trust at which its verdicts may be certified; `observed` always may. */
  readonly accepts: 'observed' | 'reported' | 'reward'
  /** Where we deviate from what the task asks for, in words for a person. */
  readonly notes: readonly string[]
}

/** `patch`: only the change of the repository counts. `snapshot`: the state of the whole machine does. */
export type Mode = 'patch' | 'snapshot'

export type ImageSource =
  | {
      readonly kind: 'build'
      readonly folder: string
      /** Below the folder; `Dockerfile` if undefined. */
      readonly dockerfile?: string
      readonly args?: Readonly<Record<string, string>>
      readonly target?: string
    }
  | { readonly kind: 'reference'; readonly reference: string }
  | { readonly kind: 'recipe'; readonly recipe: Recipe }

export interface TaskLimits {
  readonly cpus: number
  readonly memoryMegabytes: number
  readonly storageMegabytes: number
  readonly pids: number
}

export interface Verifier {
  readonly runner: Runner
  readonly seconds: number
  readonly user: string | undefined
  readonly env: Readonly<Record<string, string>>
  /** Set for a separate verifier: its own image, which already holds `/tests/test.sh`. */
  readonly image: ImageSource | undefined
  /** Limits of the tests' sandbox; the task's own unless a separate verifier names others. */
  readonly limits: TaskLimits
  /** What the tests may reach. */
  readonly network: Network
  /** Of a separate verifier's own environment; the task's own otherwise. */
  readonly workdir: string | undefined
  readonly machineEnv: Readonly<Record<string, string>>
  readonly healthcheck: Healthcheck | undefined
  readonly compose: Compose | undefined
  /** The row of the SWE-bench family that the task is: its tests are those of the repository after the row's test patch. */
  readonly row?: Row
  /** What the test patch of a row comes to; known once the repository is. */
  readonly laid?: LaidTests
}

/** Who decides on a task that carries a row: our own grader, or the script that comes with the task. */
export type VerifierChoice = 'own' | 'task'

/** Files of a repository that a test patch touches, by their paths in it. */
export interface LaidTests {
  /** As they are before it; those that it adds are missing. */
  readonly before: readonly LaidFile[]
  /** As they are after it; those that it removes are missing. */
  readonly after: readonly LaidFile[]
}

export interface LaidFile {
  readonly path: string
  readonly mode: number
  readonly content: Uint8Array
}

/** What may be reached from a sandbox. Hosts are names, `*.` and a name, addresses, or ranges of them. */
export type Network =
  | { readonly kind: 'none' }
  | { readonly kind: 'allowlist'; readonly hosts: readonly string[] }
  | { readonly kind: 'public' }

/** A command whose exit code 0 says that a machine is ready. */
export interface Healthcheck {
  /** `sh`: a line for the shell; `exec`: a program with its arguments. */
  readonly test:
    | { readonly kind: 'sh'; readonly line: string }
    | { readonly kind: 'exec'; readonly argv: readonly string[] }
  readonly intervalSeconds: number
  readonly timeoutSeconds: number
  /** Failures this soon after the start do not count. */
  readonly startSeconds: number
  readonly startIntervalSeconds: number
  /** So many failures in a row mean that it is not going to be ready. */
  readonly retries: number
}

export type McpServer =
  | { readonly name: string; readonly transport: 'sse' | 'streamable-http'; readonly url: string }
  | {
      readonly name: string
      readonly transport: 'stdio'
      readonly command: string
      readonly args: readonly string[]
    }

export interface Collect {
  readonly service: string
  readonly command: string
  readonly seconds: number
  readonly user: string | undefined
}

/** One step of a task: a task of its own, but for the machine. */
export interface Step {
  readonly name: string
  readonly task: Task
  /** A folder whose files are put into the working directory first; its `setup.sh` is run there. */
  readonly workdirFolder: string | undefined
  readonly healthcheck: Healthcheck | undefined
  /** Least rewards for the next step to be worked on. */
  readonly least: Readonly<Record<string, number>>
}

/**
 * `pytest`, `node` and `vitest`: the tests in `tests/` are run by our own runners and each expected id must pass. `script`: Harbor's
 * contract, `tests/test.sh` writes a reward; `known` if that script only starts tests that our runners could run as well. `log`: the
 * evaluation script of a row is run, and what it prints is read by the parser of that name.
 */
export type Runner =
  | { readonly kind: OwnRunner; readonly tests: TestFiles; readonly expected: Expected }
  | { readonly kind: 'log'; readonly parser: string; readonly expected: Expected }
  | { readonly kind: 'script'; readonly known: KnownTests | undefined }

/** Whether our own runners run the tests, so that each is told apart. */
export function isOwn(runner: Runner): runner is Extract<Runner, { kind: OwnRunner }> {
  return runner.kind !== 'script' && runner.kind !== 'log'
}

export type OwnRunner = 'pytest' | 'node' | 'vitest'

/** Tests that our runners can run, but whose ids nobody wrote down. */
export interface KnownTests {
  readonly kind: OwnRunner
  readonly tests: TestFiles
}

/** Which hidden files are laid where. Folders are absolute, or relative to the repository; an empty one is the repository. */
export interface TestFiles {
  /** Below which tests lie when they run; ids begin with their path below it. */
  readonly root: string
  /** In which the runner is started. */
  readonly cwd: string
  /** Names below `root` of files below the task's `tests/`; undefined: all of them as they are called there. */
  readonly names: ReadonlyMap<string, string> | undefined
  /** Those that are run, by their names below `root`; undefined: all that are called like tests. */
  readonly run: readonly string[] | undefined
  readonly env: Readonly<Record<string, string>>
}

export interface Expected {
  readonly failToPass: readonly string[]
  readonly passToPass: readonly string[]
  /** Further tests that may be there, whatever becomes of them. */
  readonly others: readonly string[] | 'any'
}

export interface Artifact {
  readonly source: string
  readonly destination: string
  /** Patterns of names that are left out. */
  readonly exclude: readonly string[]
  /** The service that it is read from; `main` is the agent's machine. */
  readonly service: string
}
