/**
 * Runs before everything else, on a machine that may have nothing but Node and npm: checks Node's version and installs the
 * packages if they are missing or older than the lock file.
 */
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(
    `Arête needs Node 20.19 or newer; this is ${process.versions.node}. Install a newer one and try again`,
  )
  process.exit(3)
}
const lock = fs.statSync('package-lock.json').mtimeMs
const installed = fs.statSync('node_modules/.package-lock.json', { throwIfNoEntry: false })?.mtimeMs ?? 0
if (installed < lock) {
  console.log('Installing packages')
  const { status } = spawnSync('npm', ['ci', '--no-fund', '--no-audit', '--loglevel=error'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(
      'Cannot install the packages: is there a network, and room on the disk? "npm ci" shows more',
    )
    process.exit(3)
  }
  fs.utimesSync('node_modules/.package-lock.json', new Date(), new Date())
}
