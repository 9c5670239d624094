import fs from 'node:fs'
import path from 'node:path'

// Runs inside a sandbox, as root: writes to stdout what can be read there beyond the image, each file as a line of JSON with
// its name and size, then its bytes. Its arguments are mounts that it leaves out. Started from its text alone, so it imports nothing of ours.

/** Of the kernel and the devices, nobody can have hidden anything there; processes are looked at one by one. */
const NOT_LISTED = /^\/(proc|sys|dev)(\/|$)/
const OF_A_PROCESS = ['environ', 'cmdline', 'comm', 'mountinfo', 'cgroup', 'status']
const CHUNK = 2 ** 20
const LEFT_OUT = new Set(process.argv.slice(2))

for (const root of listMounts()) walk(root)
for (const name of ['/dev/shm', '/dev/mqueue']) if (fs.existsSync(name)) walk(name)
for (const pid of fs.readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
  for (const name of OF_A_PROCESS) showProcess(`/proc/${pid}/${name}`)
}

/** Everything mounted but the image itself. */
function listMounts(): string[] {
  const points = fs
    .readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map(line => (line.split(' ')[4] ?? '').replaceAll('\\040', ' '))
  return [...new Set(points)].filter(
    point => point.startsWith('/') && point !== '/' && !NOT_LISTED.test(point) && !LEFT_OUT.has(point),
  )
}

function walk(file: string): void {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false })
  if (stat === undefined) return
  if (stat.isSymbolicLink()) show(file, Buffer.from(fs.readlinkSync(file)))
  else if (stat.isFile()) showFile(file, stat.size)
  else if (stat.isDirectory()) {
    for (const name of fs.readdirSync(file)) walk(path.join(file, name))
  }
}

/** As many bytes as were announced, whatever becomes of the file meanwhile. */
function showFile(file: string, size: number): void {
  announce(file, size)
  const handle = fs.openSync(file, 'r')
  try {
    for (let at = 0; at < size; at += CHUNK) {
      const chunk = Buffer.alloc(Math.min(CHUNK, size - at))
      fs.readSync(handle, chunk, 0, chunk.length, at)
      write(chunk)
    }
  } finally {
    fs.closeSync(handle)
  }
}

function showProcess(file: string): void {
  let content: Buffer
  try {
    content = fs.readFileSync(file)
  } catch {
    // It has ended meanwhile, or even root may not read it here.
    return
  }
  show(file, content)
}

function show(file: string, content: Buffer): void {
  announce(file, content.length)
  write(content)
}

function announce(file: string, size: number): void {
  write(Buffer.from(`${JSON.stringify({ file, size })}\n`))
}

function write(bytes: Buffer): void {
  let rest = bytes
  while (rest.length > 0) {
    try {
      rest = rest.subarray(fs.writeSync(1, rest))
    } catch (error) {
      // The reader is slower than we are.
      if ((error as { code?: unknown }).code !== 'EAGAIN') throw error
    }
  }
}
