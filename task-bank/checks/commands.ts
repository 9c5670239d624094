/** One command of a script, with the lines that belong to it: continued ones, texts that it is given, its block. */
export interface ScriptCommand {
  /** Lines from `first` to before `end`, from 0 on. */
  readonly first: number
  readonly end: number
}

const OPENS =
  /(^|[;&|]\s*|\bthen\s+|\bdo\s+|\belse\s+)(if|for|while|until|case|select)\b|(^|[\s)])\{\s*$|^\(\s*$/g
const CLOSES = /(^|[;&|]\s*)(fi|done|esac)\b|^\s*[})]/g
/** What prepares for others, and whose absence is no mistake. */
const PREPARES =
  /^\s*(#|$|set\b|cd\b|export\b|source\b|\.\s|[A-Za-z_]\w*=\S*\s*$|true\b|:|echo\b[^>|]*$|exit\b)/

/**
 * The commands of a shell script that do something, at its outermost level. It goes by lines, not by grammar: where it errs,
 * a command is longer or shorter than it should be.
 */
export function listCommands(script: string): ScriptCommand[] {
  const lines = script.split('\n')
  const commands: ScriptCommand[] = []
  for (let first = 0; first < lines.length; ) {
    const end = endOf(lines, first)
    if (!PREPARES.test(lines[first]!)) commands.push({ first, end })
    first = end
  }
  return commands
}

/** The script without one of its commands. */
export function without(script: string, { first, end }: ScriptCommand): string {
  return script
    .split('\n')
    .filter((_, index) => index < first || index >= end)
    .join('\n')
}

function endOf(lines: readonly string[], first: number): number {
  let depth = 0
  for (let at = first; at < lines.length; at++) {
    const line = lines[at]!
    depth += (line.match(OPENS)?.length ?? 0) - (line.match(CLOSES)?.length ?? 0)
    const tag = /<<-?\s*(['"]?)([A-Za-z_]\w*(?:[ \w]*\w)?)\1/.exec(line)?.[2]
    if (tag !== undefined) {
      const close = lines.findIndex((text, index) => index > at && text.trim() === tag)
      if (close > at) at = close
    }
    if (depth <= 0 && !line.endsWith('\\')) return at + 1
  }
  return lines.length
}
