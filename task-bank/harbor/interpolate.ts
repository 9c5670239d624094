/** What came of the variables in a text, and what was wrong with them. */
export interface Interpolated {
  readonly text: string
  readonly mistakes: readonly string[]
}

/**
 * Replaces variables as Compose does: `$NAME`, `${NAME}`, with a default (`:-`, `-`), with what to say if it is missing (`:?`,
 * `?`), with what stands for a present one (`:+`, `+`); `$$` is a dollar sign. With a colon an empty value counts as
 * missing. A variable that is missing and has no default is empty.
 */
export function interpolate(
  text: string,
  variables: Readonly<Record<string, string | undefined>>,
): Interpolated {
  const mistakes: string[] = []
  let at = 0
  const lookUp = (name: string): string | undefined =>
    Object.hasOwn(variables, name) ? variables[name] : undefined

  /** Up to the end, or up to the brace that closes a variable. */
  const read = (inner: boolean): string => {
    let out = ''
    while (at < text.length && !(inner && text[at] === '}')) {
      if (text[at] !== '$') {
        out += text[at++]
        continue
      }
      at += 1
      if (text[at] === '$') {
        out += '$'
        at += 1
      } else if (text[at] === '{') {
        at += 1
        out += braced()
      } else {
        const name = /^[A-Za-z_]\w*/.exec(text.slice(at, at + 200))?.[0]
        if (name === undefined) mistakes.push(`"$" at ${at} is no variable; write "$$" for a dollar sign`)
        else {
          at += name.length
          out += lookUp(name) ?? ''
        }
      }
    }
    return out
  }

  const braced = (): string => {
    const start = at
    const head = /^([A-Za-z_]\w*)(:?[-?+])?/.exec(text.slice(at, at + 200))
    if (head === null) {
      mistakes.push(`"\${" at ${start} has no variable's name`)
      return ''
    }
    const [whole, name, operator] = head
    at += whole.length
    const rest = operator === undefined ? '' : read(true)
    if (text[at] !== '}') {
      mistakes.push(`"\${${name}" at ${start} is not closed`)
      return ''
    }
    at += 1
    const value = lookUp(name!)
    const isThere = value !== undefined && !(operator?.startsWith(':') && value === '')
    switch (operator?.at(-1)) {
      case '-':
        return isThere ? value : rest
      case '+':
        return isThere ? rest : ''
      case '?':
        if (!isThere) mistakes.push(`${name} is not set: ${rest}`)
        return value ?? ''
      default:
        return value ?? ''
    }
  }

  return { text: read(false), mistakes }
}

/** The same in every text of a document. */
export function interpolateAll(
  value: unknown,
  variables: Readonly<Record<string, string | undefined>>,
  say: (path: string, mistake: string) => void,
  path = '',
): unknown {
  if (typeof value === 'string') {
    const { text, mistakes } = interpolate(value, variables)
    for (const mistake of mistakes) say(path, mistake)
    return text
  }
  const below = (key: string | number): string => (path === '' ? String(key) : `${path}.${key}`)
  if (Array.isArray(value))
    return value.map((one, index) => interpolateAll(one, variables, say, below(index)))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, interpolateAll(one, variables, say, below(key))]),
  )
}
