import { gitOrThrow, quotePath } from '../../sandbox/git.ts'
import { temporaryFolder } from './surroundings.ts'

/** One commit of a repository that a test builds. */
export interface Step {
  readonly message: string
  readonly files?: Readonly<Record<string, string | Uint8Array>>
  readonly removed?: readonly string[]
  readonly moved?: Readonly<Record<string, string>>
  /** Name by which later steps call it. */
  readonly as?: string
  /** The commit it comes after, by name; the one before it in the list if not given. */
  readonly after?: string
  /** Makes it a merge of that commit. */
  readonly merges?: string
  /** Takes the named commit back: `%` in the message stands for its id. */
  readonly names?: string
}

const START = 1_700_000_000
const DAY = 86_400

/** Builds a bare repository of these steps, each a day after the one before; the same steps give the same ids. */
export async function buildHistory(
  steps: readonly Step[],
): Promise<{ folder: string; ids: readonly string[] }> {
  const folder = temporaryFolder()
  await gitOrThrow(['init', '--quiet', '--template=', '--initial-branch=main', '--bare', folder])
  const ids: string[] = []
  const named = new Map<string, string>()
  for (const [index, step] of steps.entries()) {
    const before = step.after === undefined ? ids.at(-1) : named.get(step.after)
    const message = Buffer.from(step.message.replace('%', named.get(step.names ?? '') ?? '%'))
    const who = `Arete <arete@example.invalid> ${START + index * DAY} +0000`
    const parts: Uint8Array[] = []
    const say = (text: string): void => void parts.push(Buffer.from(text))
    say(`commit refs/heads/main\nmark :1\nauthor ${who}\ncommitter ${who}\ndata ${message.length}\n`)
    parts.push(message)
    say('\n')
    if (before !== undefined) say(`from ${before}\n`)
    if (step.merges !== undefined) say(`merge ${named.get(step.merges)}\n`)
    for (const [from, to] of Object.entries(step.moved ?? {})) say(`R ${quotePath(from)} ${quotePath(to)}\n`)
    for (const name of step.removed ?? []) say(`D ${quotePath(name)}\n`)
    for (const [name, content] of Object.entries(step.files ?? {})) {
      const bytes = Buffer.from(content)
      say(`M 100644 inline ${quotePath(name)}\ndata ${bytes.length}\n`)
      parts.push(bytes)
      say('\n')
    }
    say('get-mark :1\ndone\n')
    const args = ['fast-import', '--quiet', '--done', '--force', '--date-format=raw']
    const said = await gitOrThrow(args, { gitDir: folder, input: Buffer.concat(parts) })
    ids.push(said.toString().trim())
    if (step.as !== undefined) named.set(step.as, ids.at(-1)!)
  }
  return { folder, ids }
}
