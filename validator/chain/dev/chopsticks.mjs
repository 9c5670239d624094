// Runs a published runtime under Chopsticks, in a process of its own: chopsticks.mjs <folder of the package> <spec file> <port>.
// Tells on stdout, as one JSON document a line, how far it is; ends when stdin does.
import fs from 'node:fs'
import path from 'node:path'
import { pathToFileURL } from 'node:url'

const CODE = '0x3a636f6465'
/** Blocks begin at this time, so that the same spec gives the same hashes. */
const START = Date.parse('2026-01-01T00:00:00Z')

const [folder, specFile, port] = process.argv.slice(2)
const part = (name, file) =>
  import(pathToFileURL(path.join(folder, 'node_modules/@acala-network', name, 'dist/esm', file)).href)
const say = what => process.stdout.write(`${JSON.stringify(what)}\n`)

process.env.LOG_LEVEL = 'error'
try {
  const { runTask, emptyTaskHandler, getAuraSlotDuration } = await part(
    'chopsticks-core',
    'wasm-executor/index.js',
  )
  const call = async (code, storage, name, input) => {
    const keys = Object.keys(storage).sort()
    const answer = await runTask(
      {
        wasm: code,
        calls: [[name, input]],
        mockSignatureHost: false,
        allowUnresolvedImports: true,
        runtimeLogLevel: 0,
      },
      {
        ...emptyTaskHandler,
        getStorage: async key => storage[key],
        getNextKey: async (prefix, key) =>
          keys.find(one => one.startsWith(prefix) && (one > key || (one === key && key === prefix))),
      },
    )
    if (!('Call' in answer)) throw new Error(`${name}: ${JSON.stringify(answer).slice(0, 500)}`)
    return answer.Call
  }

  const spec = JSON.parse(fs.readFileSync(specFile, 'utf8'))
  say({ kind: 'genesis' })
  const top = spec.genesis.raw?.top ?? (await buildGenesis(spec.genesis.runtimeGenesis, call))
  const code = top[CODE]
  const slot = Buffer.from((await call(code, top, 'AuraApi_slot_duration', [])).result.slice(2), 'hex')
  const slotDuration = Number(slot.readBigUInt64LE())
  // Chopsticks asks without leave for the imports that the blob has, and takes twelve seconds if that fails.
  getAuraSlotDuration.cache.set(code, Promise.resolve(slotDuration))
  const clock = { ...timeKeys(slotDuration), ...top }
  const sorted = Object.fromEntries(Object.entries(clock).sort(([one], [other]) => (one < other ? -1 : 1)))

  say({ kind: 'starting', keys: Object.keys(sorted).length, slotDuration })
  const { setupWithServer } = await part('chopsticks', 'index.js')
  const { addr, close } = await setupWithServer({
    genesis: {
      id: spec.id,
      name: spec.name,
      properties: spec.properties ?? {},
      genesis: { raw: { top: sorted } },
    },
    'build-block-mode': 'Manual',
    'allow-unresolved-imports': true,
    'process-queued-messages': false,
    host: '127.0.0.1',
    port: Number(port),
  })
  say({ kind: 'ready', url: `ws://${addr}` })
  process.stdin.on('end', async () => {
    await close()
    process.exit(0)
  })
  process.stdin.resume()
} catch (error) {
  say({ kind: 'failed', why: error instanceof Error ? error.message : String(error) })
  process.exit(1)
}

/** A plain spec becomes storage by what the runtime itself has for that. */
async function buildGenesis({ code, patch = {}, config }, call) {
  const none = Buffer.from([0])
  const preset = await call(code, {}, 'GenesisBuilder_get_preset', [`0x${none.toString('hex')}`])
  const whole = config ?? merge(readJson(preset.result), patch)
  const text = Buffer.from(JSON.stringify(whole))
  const input = `0x${Buffer.concat([compact(text.length), text]).toString('hex')}`
  const { result, storageDiff } = await call(code, {}, 'GenesisBuilder_build_state', [input])
  if (!result.startsWith('0x00'))
    throw new Error(`The runtime does not take this genesis: ${Buffer.from(result.slice(2), 'hex')}`)
  const top = Object.fromEntries(storageDiff.filter(([, value]) => value !== null))
  return { ...top, [CODE]: code }
}

function readJson(hex) {
  const bytes = Buffer.from(hex.slice(2), 'hex')
  const start = bytes.indexOf('{'.charCodeAt(0))
  return start === -1 ? {} : JSON.parse(bytes.subarray(start).toString('utf8'))
}

function merge(one, other) {
  if (
    typeof one !== 'object' ||
    typeof other !== 'object' ||
    Array.isArray(other) ||
    one === null ||
    other === null
  )
    return other
  return Object.fromEntries(
    [...new Set([...Object.keys(one), ...Object.keys(other)])].map(key => [
      key,
      !(key in other) ? one[key] : key in one ? merge(one[key], other[key]) : other[key],
    ]),
  )
}

function compact(length) {
  if (length < 64) return Buffer.from([length << 2])
  const bytes = Buffer.alloc(length < 2 ** 14 ? 2 : 4)
  if (bytes.length === 2) bytes.writeUInt16LE((length << 2) | 1)
  else bytes.writeUInt32LE(((length << 2) | 2) >>> 0)
  return bytes
}

/** `Timestamp.Now` and `Aura.CurrentSlot`: without them the clock of the machine is read, twice and differently. */
function timeKeys(slotDuration) {
  const u64 = value => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64LE(BigInt(value))
    return `0x${bytes.toString('hex')}`
  }
  return {
    // Hashes (xxHash, 128 bits) of pallet and item.
    '0xf0c365c3cf59d671eb72da0e7a4113c49f1f0515f462cdcf84e0f1d6045dfcbb': u64(START),
    '0x57f8dc2f5ab09467896f47300f04243806155b3cd9a8c9e5e9a23fd5dc13a5ed': u64(
      Math.floor(START / slotDuration),
    ),
  }
}
