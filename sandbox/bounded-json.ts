const MOST_DEPTH = 64

/** JSON out of bytes, or undefined: also if it is nested so deeply that whoever walks through it would fail. */
export function readJson(body: Buffer): unknown {
  return readJsonText(body.toString('utf8'))
}

/** The same out of a text. */
export function readJsonText(text: string): unknown {
  if (depthOf(text) > MOST_DEPTH) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** An upper bound that is exact for what is JSON: brackets outside of strings. */
function depthOf(text: string): number {
  let depth = 0
  let deepest = 0
  let isInString = false
  for (let at = 0; at < text.length; at += 1) {
    const letter = text[at]
    if (isInString) {
      if (letter === '\\') at += 1
      else if (letter === '"') isInString = false
    } else if (letter === '"') isInString = true
    else if (letter === '{' || letter === '[') {
      depth += 1
      deepest = Math.max(deepest, depth)
    } else if (letter === '}' || letter === ']') depth -= 1
  }
  return deepest
}
