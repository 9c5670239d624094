const VOID = new Set(['meta', 'link', 'input', 'br', 'hr', 'img'])

/** What is wrong with how tags of a page are nested: nothing if each is closed in its turn. */
export function findUnclosed(page: string): string[] {
  const open: string[] = []
  const mistakes: string[] = []
  for (const [, end, name, rest] of page.matchAll(/<(\/?)([a-z][a-z0-9]*)((?:[^<>"]|"[^"]*")*)>/g)) {
    if (end === '/') {
      const last = open.pop()
      if (last !== name) mistakes.push(`</${name}> closes <${last}>`)
    } else if (!VOID.has(name!) && !rest!.endsWith('/')) open.push(name!)
  }
  return [...mistakes, ...open.map(name => `<${name}> is not closed`)]
}

/** Addresses that a page leads to or loads. */
export function listAddresses(page: string): string[] {
  return [...page.matchAll(/ (?:href|src|action)="([^"]*)"/g)].map(match => match[1]!)
}
