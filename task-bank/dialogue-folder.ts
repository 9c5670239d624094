import { type Affinetes, callableOf } from './affinetes.ts'
import { ANSWER_FILE, DIALOGUE_FILE, type Dialogue } from './dialogue.ts'

/** Files of a task's folder in which an environment of affinetes asks; the same for everybody who names the same. */
export function dialogueFiles(
  id: string,
  declared: Affinetes,
  { task, turns }: Pick<Dialogue, 'task' | 'turns'>,
): ReadonlyMap<string, string> {
  const dialogue: Dialogue = { format: 'arete/dialogue/v1', task, turns, call: callableOf(declared) }
  return new Map([
    ['task.toml', manifestOf(id, declared, task)],
    ['instruction.md', INSTRUCTION],
    ['environment/Dockerfile', DOCKERFILE],
    [DIALOGUE_FILE, `${JSON.stringify(dialogue, undefined, 2)}\n`],
  ])
}

function manifestOf(id: string, { seconds, start_seconds }: Affinetes, task: number): string {
  return `schema_version = "1.4"

[task]
name = "${id}/${task}"
description = "What the environment ${id} asks under the number ${task}."

[agent]
timeout_sec = ${seconds}
user = "agent"

[verifier]
timeout_sec = ${seconds + start_seconds}

[environment]
cpus = 1
memory_mb = 1024
storage_mb = 256
network_mode = "no-network"

[arete]
environment = "${id}"
mode = "patch"
workdir = "/app"
`
}

const INSTRUCTION = `Below is a conversation, the newest message last. Answer that message: write your whole answer, and nothing else, into the
file \`${ANSWER_FILE}\` in the working directory. Its text is all that the other side will see. Messages of "assistant" are your own
earlier answers.
`

const DOCKERFILE = `FROM arete/base:1
RUN git init -q -b main /app && chown -R agent:agent /app
WORKDIR /app
`
