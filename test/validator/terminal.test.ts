import fs from 'node:fs'
import path from 'node:path'
import { execa } from 'execa'
import { expect, onTestFinished, test } from 'vitest'
import { PROGRAM } from '../support/arete.ts'
import { makeFolder } from '../support/folder.ts'
import { KEY_FILE, lockAnsible, PASSWORD } from '../support/wallet-files.ts'

/** Runs a program in a terminal of its own. */
const SCRIPT = '/usr/bin/script'

/** Hands in an agent with a locked hotkey, in a terminal: to nobody, since only what is said before that counts. */
function startInTerminal() {
  const folder = makeFolder({
    'agent/agent.json': '{"name":"tester","version":"1.0.0","language":"python","entry":"agent.py"}',
    'agent/agent.py': 'def agent_main(input):\n    return ""\n',
    'wallets/miner/hotkeys/one': '',
  })
  fs.writeFileSync(path.join(folder, 'wallets/miner/hotkeys/one'), lockAnsible(KEY_FILE))
  const args = 'submit agent --validator http://127.0.0.1:1 --wallet miner --hotkey one --wallet-path wallets'
  const started = execa(SCRIPT, ['-qec', `node ${PROGRAM} ${args}`, '/dev/null'], {
    cwd: folder,
    env: { NO_COLOR: '1', ARETE_WALLET_PASSWORD: '' },
    reject: false,
  })
  onTestFinished(() => void started.kill())
  let said = ''
  started.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString()
  })
  return {
    async type(text: string) {
      await expect
        .poll(() => said, { timeout: 30_000 })
        .toMatch(/^Password of .*wallets\/miner\/hotkeys\/one: $/)
      started.stdin.write(text)
      const { exitCode } = await started
      return { said, exitCode }
    },
  }
}

if (!fs.existsSync(SCRIPT))
  test.skip('a password that is typed: skipped, since there is no /usr/bin/script', () => {})
else {
  test('a password is asked for, taken, and never shown', async () => {
    const { said } = await startInTerminal().type(`${PASSWORD}\r`)

    // The next thing that it says: the key is open.
    expect(said).toContain('Cannot reach the validator at http://127.0.0.1:1')
    expect(said).not.toContain(PASSWORD)
  })

  test('a wrong password is told in one line', async () => {
    const { said, exitCode } = await startInTerminal().type('another one\r')

    expect([exitCode, said]).toEqual([2, expect.stringMatching(/password/i)])
    expect(said).not.toContain('another one')
    expect(said).not.toContain('    at ')
  })

  test('whoever gives none is told so', async () => {
    const { said, exitCode } = await startInTerminal().type('\u0003')

    expect([exitCode, said]).toEqual([2, expect.stringContaining('no password was given')])
  })
}
