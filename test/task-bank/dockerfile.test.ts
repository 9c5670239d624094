import { expect, test } from 'vitest'
import { mapDockerfile } from '../../task-bank/dockerfile.ts'
import { NO_MAPPING, parseMapping } from '../../task-bank/mapping.ts'

const IMAGES = parseMapping('[images]\n"*" = "here/*"', 'map.toml')

const REGISTRIES = parseMapping(
  `
[git]
"https://github.com/" = "http://127.0.0.1:9/git/"
[apt]
"http://deb.debian.org/" = "http://mirror/"
[registries]
pip = "http://127.0.0.1:3141/simple"
npm = "http://127.0.0.1:4873/"
go = "http://127.0.0.1:3000"
cargo = "http://127.0.0.1:9/index"
maven = "http://127.0.0.1:8081/all"
proxy = "http://127.0.0.1:3128"
`,
  'map.toml',
)

test('images of FROM, COPY and RUN are replaced, stages and scratch are not', () => {
  const dockerfile = `# syntax=docker/dockerfile:1
ARG VERSION=3.11 \\
  SUFFIX="-slim"
FROM --platform=linux/amd64 python:\${VERSION}$SUFFIX AS build
from \${OTHER:-node:20} as Front
RUN --mount=type=bind,from=alpine:3,target=/x \\
  # a comment
  echo FROM inside:1
FROM build
COPY --from=front /a /a
COPY --from=0 /b /b
COPY --chown=1:1 --from=nginx:1 /c /c
FROM scratch
`
  const { text, images, replaced } = mapDockerfile(dockerfile, IMAGES)

  expect(text).toBe(`# syntax=docker/dockerfile:1
ARG VERSION=3.11 \\
  SUFFIX="-slim"
FROM --platform=linux/amd64 here/python:3.11-slim AS build
from here/node:20 as Front
RUN --mount=type=bind,from=here/alpine:3,target=/x   echo FROM inside:1
FROM build
COPY --from=front /a /a
COPY --from=0 /b /b
COPY --chown=1:1 --from=here/nginx:1 /c /c
FROM scratch
`)
  expect(images.map(({ from }) => from)).toEqual(['python:3.11-slim', 'node:20', 'alpine:3', 'nginx:1'])
  expect(replaced).toContainEqual({ kind: 'image', from: 'node:20', to: 'here/node:20' })
})

test('without a mapping, or where nothing is concerned, a Dockerfile stays byte for byte', () => {
  const dockerfile =
    'FROM python:3.11\r\nRUN  a && \\\n   b\n\n\tCOPY --from=nginx . .\nRUN <<EOF\nFROM no:1\nEOF\nADD https://github.com/a/b.git /b'

  expect(mapDockerfile(dockerfile, NO_MAPPING)).toEqual({
    text: dockerfile,
    images: [
      { from: 'python:3.11', to: 'python:3.11' },
      { from: 'nginx', to: 'nginx' },
    ],
    replaced: [],
  })
  expect(
    mapDockerfile('FROM arete/base:1\nRUN <<-"END"\n\tFROM x\n\tEND\nCOPY a b', IMAGES).replaced,
  ).toEqual([])
})

test('registries and git are arguments of the build, in each stage, for programs that run', () => {
  const { text, replaced } = mapDockerfile('FROM a AS one\nRUN make\nFROM b\nUSER x', REGISTRIES)
  const args = text.split('\n').filter(line => line.startsWith('ARG '))

  expect(args.slice(0, args.length / 2)).toEqual(args.slice(args.length / 2))
  expect(args.slice(0, args.length / 2)).toMatchInlineSnapshot(`
    [
      "ARG PIP_INDEX_URL="http://127.0.0.1:3141/simple"",
      "ARG UV_DEFAULT_INDEX="http://127.0.0.1:3141/simple"",
      "ARG PIP_TRUSTED_HOST="127.0.0.1:3141"",
      "ARG NPM_CONFIG_REGISTRY="http://127.0.0.1:4873/"",
      "ARG YARN_NPM_REGISTRY_SERVER="http://127.0.0.1:4873/"",
      "ARG GOPROXY="http://127.0.0.1:3000"",
      "ARG CARGO_REGISTRIES_CRATES_IO_PROTOCOL="git"",
      "ARG CARGO_NET_GIT_FETCH_WITH_CLI="true"",
      "ARG HTTP_PROXY="http://127.0.0.1:3128"",
      "ARG HTTPS_PROXY="http://127.0.0.1:3128"",
      "ARG http_proxy="http://127.0.0.1:3128"",
      "ARG https_proxy="http://127.0.0.1:3128"",
      "ARG GIT_CONFIG_COUNT="2"",
      "ARG GIT_CONFIG_KEY_0="url.http://127.0.0.1:9/git/.insteadOf"",
      "ARG GIT_CONFIG_VALUE_0="https://github.com/"",
      "ARG GIT_CONFIG_KEY_1="url.http://127.0.0.1:9/index.insteadOf"",
      "ARG GIT_CONFIG_VALUE_1="https://github.com/rust-lang/crates.io-index"",
    ]
  `)
  expect(replaced).toMatchInlineSnapshot(`
    [
      {
        "from": "pip",
        "kind": "registry",
        "to": "http://127.0.0.1:3141/simple",
      },
      {
        "from": "npm",
        "kind": "registry",
        "to": "http://127.0.0.1:4873/",
      },
      {
        "from": "go",
        "kind": "registry",
        "to": "http://127.0.0.1:3000",
      },
      {
        "from": "proxy",
        "kind": "registry",
        "to": "http://127.0.0.1:3128",
      },
      {
        "from": "https://github.com/",
        "kind": "git",
        "to": "http://127.0.0.1:9/git/",
      },
      {
        "from": "https://github.com/rust-lang/crates.io-index",
        "kind": "git",
        "to": "http://127.0.0.1:9/index",
      },
    ]
  `)
  expect(mapDockerfile('FROM a\nCOPY b c', REGISTRIES).text).toBe('FROM a\nCOPY b c')
})

test('addresses that ADD fetches are replaced', () => {
  expect(mapDockerfile('FROM a\nADD https://github.com/x/y.git#main /y', REGISTRIES).text).toBe(
    'FROM a\nADD http://127.0.0.1:9/git/x/y.git#main /y',
  )
})

test('programs that read mirrors from files get them for one command', () => {
  const { text, replaced } = mapDockerfile(
    'FROM a\nRUN apt-get update && \\\n  mvn -q verify\nRUN ["apt-get", "update"]\nRUN make',
    parseMapping(
      '[apt]\n"http://deb.debian.org/" = "http://mirror/"\n[registries]\nmaven = "http://m/"',
      'x',
    ),
  )

  expect(text).toMatchInlineSnapshot(`
    "FROM a
    RUN arete_d=$(mktemp -d) && trap 'rm -rf "$arete_d"' EXIT && mkdir "$arete_d/parts" && for f in /etc/apt/sources.list /etc/apt/sources.list.d/*; do [ ! -f "$f" ] || sed -e 's#http://deb\\.debian\\.org/#http://mirror/#' "$f" > "$arete_d/parts/\${f##*/}"; done && printf 'Dir::Etc::sourcelist "/dev/null";\\nDir::Etc::sourceparts "%s/parts";\\n' "$arete_d" > "$arete_d/apt.conf" && export APT_CONFIG="$arete_d/apt.conf" && printf '%s' '<settings><mirrors><mirror><id>arete</id><mirrorOf>*</mirrorOf><url>http://m/</url></mirror></mirrors></settings>' > "$arete_d/settings.xml" && export MAVEN_ARGS="-s $arete_d/settings.xml $MAVEN_ARGS" && chmod -R a+rX "$arete_d" || exit 1; apt-get update &&   mvn -q verify
    RUN ["apt-get", "update"]
    RUN make"
  `)
  expect(replaced.map(({ from }) => from)).toEqual(['http://deb.debian.org/', 'maven'])
})
