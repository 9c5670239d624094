import { ConfigError, loadConfig } from '../../config.ts'
import { openLog, redact } from '../../log.ts'
import { PARTS, type Part, serve } from '../../serve.ts'
import { UsageError } from '../errors.ts'
import { renderLogLine } from '../log-line.ts'
import { ready } from '../machine/setup.ts'
import { findPassword } from '../miner/password.ts'
import { BUNDLED_TASKS, TEMPLATES } from '../places.ts'
import { asJson } from '../text.ts'

/** `arete validator start`: until Ctrl-C or SIGTERM, which end what is under way first; the second one hands it back. */
export async function start({ parts }: { readonly parts?: readonly Part[] }): Promise<number> {
  const config = settings()
  const { stdout } = process
  const forPerson = { write: (line: string) => stdout.write(renderLogLine(line)) }
  const log = openLog(config.logLevel, stdout.isTTY ? forPerson : stdout)
  const stop = new AbortController()
  const force = new AbortController()
  const onSignal = (): void => {
    if (stop.signal.aborted) force.abort()
    stop.abort()
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  try {
    await serve({
      ...{ config, log, stop: stop.signal, force: force.signal, surroundings: ready },
      parts: parts ?? PARTS,
      wallet: { password: findPassword },
      bundledTasks: BUNDLED_TASKS,
      bundledAgents: TEMPLATES,
    })
  } finally {
    process.off('SIGINT', onSignal)
    process.off('SIGTERM', onSignal)
  }
  return 0
}

/** `arete validator config`: what it would start with. */
export async function showConfig(): Promise<number> {
  console.log(asJson(redact(settings())))
  return 0
}

function settings() {
  try {
    return loadConfig(process.env)
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message)
    throw error
  }
}
