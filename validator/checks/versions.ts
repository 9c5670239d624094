import { phaseEnv } from '../../sandbox/phase-env.ts'
import { VERSION } from '../version.ts'
import type { Rule } from './rule.ts'

const ASK = `python3 --version; node --version; python3 -m pytest --version; { [ -x node_modules/.bin/vitest ] && node_modules/.bin/vitest --version; } || /usr/local/lib/node_modules/vitest/vitest.mjs --version`

/** With what all this was found out. What an image says of itself is only written down. */
export const versions: Rule = {
  name: 'versions',
  isSlow: false,
  steps: () => 1,
  async run({ surroundings, slot, prepared, step }) {
    const { task, agentUser, workdir } = prepared
    const said: Buffer[] = []
    const sandbox = await slot.take(prepared)
    try {
      await sandbox.run({
        argv: ['/bin/sh', '-c', ASK],
        cwd: workdir,
        env: phaseEnv(prepared),
        uid: agentUser.uid,
        gid: agentUser.gid,
        seconds: 60,
        maxOutputBytes: 2 ** 16,
        onOutput: (_, chunk) => void said.push(chunk),
      })
    } finally {
      slot.discard(sandbox)
    }
    const text = Buffer.concat(said).toString()
    const find = (pattern: RegExp): string | null => pattern.exec(text)?.[1]?.slice(0, 40) ?? null
    const { kind } = task.verifier.runner
    const node = find(/^v(\d[\w.-]*)$/m)
    const runner = {
      pytest: find(/^pytest (\d[\w.]*)/m),
      vitest: find(/^vitest\/(\d[\w.-]*)/m),
      node,
      script: null,
      log: null,
    }
    step()
    return {
      versions: {
        arete: VERSION,
        engine: surroundings.about.version,
        runner: [kind, runner[kind]].filter(part => part !== null).join(' '),
        python: find(/^Python (\d[\w.+]*)/m),
        node,
      },
    }
  },
}
