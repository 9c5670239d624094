/** A line of a script that gets something from a network. */
export interface Fetch {
  /** From 1 on. */
  readonly line: number
  readonly text: string
}

const START = String.raw`(?:^|[;&|({]|\b(?:then|do|else|sudo|exec)\s)\s*`
const PROGRAMS = [
  'curl',
  'wget',
  String.raw`(?:apt|apt-get|dnf|yum)\s+(?:-\S+\s+)*(?:update|install)`,
  String.raw`apk\s+add`,
  String.raw`(?:pip3?|python3?\s+-m\s+pip|uv\s+pip|conda|gem|bundle|cargo|go)\s+(?:-\S+\s+)*install`,
  'uvx',
  String.raw`uv\s+(?:add|sync|tool)`,
  String.raw`npm\s+(?:ci|i|install)`,
  String.raw`(?:pnpm|yarn)\s+(?:add|i|install)`,
  String.raw`git\s+(?:clone|fetch|pull)`,
  String.raw`(?:cargo\s+fetch|go\s+get|go\s+mod\s+download)`,
]
const FETCHES = new RegExp(`${START}(?:${PROGRAMS.join('|')})(?![\\w-])`)
/** What is near needs no network. */
const NEAR = /localhost|127\.0\.0\.1|\[::1\]|file:\/\/|--no-index|--offline/

/** Lines of a shell script that fetch something. It goes by words, not by grammar: somebody has to look. */
export function findFetches(script: string): Fetch[] {
  return script
    .split('\n')
    .map((text, index) => ({ line: index + 1, text: text.trim() }))
    .filter(({ text }) => !text.startsWith('#') && FETCHES.test(text) && !NEAR.test(text))
}
