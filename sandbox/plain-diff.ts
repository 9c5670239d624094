/**
 * What is left of a unified diff if everything but headers and whole hunks is taken out: no renames, no modes, no words between
 * files. `patch` takes much for a diff that is none, down to scripts of an editor; of this it can take nothing for anything else.
 *
 * @param diff - bytes as latin-1
 * @returns undefined if a hunk has more or fewer lines than it says, or none belongs to a file
 */
export function plainDiff(diff: string): string | undefined {
  const lines = diff.split('\n')
  const kept: string[] = []
  let file: readonly [string, string] | undefined
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at]!
    if (line.startsWith('--- ') && lines[at + 1]?.startsWith('+++ ')) {
      file = [line, lines[at + 1]!]
      at += 1
      continue
    }
    const hunk = /^@@ -\d{1,9}(?:,(\d{1,6}))? \+\d{1,9}(?:,(\d{1,6}))? @@/.exec(line)
    if (hunk === null) continue
    const body = readBody(lines, at + 1, Number(hunk[1] ?? 1), Number(hunk[2] ?? 1))
    if (body === undefined || (file === undefined && kept.length === 0)) return undefined
    kept.push(...(file ?? []), hunk[0])
    for (const one of body) kept.push(one)
    file = undefined
    at += body.length
  }
  return kept.length === 0 ? undefined : `${kept.join('\n')}\n`
}

function readBody(
  lines: readonly string[],
  from: number,
  before: number,
  after: number,
): string[] | undefined {
  const body: string[] = []
  let [old, fresh] = [0, 0]
  for (let at = from; old < before || fresh < after || lines[at]?.startsWith('\\'); at += 1) {
    const line = lines[at]
    // An empty line is a context line whose only space was trimmed away.
    const sign = line === '' ? ' ' : line?.[0]
    if (sign === undefined || !' +-\\'.includes(sign)) return undefined
    if (sign === ' ' || sign === '-') old += 1
    if (sign === ' ' || sign === '+') fresh += 1
    body.push(line === '' ? ' ' : line!)
  }
  return old === before && fresh === after ? body : undefined
}
