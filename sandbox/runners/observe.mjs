/**
 * Loaded before a test file (`node --import`). Says on file descriptor 3 what happens in this file's process, and defines
 * `__arete__`, with which a test whose expectations were taken out writes down what it sees. Values are read without calling
 * code of theirs: own data properties only, by functions that are taken aside here, before any code under test is loaded.
 */
import fs from 'node:fs'
import path from 'node:path'
import * as runner from 'node:test'
import { types } from 'node:util'

const MAX_DEPTH = 60
const MAX_NODES = 20_000
const MAX_BYTES = 2 ** 20
const MAX_TOTAL_BYTES = 12 * 2 ** 20
const MAX_MESSAGE = 10_000

const { getOwnPropertyDescriptor, getPrototypeOf, ownKeys, apply } = Reflect
const { isArray } = Array
const { isNaN: isNotANumber } = Number
const { is, freeze, defineProperty } = Object
const { stringify } = JSON
const { writeSync } = fs
const { from: bufferFrom, byteLength } = Buffer
const { getTestContext } = runner
const { isProxy, isDate, isRegExp, isSet, isMap, isUint8Array, isNativeError } = types
const text = String
const PROTOTYPES = {
  array: Array.prototype,
  object: Object.prototype,
  date: Date.prototype,
  regexp: RegExp.prototype,
  set: Set.prototype,
  map: Map.prototype,
  bytes: Uint8Array.prototype,
  buffer: Buffer.prototype,
}
const METHODS = {
  iso: Date.prototype.toISOString,
  time: Date.prototype.getTime,
  regexp: RegExp.prototype.toString,
  eachOfSet: Set.prototype.forEach,
  eachOfMap: Map.prototype.forEach,
  base64: Buffer.prototype.base64Slice,
}
/** Objects with contents that their properties do not show. */
const HIDDEN = [
  types.isAnyArrayBuffer,
  types.isArrayBufferView,
  types.isArgumentsObject,
  types.isBoxedPrimitive,
  types.isDate,
  types.isExternal,
  types.isGeneratorObject,
  types.isMap,
  types.isMapIterator,
  types.isModuleNamespaceObject,
  types.isPromise,
  types.isRegExp,
  types.isSet,
  types.isSetIterator,
  types.isWeakMap,
  types.isWeakSet,
]

const RESULTS = 3
// Worker threads and processes that the tests start load this too, but have nothing to say.
const isFile = process.env.ARETE_RESULTS !== undefined
delete process.env.ARETE_RESULTS
const file = path.relative(process.env.ARETE_TESTS ?? '/', process.argv[1] ?? '')
let written = 0
let hasEnded = false
let lastError

process.on('uncaughtExceptionMonitor', error => {
  lastError = error
})
// A file that cannot be loaded has no tests that could tell.
process.on('exit', code => {
  if (!isFile || hasEnded || lastError === undefined) return
  const message = String(lastError?.stack ?? lastError)
  say({ kind: 'test', id: file, status: 'error', seconds: 0, message: shorten(message) })
  say({ kind: 'end', count: 1, code })
})

/** Sends one line of the report. */
export function say(line) {
  if (!isFile) return
  if (line.kind === 'end') hasEnded = true
  const data = bufferFrom(`${stringify(line)}\n`)
  let offset = 0
  while (offset < data.length) offset += writeSync(RESULTS, data, offset)
}

export function shorten(message) {
  return message.length > 4000 ? `${message.slice(0, 2000)}\n[…]\n${message.slice(-2000)}` : message
}

defineProperty(globalThis, '__arete__', {
  value: freeze({
    __proto__: null,
    observe: freeze((site, value) => record(site, canonical(value))),
    all: freeze(() => {}),
    raises: freeze((site, run) => {
      try {
        run()
      } catch (error) {
        return record(site, raised(error))
      }
      return record(site, ['returned'])
    }),
    rejects: freeze(async (site, promise) => {
      const pending = typeof promise === 'function' ? promise() : promise
      try {
        await pending
      } catch (error) {
        return record(site, raised(error))
      }
      return record(site, ['returned'])
    }),
    resolves: freeze(async (site, promise) => record(site, canonical(await promise))),
    raising: freeze((site, run) => (typeof run === 'function' ? () => watch(site, run) : run)),
    rejecting: freeze((site, promise) =>
      typeof promise === 'function' ? () => watchPromise(site, promise()) : watchPromise(site, promise),
    ),
  }),
})

function watch(site, run) {
  try {
    const result = run()
    record(site, ['returned'])
    return result
  } catch (error) {
    record(site, raised(error))
    throw error
  }
}

async function watchPromise(site, promise) {
  try {
    const result = await promise
    record(site, ['returned'])
    return result
  } catch (error) {
    record(site, raised(error))
    throw error
  }
}

let keep = (site, value) => {
  const name = getTestContext?.()?.fullName
  const id = name === undefined || name === '<root>' ? file : `${file}::${name}`
  say({ kind: 'observed', id, site, value })
}

/** For other test tools than `node:test`: gives each observation to `keeper(site, value)`. */
export function observeInto(keeper) {
  keep = keeper
}

function record(site, value) {
  const size = byteLength(stringify(value))
  const fits = written + size <= MAX_TOTAL_BYTES
  if (fits) written += size
  keep(site, fits ? value : ['cut'])
}

class Cut extends Error {}

function canonical(value) {
  try {
    return encode(value, { nodes: 0, bytes: 0 }, 0)
  } catch (error) {
    // A stack that was nearly full before is no reason to end the test in another way than it would.
    if (error instanceof Cut || error instanceof RangeError) return ['cut']
    throw error
  }
}

function encode(value, budget, depth) {
  spend(budget, 16)
  budget.nodes += 1
  if (budget.nodes > MAX_NODES || depth > MAX_DEPTH) throw new Cut()
  switch (typeof value) {
    case 'undefined':
      return ['undefined']
    case 'boolean':
      return ['bool', value]
    case 'number':
      return ['number', is(value, -0) ? '-0' : text(value)]
    case 'bigint':
      return ['int', text(value)]
    case 'string':
      spend(budget, byteLength(value))
      return ['str', value]
    case 'symbol':
      return ['opaque', 'Symbol']
    case 'function':
      return ['opaque', 'Function']
    default:
      return value === null ? ['none'] : encodeObject(value, budget, depth + 1)
  }
}

function encodeObject(value, budget, depth) {
  if (isProxy(value)) return ['opaque', 'Proxy']
  const prototype = getPrototypeOf(value)
  const keys = ownKeys(value)
  const inner = one => encode(one, budget, depth)
  if (isArray(value)) return prototype === PROTOTYPES.array ? encodeArray(value, keys, inner) : opaque(value)
  if (isNativeError(value)) return ['error', text(dataOf(value, 'name') ?? ''), messageOf(value)]
  if (isUint8Array(value) && (prototype === PROTOTYPES.bytes || prototype === PROTOTYPES.buffer)) {
    const bytes = apply(METHODS.base64, value, [])
    spend(budget, bytes.length)
    return ['bytes', bytes]
  }
  if (isDate(value) && prototype === PROTOTYPES.date && keys.length === 0) {
    const time = apply(METHODS.time, value, [])
    return ['date', !isNotANumber(time) ? apply(METHODS.iso, value, []) : 'NaN']
  }
  if (isRegExp(value) && prototype === PROTOTYPES.regexp && keys.length === 1)
    return ['regexp', apply(METHODS.regexp, value, [])]
  if (isSet(value) && prototype === PROTOTYPES.set && keys.length === 0) {
    const items = []
    apply(METHODS.eachOfSet, value, [item => add(items, inner(item))])
    return ['set', items]
  }
  if (isMap(value) && prototype === PROTOTYPES.map && keys.length === 0) {
    const pairs = []
    apply(METHODS.eachOfMap, value, [(content, key) => add(pairs, [inner(key), inner(content)])])
    return ['map', pairs]
  }
  for (let index = 0; index < HIDDEN.length; index += 1) if (HIDDEN[index](value)) return opaque(value)
  const pairs = encodeProperties(value, keys, budget, depth)
  if (pairs === undefined) return opaque(value)
  return prototype === null || prototype === PROTOTYPES.object
    ? ['dict', pairs]
    : ['object', classOf(prototype) ?? '', pairs]
}

/** Holes, accessors and further properties make an array unlike any literal. */
function encodeArray(value, keys, inner) {
  const { length } = value
  if (length > MAX_NODES) throw new Cut()
  if (keys.length !== length + 1) return opaque(value)
  const items = []
  for (let index = 0; index < length; index += 1) {
    const property = getOwnPropertyDescriptor(value, index)
    if (property === undefined || !('value' in property)) return opaque(value)
    add(items, inner(property.value))
  }
  return ['list', items]
}

function encodeProperties(value, keys, budget, depth) {
  const pairs = []
  for (let index = 0; index < keys.length; index += 1) {
    const key = keys[index]
    const property = getOwnPropertyDescriptor(value, key)
    if (property?.enumerable !== true) continue
    if (typeof key === 'symbol') return undefined
    const content = 'value' in property ? encode(property.value, budget, depth) : ['opaque', 'Getter']
    spend(budget, byteLength(key))
    add(pairs, [['str', key], content])
  }
  return pairs
}

/** The name that an error gives itself comes first, then the classes that it really has. */
function raised(error) {
  if (typeof error !== 'object' || error === null || isProxy(error)) {
    const message = typeof error === 'string' ? error : ''
    return ['raised', [typeof error], clip(message)]
  }
  const names = []
  const name = dataOf(error, 'name')
  if (typeof name === 'string') add(names, clip(name))
  for (let at = getPrototypeOf(error), depth = 0; at !== null && depth < MAX_DEPTH; depth += 1) {
    if (isProxy(at)) break
    const own = classOf(at)
    if (own !== undefined && !(names.length === 1 && names[0] === own)) add(names, own)
    at = getPrototypeOf(at)
  }
  const properties = []
  try {
    add(properties, ['dict', encodeProperties(error, ownKeys(error), { nodes: 0, bytes: 0 }, 1) ?? []])
  } catch (failure) {
    if (!(failure instanceof Cut)) throw failure
  }
  return ['raised', names, messageOf(error), ...properties]
}

function messageOf(error) {
  const message = dataOf(error, 'message')
  return typeof message === 'string' ? clip(message) : ''
}

function classOf(prototype) {
  const maker = getOwnPropertyDescriptor(prototype, 'constructor')?.value
  if (typeof maker !== 'function' || isProxy(maker)) return undefined
  const name = getOwnPropertyDescriptor(maker, 'name')?.value
  return typeof name === 'string' ? clip(name) : undefined
}

/** A property of an object or of what it inherits from, unless code would have to tell it. */
function dataOf(value, key) {
  for (let at = value, depth = 0; at !== null && depth < MAX_DEPTH; depth += 1) {
    if (isProxy(at)) return undefined
    const property = getOwnPropertyDescriptor(at, key)
    if (property !== undefined) return property.value
    at = getPrototypeOf(at)
  }
  return undefined
}

function opaque(value) {
  const prototype = getPrototypeOf(value)
  return ['opaque', prototype === null || isProxy(prototype) ? '' : (classOf(prototype) ?? '')]
}

function clip(message) {
  return message.length > MAX_MESSAGE ? message.slice(0, MAX_MESSAGE) : message
}

function spend(budget, bytes) {
  budget.bytes += bytes
  if (budget.bytes > MAX_BYTES) throw new Cut()
}

/** As `push`, which code under test may have replaced. */
function add(items, item) {
  defineProperty(items, items.length, { value: item, writable: true, enumerable: true, configurable: true })
}
