import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

const LOOK_AGAIN = 20
const NAME = /^lock\.(\d{1,15})$/

/**
 * Has a folder to itself among the processes of this machine until disposed of; that of a process that died counts for nothing.
 *
 * Each holder makes a file with the next number and says in it who he is. Nobody makes one while the owner of the greatest
 * lives, and since of two that have the same idea only one can make the file, taking over from the dead cannot happen twice.
 */
export async function lockFolder(folder: string): Promise<Disposable> {
  for (;;) {
    const greatest = Math.max(0, ...numbersIn(folder))
    if (greatest === 0 || !isHeld(fileOf(folder, greatest))) {
      const own = greatest + 1
      if (make(fileOf(folder, own))) {
        const numbers = numbersIn(folder)
        // Somebody else may have come and gone in between, and a third one have it now.
        if (Math.max(...numbers) === own) {
          for (const number of numbers.filter(one => one < own)) remove(fileOf(folder, number))
          return { [Symbol.dispose]: () => fs.writeFileSync(fileOf(folder, own), '') }
        }
        remove(fileOf(folder, own))
      }
    }
    await sleep(LOOK_AGAIN)
  }
}

function numbersIn(folder: string): number[] {
  return fs.readdirSync(folder).flatMap(name => {
    const number = NAME.exec(name)?.[1]
    return number === undefined ? [] : [Number(number)]
  })
}

function fileOf(folder: string, number: number): string {
  return path.join(folder, `lock.${number}`)
}

/** Makes the file with its content in one step. @returns false if another one was faster */
function make(file: string): boolean {
  const draft = `${path.dirname(file)}/draft.${randomBytes(6).toString('hex')}`
  fs.writeFileSync(draft, ownName())
  try {
    fs.linkSync(draft, file)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    fs.rmSync(draft, { force: true })
  }
}

function remove(file: string): void {
  fs.rmSync(file, { force: true })
}

/** Whether the process that made it lives and has not given it back. */
function isHeld(file: string): boolean {
  let name: string
  try {
    name = fs.readFileSync(file, 'utf8')
  } catch {
    // Removed since: there is a greater one.
    return true
  }
  const [pid = '', started = ''] = name.split(' ')
  return pid !== '' && isAlive(Number(pid)) && startOf(Number(pid)) === started
}

function ownName(): string {
  return `${process.pid} ${startOf(process.pid)}`
}

/** Whether there is such a process that is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  return !['Z', 'X'].includes(statOf(pid)[0] ?? '')
}

/** When a process began, and in which run of the machine: tells a number apart that is given again; empty where nobody says. */
function startOf(pid: number): string {
  const ticks = statOf(pid)[19]
  return ticks === undefined ? '' : `${readOr('/proc/sys/kernel/random/boot_id').trim()}:${ticks}`
}

/** Fields of `/proc/<pid>/stat` after the name, which may hold spaces: state, parent, …; the 20th is the start (proc(5)). */
function statOf(pid: number): string[] {
  const stat = readOr(`/proc/${pid}/stat`)
  return stat === '' ? [] : stat.replace(/^.*\)\s+/s, '').split(' ')
}

function readOr(file: string): string {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
