import {
  type Needs,
  nodeNeeds,
  pythonNeeds,
  type ReadText,
  splitPackage,
  withoutAddresses,
} from './packages.ts'
import type { Recipe } from './recipe.ts'

export type RunnerKind = 'pytest' | 'node' | 'vitest'

/** How a language's repositories are tested. Another language is one more of these. */
export interface Toolchain {
  readonly runners: readonly RunnerKind[]
  /** What runs these hidden tests, by their texts; undefined if none of ours does. */
  readonly runnerOf: (tests: ReadonlyMap<string, string>) => RunnerKind | undefined
  readonly needs: (recipe: Recipe, read: ReadText, used: (name: string) => boolean) => Needs | undefined
  /** Lines of a Dockerfile that install what was fetched for these needs, which lies in `packages/` beside it. */
  readonly install: readonly string[]
}

const PYTHON: Toolchain = {
  runners: ['pytest'],
  runnerOf: tests => ([...tests.keys()].some(path => path.endsWith('.py')) ? 'pytest' : undefined),
  needs(recipe, read) {
    const requirements = [...pythonNeeds(read, recipe.dependencies), ...recipe.packages]
    return requirements.length === 0 ? undefined : { kind: 'python', requirements }
  },
  install: [
    'COPY packages /opt/packages',
    'RUN python3 /opt/packages/pip.whl/pip install --quiet --no-index --no-deps --no-compile --break-system-packages --root-user-action=ignore /opt/packages/wheels/*.whl',
  ],
}

const IMPORTS_VITEST = /\bfrom\s+['"]vitest['"]|\bimport\(['"]vitest['"]\)/
const IMPORTS_NODE_TEST = /['"]node:test['"]/

const NODE: Toolchain = {
  runners: ['node', 'vitest'],
  runnerOf(tests) {
    const texts = [...tests].filter(([path]) => /\.[cm]?[jt]sx?$/.test(path)).map(([, text]) => text)
    if (texts.some(text => IMPORTS_VITEST.test(text))) return 'vitest'
    return texts.some(text => IMPORTS_NODE_TEST.test(text)) ? 'node' : undefined
  },
  needs(recipe, read, used) {
    const manifest = recipe.dependencies === undefined || recipe.dependencies.includes('package.json')
    const packages = {
      ...(manifest ? withReporter(nodeNeeds(read('package.json'), used)) : {}),
      ...Object.fromEntries(recipe.packages.map(splitPackage)),
    }
    if (Object.keys(packages).length === 0) return undefined
    const lock = read('package-lock.json') ?? read('npm-shrinkwrap.json')
    return { kind: 'node', packages, lock: lock === undefined ? undefined : withoutAddresses(lock) }
  },
  // Found from every folder of the image; in the repository's own it would be copied into each sandbox.
  install: ['ADD packages/node_modules.tar /', 'ENV PATH=$PATH:/node_modules/.bin'],
}

/** Older ones of vitest have not the kind of reporter through which our runner hears of results. */
function withReporter(packages: Record<string, string>): Record<string, string> {
  const major = /\d+/.exec(packages.vitest ?? '')?.[0]
  return major !== undefined && Number(major) < 3 ? { ...packages, vitest: '^3.2.4' } : packages
}

export const TOOLCHAINS: readonly Toolchain[] = [PYTHON, NODE]

/** The toolchain and runner of a commit's hidden tests; a recipe's runner wins. */
export function chooseRunner(
  tests: ReadonlyMap<string, string>,
  recipe: Recipe,
): { toolchain: Toolchain; runner: RunnerKind } | undefined {
  for (const toolchain of TOOLCHAINS) {
    const runner = recipe.runner ?? toolchain.runnerOf(tests)
    if (runner !== undefined && toolchain.runners.includes(runner)) return { toolchain, runner }
  }
  return undefined
}

/** The Dockerfile of a task: packages first, so that tasks with the same ones share those layers. */
export function writeDockerfile(options: { install: readonly string[]; build: readonly string[] }): string {
  return [
    'FROM arete/base:1',
    ...options.install,
    'COPY repository.fi /tmp/repository.fi',
    'RUN git init -q -b main /app && cd /app && git fast-import --quiet < /tmp/repository.fi && git reset -q --hard main && chown -R agent:agent /app && rm /tmp/repository.fi',
    'WORKDIR /app',
    ...options.build.map(command => `RUN ${command}`),
    '',
  ].join('\n')
}
