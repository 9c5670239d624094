/** What a failing test says of itself. */
export interface Failure {
  /** Line of the test file at which it failed, from 1 on. */
  readonly line: number
  readonly cause: Cause
  /** Values that the runner tells of the test's parameters. */
  readonly parameters: ReadonlyMap<string, string>
}

export type Cause =
  /** An expectation is not met; `lines` is the runner's own account of it. */
  | { readonly kind: 'unmet'; readonly lines: readonly string[] }
  /** Something was raised that the test did not expect. */
  | { readonly kind: 'raised'; readonly type: string; readonly message: string }
  /** Something should have been raised. */
  | { readonly kind: 'not-raised' }

/** Reads the message of a failing test; undefined if it does not say where it failed. */
export function readFailure(file: string, message: string): Failure | undefined {
  return file.endsWith('.py') ? ofPytest(file, message) : ofJavascript(file, message)
}

/** pytest's long form: source with `>` before the line, `E` before what is wrong, and `file:line:` after each frame. */
function ofPytest(file: string, message: string): Failure | undefined {
  const lines = message.split('\n')
  const frames = lines.flatMap(text => {
    const found = /^(\S+\.py):(\d+): ?/.exec(text)
    return found !== null && isSame(found[1]!, file) ? [Number(found[2])] : []
  })
  const [line] = frames
  const said = lastBlock(lines)
  if (line === undefined || said.length === 0) return undefined
  return { line, cause: causeOfPython(said), parameters: parametersOf(lines) }
}

function lastBlock(lines: readonly string[]): string[] {
  const end = lines.findLastIndex(text => /^E( |$)/.test(text))
  let start = end
  while (start > 0 && /^E( |$)/.test(lines[start - 1]!)) start -= 1
  if (end < 0) return []
  const block = lines.slice(start, end + 1).map(text => text.slice(1))
  const margin = Math.min(
    ...block.filter(text => text.trim() !== '').map(text => /^ */.exec(text)![0].length),
  )
  return block.map(text => text.slice(margin).trimEnd())
}

function causeOfPython(said: readonly string[]): Cause {
  const [first = ''] = said
  if (/^Failed: DID NOT RAISE/.test(first) || /^AssertionError: \S+ not raised/.test(first))
    return { kind: 'not-raised' }
  const raised = /^([A-Za-z_][\w.]*)(?:: (.*))?$/.exec(first)
  if (/^assert /.test(first) || raised === null || raised[1] === 'AssertionError') {
    const lines = said.map(text => text.replace(/^AssertionError: /, '')).filter(text => !/^ *\+ /.test(text))
    const end = lines.indexOf('')
    return { kind: 'unmet', lines: end < 0 ? lines : lines.slice(0, end) }
  }
  return { kind: 'raised', type: raised[1]!.split('.').at(-1)!, message: raised[2] ?? '' }
}

/** The first line of pytest's account, `a = 1, b = 'x'`, before the source of the test. */
function parametersOf(lines: readonly string[]): Map<string, string> {
  const parameters = new Map<string, string>()
  const source = lines.findIndex(text => /^(>| )\s*(@|def |async def )/.test(text))
  for (const text of lines.slice(0, Math.max(0, source))) {
    for (const [, name, value] of text.matchAll(/(?:^|, )([A-Za-z_]\w*) = (.*?)(?=, [A-Za-z_]\w* = |$)/g)) {
      parameters.set(name!, value!)
    }
  }
  return parameters
}

/** A stack of V8: what is wrong, then frames; the first frame of the test file is where it failed. */
function ofJavascript(file: string, message: string): Failure | undefined {
  const lines = message.split('\n')
  const at = lines.findIndex(text => /^\s+at /.test(text))
  if (at < 0) return undefined
  const frames = lines.slice(at).flatMap(text => {
    const found = /(?:file:\/\/|\(|\s)(\/[^\s()]*?):(\d+):\d+\)?$/.exec(text)
    return found !== null && isSame(found[1]!, file) ? [Number(found[2])] : []
  })
  const line = frames.at(-1)
  if (line === undefined) return undefined
  const said = lines.slice(0, at).map(text => text.trimEnd())
  return { line, cause: causeOfJavascript(said), parameters: new Map() }
}

function causeOfJavascript(said: readonly string[]): Cause {
  const [, name = '', message = ''] =
    /^(?:Uncaught )?([A-Za-z_]\w*)(?: \[\w+\])?(?:: ([\s\S]*))?$/.exec(said.join('\n')) ?? []
  if (
    /^Missing expected (exception|rejection)|to throw|promise resolved .* instead of rejecting/.test(
      message,
    ) &&
    !/^The /.test(message)
  )
    return { kind: 'not-raised' }
  if (name !== 'AssertionError' && name !== '')
    return { kind: 'raised', type: name, message: message.split('\n')[0]! }
  return { kind: 'unmet', lines: message.split('\n').filter(text => text.trim() !== '') }
}

/** A frame names a file by another folder than we do. */
function isSame(path: string, file: string): boolean {
  return path === file || path.endsWith(`/${file}`) || file.endsWith(`/${path}`)
}
