import { type Mapping, mapAddress, mapImage, type Replacement } from './mapping.ts'

/** A Dockerfile as it is built here. */
export interface MappedDockerfile {
  readonly text: string
  /** Images from elsewhere that it starts from or copies from, as they are called here, each with what the file calls it. */
  readonly images: readonly { readonly from: string; readonly to: string }[]
  readonly replaced: readonly Replacement[]
}

interface Instruction {
  /** Where it begins and ends in the lines of the file; the end is not part of it. */
  readonly start: number
  readonly end: number
  readonly keyword: string
  /** What follows the keyword, continued lines joined. */
  readonly rest: string
}

/**
 * Puts what a mapping says into a Dockerfile: images of `FROM`, `COPY --from` and `RUN --mount`, addresses of `ADD`; for git and
 * package registries arguments that exist during the build only. Stages and variables of `ARG` are understood; what is not
 * concerned stays byte for byte.
 */
export function mapDockerfile(text: string, mapping: Mapping): MappedDockerfile {
  const lines = text.split('\n')
  const stages = new Set<string>()
  const args = new Map<string, string>()
  const images = new Map<string, string>()
  const replaced = new Map<string, Replacement>()
  const note = (kind: Replacement['kind'], from: string, to: string): string => {
    if (from !== to) replaced.set(`${kind} ${from}`, { kind, from, to })
    return to
  }
  const imageOf = (written: string): string => {
    const name = fill(written, args)
    if (name === 'scratch' || stages.has(name.toLowerCase()) || /^\d+$/.test(name) || name === '')
      return written
    const to = mapImage(mapping, name)
    images.set(name, to)
    return to === name ? written : note('image', name, to)
  }
  const out: string[] = []
  let next = 0
  const all = instructions(lines)
  const hasRun = all.some(({ keyword }) => keyword.toUpperCase() === 'RUN')
  for (const instruction of all) {
    const { start, end, keyword, rest } = instruction
    out.push(...lines.slice(next, start))
    next = end
    const asWritten = lines.slice(start, end)
    const changed = (to: string): string[] => (to === rest ? asWritten : [`${keyword} ${to}`])
    switch (keyword.toUpperCase()) {
      case 'ARG':
        // Those of a stage may not stand in FROM, but in the flags of COPY.
        for (const [name, value] of readArgs(rest)) if (value !== undefined) args.set(name, fill(value, args))
        out.push(...asWritten)
        break
      case 'FROM': {
        const [, flags = '', name = '', after = ''] = /^(\s*(?:--\S+\s+)*)(\S+)(.*)$/s.exec(rest) ?? []
        out.push(...changed(`${flags}${imageOf(name)}${after}`))
        const stage = /^\s+AS\s+(\S+)/i.exec(after)?.[1]
        if (stage !== undefined) stages.add(stage.toLowerCase())
        for (const [key, value, from] of hasRun ? buildArgs(mapping) : []) {
          out.push(`ARG ${key}=${JSON.stringify(value).replaceAll('$', '\\$')}`)
          if (from !== undefined) note(from.kind, from.from, from.to)
        }
        break
      }
      case 'COPY':
        out.push(...changed(rest.replace(/(--from=)(\S+)/, (_, flag, name) => flag + imageOf(name))))
        break
      case 'ADD': {
        const map = (word: string): string => {
          const to = mapAddress(mapping.git, word)
          return note('git', word, to)
        }
        out.push(...changed(rest.replace(/(?:https?:\/\/|git@|ssh:\/\/)[^\s"',]+/g, map)))
        break
      }
      case 'RUN': {
        const mounted = rest.replace(
          /(--mount=\S*?\bfrom=)([^\s,]+)/g,
          (_, flag, name) => flag + imageOf(name),
        )
        out.push(...changed(withFiles(mounted, mapping, note)))
        break
      }
      default:
        out.push(...asWritten)
    }
  }
  out.push(...lines.slice(next))
  return {
    text: out.join('\n'),
    images: [...images].map(([from, to]) => ({ from, to })),
    replaced: [...replaced.values()],
  }
}

/** Variables that programs of a build look at, and what of the mapping they stand for. */
function buildArgs({
  git,
  registries,
}: Mapping): [key: string, value: string, from: Replacement | undefined][] {
  const { pip, npm, go, cargo, proxy } = registries
  const from = (name: string, to: string): Replacement => ({ kind: 'registry', from: name, to })
  const gits = Object.entries({ ...git, ...(cargo === undefined ? {} : { [CRATES]: cargo }) })
  const all: [string, string | undefined, (Replacement | undefined)?][] = [
    ['PIP_INDEX_URL', pip, pip === undefined ? undefined : from('pip', pip)],
    ['UV_DEFAULT_INDEX', pip],
    ['PIP_TRUSTED_HOST', pip?.startsWith('http://') ? new URL(pip).host : undefined],
    ['NPM_CONFIG_REGISTRY', npm, npm === undefined ? undefined : from('npm', npm)],
    ['YARN_NPM_REGISTRY_SERVER', npm],
    ['GOPROXY', go, go === undefined ? undefined : from('go', go)],
    ['CARGO_REGISTRIES_CRATES_IO_PROTOCOL', cargo === undefined ? undefined : 'git'],
    ['CARGO_NET_GIT_FETCH_WITH_CLI', cargo === undefined ? undefined : 'true'],
    ...['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map(
      (key): [string, string | undefined, (Replacement | undefined)?] => [
        key,
        proxy,
        proxy === undefined ? undefined : from('proxy', proxy),
      ],
    ),
    ['GIT_CONFIG_COUNT', gits.length > 0 ? String(gits.length) : undefined],
    ...gits.flatMap(([address, to], index): [string, string, (Replacement | undefined)?][] => [
      [`GIT_CONFIG_KEY_${index}`, `url.${to}.insteadOf`],
      [`GIT_CONFIG_VALUE_${index}`, address, { kind: 'git', from: address, to }],
    ]),
  ]
  return all.flatMap(([key, value, what]) => (value === undefined ? [] : [[key, value, what]]))
}

const CRATES = 'https://github.com/rust-lang/crates.io-index'

/**
 * Before a command that calls a program which takes mirrors from files alone: writes these into a folder that is gone when
 * the command ends. Commands that are not a shell's stay as they are.
 */
function withFiles(
  rest: string,
  { apt, registries: { maven } }: Mapping,
  note: (kind: Replacement['kind'], from: string, to: string) => string,
): string {
  const [, flags = '', command = ''] = /^((?:--\S+\s+)*)(.*)$/s.exec(rest) ?? []
  if (command.startsWith('[') || command.startsWith('<<')) return rest
  const files: string[] = []
  if (Object.keys(apt).length > 0 && /\bapt(?:-get)?\b/.test(command)) {
    const edits = Object.entries(apt)
      .toSorted(([one], [other]) => other.length - one.length)
      .map(([from, to]) => `-e ${quote(`s#${escapeForSed(from)}#${escapeForSed(note('apt', from, to))}#`)}`)
    files.push(
      'mkdir "$arete_d/parts"',
      `for f in /etc/apt/sources.list /etc/apt/sources.list.d/*; do [ ! -f "$f" ] || sed ${edits.join(' ')} "$f" > "$arete_d/parts/\${f##*/}"; done`,
      `printf 'Dir::Etc::sourcelist "/dev/null";\\nDir::Etc::sourceparts "%s/parts";\\n' "$arete_d" > "$arete_d/apt.conf"`,
      'export APT_CONFIG="$arete_d/apt.conf"',
    )
  }
  if (maven !== undefined && /\bmvnw?\b/.test(command)) {
    const url = note('registry', 'maven', maven).replaceAll('&', '&amp;').replaceAll('<', '&lt;')
    const settings = `<settings><mirrors><mirror><id>arete</id><mirrorOf>*</mirrorOf><url>${url}</url></mirror></mirrors></settings>`
    files.push(
      `printf '%s' ${quote(settings)} > "$arete_d/settings.xml"`,
      'export MAVEN_ARGS="-s $arete_d/settings.xml $MAVEN_ARGS"',
    )
  }
  if (files.length === 0) return rest
  const before = [
    'arete_d=$(mktemp -d)',
    `trap 'rm -rf "$arete_d"' EXIT`,
    ...files,
    'chmod -R a+rX "$arete_d"',
  ]
  return `${flags}${before.join(' && ')} || exit 1; ${command.trim()}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}

function escapeForSed(text: string): string {
  return text.replace(/[\\#&.*[\]^$]/g, '\\$&')
}

/** The instructions of a Dockerfile; comments, empty lines and the text of here-documents are none. */
function instructions(lines: readonly string[]): Instruction[] {
  const escaped = lines.some(line => /^#\s*escape\s*=\s*`/i.test(line)) ? '`' : '\\'
  const found: Instruction[] = []
  for (let start = 0; start < lines.length; start++) {
    const first = /^\s*([A-Za-z]+)\s+(.*)$/s.exec(lines[start]!)
    if (first === null) continue
    const parts: string[] = []
    let end = start
    for (let line = first[2]!; ; line = lines[end]!) {
      const trimmed = line.trimEnd()
      const isComment = end > start && /^\s*(?:#|$)/.test(line)
      end += 1
      if (!isComment) parts.push(trimmed.endsWith(escaped) ? trimmed.slice(0, -1) : trimmed)
      if ((!isComment && !trimmed.endsWith(escaped)) || end >= lines.length) break
    }
    const rest = parts.join('')
    for (const [, dash, word] of rest.matchAll(/(?<!<)<<(-?)["']?([A-Za-z_]\w*)["']?/g)) {
      if (!/^(?:RUN|COPY|ADD)$/i.test(first[1]!)) break
      while (end < lines.length && (dash ? lines[end]!.replace(/^\t+/, '') : lines[end]) !== word) end += 1
      end = Math.min(end + 1, lines.length)
    }
    found.push({ start, end, keyword: first[1]!, rest })
    start = end - 1
  }
  return found
}

/** `NAME=value` pairs as `ARG` takes them. */
function readArgs(rest: string): [name: string, value: string | undefined][] {
  return [...rest.matchAll(/([A-Za-z_]\w*)(?:=("(?:[^"\\]|\\.)*"|'[^']*'|\S*))?/g)].map(([, name, value]) => [
    name!,
    value?.replace(/^(["'])(.*)\1$/s, '$2'),
  ])
}

/** Puts variables in: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME:+other}`. */
function fill(text: string, args: ReadonlyMap<string, string>): string {
  return text.replace(
    /\$(?:\{(\w+)(?::([-+])([^}]*))?\}|(\w+))/g,
    (
      _,
      braced: string | undefined,
      mode: string | undefined,
      other: string = '',
      bare: string | undefined,
    ) => {
      const value = args.get((braced ?? bare)!) ?? ''
      if (mode === '-') return value === '' ? other : value
      if (mode === '+') return value === '' ? '' : other
      return value
    },
  )
}
