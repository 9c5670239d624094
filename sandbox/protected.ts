/** Paths that a patch may not touch, and why. Patterns are those of a task's `protected`, in any case. */
export interface Protection {
  readonly patterns: readonly string[]
  readonly why: string
  /** Only a file that the patch adds: what the repository has under such a name is its own work. */
  readonly only?: 'added'
  /** Not where the repository has a file like these: there honest work needs the file. */
  readonly unless?: readonly string[]
}

type Ecosystem = 'python' | 'node' | 'go' | 'rust' | 'make' | 'java' | 'shell' | 'git'

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}

/** A module that is new at a place where Python looks before it looks where the test tools lie. */
function modules(folders: readonly string[], names: readonly string[]): string[] {
  return folders.flatMap(folder =>
    names.flatMap(name => [`${folder}${name}.py`, `${folder}${name}/__init__.py`]),
  )
}

const PYTHON_TOOLS = words(`
  pytest _pytest pluggy iniconfig packaging exceptiongroup tomli pygments unittest doctest mock nose nose2
  hypothesis coverage xdist anyio pytest_asyncio pytest_cov pytest_mock pytest_timeout
`)
const PYTHON_STANDARD = words(`
  abc argparse ast asyncio bdb codecs collections contextlib copy dataclasses datetime decimal difflib dis
  encodings enum fnmatch fractions functools genericpath glob importlib inspect io json keyword linecache
  locale logging math operator os pathlib pdb pkgutil posixpath pprint re reprlib runpy shlex shutil site
  stat string subprocess sysconfig tempfile textwrap threading timeit token tokenize tomllib traceback types
  typing warnings weakref xml zipimport
`)

/**
 * What decides how tests are found, started or judged. A patch that touches it counts without that part; so nothing stands
 * here that honest work needs: manifests of which only sections belong to the tests are in `SECTIONS`, and build files
 * that name every source (CMake, Maven, Gradle) are left to the task that starts its tests through them.
 */
export const PROTECTED: Readonly<Record<Ecosystem, readonly Protection[]>> = {
  python: [
    {
      patterns: words(`
        conftest.py pytest.ini .pytest.ini pytest.toml .pytest.toml tox.ini tox.toml .coveragerc noxfile.py
        unittest.cfg nose.cfg .noserc .stestr.conf .testr.conf
      `),
      why: 'configure the test tools',
    },
    {
      patterns: words('sitecustomize.py sitecustomize/ usercustomize.py usercustomize/ *.pth *._pth'),
      why: 'run whenever Python starts',
    },
    {
      patterns: words('__pycache__/ *.pyc *.pyo *.pyd *.so'),
      why: 'are loaded instead of the source beside them',
    },
    {
      patterns: words('site-packages/ dist-packages/ pyvenv.cfg *.dist-info/ *.egg-info/ *.egg-link'),
      why: 'are installed packages, and register plugins',
    },
    {
      patterns: modules(['/', '/src/'], PYTHON_TOOLS),
      why: 'take the place of a test tool',
      only: 'added',
    },
    {
      patterns: modules(['/'], PYTHON_STANDARD),
      why: 'take the place of the standard library',
      only: 'added',
    },
  ],
  node: [
    {
      patterns: words(`
        vitest.config.* vitest.setup.* vitest.workspace.* vitest.global* vite.config.* jest.config.*
        jest.setup.* jest-setup.* setup-jest.* jest.preset.* .mocharc* mocha.opts mocha.config.*
        mocha.setup.* ava.config.* .taprc* karma.conf* jasmine.json jasmine.*js wdio.conf.*
        web-test-runner.config.* bunfig.toml playwright.config.* cypress.config.* cypress.json .nycrc*
        .c8rc* nyc.config.*
      `),
      why: 'configure the test tools: setup files, reporters, loaders, aliases',
    },
    {
      patterns: words(`
        setupTests.* setup-tests.* test-setup.* globalSetup.* global-setup.* globalTeardown.*
        global-teardown.* **/test/setup.* **/tests/setup.* **/__tests__/setup.* **/spec/setup.*
      `),
      why: 'run before every test',
    },
    {
      patterns: ['babel.config.*', '.babelrc*', '.swcrc*'],
      why: 'rewrite every file that a test loads, the tests too',
    },
    {
      patterns: words(`
        node_modules/ .npmrc .yarnrc* .yarn/ .pnp.* .pnpmfile* node.config.json **/test/package.json
        **/tests/package.json **/__tests__/package.json **/spec/package.json
      `),
      why: 'decide what an import in a test finds',
    },
    { patterns: ['__mocks__/', '__snapshots__/', '*.snap'], why: 'are what a test compares with or calls' },
    {
      patterns: words('gulpfile.* Gruntfile.* Jakefile* nx.json turbo.json'),
      why: 'start the tests',
    },
  ],
  go: [
    {
      patterns: ['*_test.go'],
      why: 'lie in the package of the hidden tests: TestMain, init and helpers run with these',
    },
    {
      patterns: words('go.work go.work.sum **/vendor/**/*.go **/vendor/modules.txt .config/go/'),
      why: 'decide what an import in a test finds',
    },
  ],
  rust: [
    {
      patterns: ['.cargo/', 'rust-toolchain', 'rust-toolchain.toml', '.config/nextest.toml'],
      why: 'choose the compiler, the runner of tests, and what stands in for dependencies',
    },
    { patterns: ['build.rs'], why: 'runs before the tests are built', only: 'added' },
  ],
  make: [
    {
      patterns: ['Makefile', '*.mk'],
      why: 'start the tests',
      unless: words('*.c *.cc *.cpp *.cxx *.m *.f *.f90 *.s *.cu *.ml *.hs *.java *.pyx'),
    },
    { patterns: ['GNUmakefile'], why: 'takes the place of a Makefile', only: 'added' },
    {
      patterns: words('**/test/Makefile **/tests/Makefile **/test/CMakeLists.txt **/tests/CMakeLists.txt'),
      why: 'list the tests',
    },
    {
      patterns: ['CTestTestfile.cmake', 'CTestConfig.cmake', 'CTestCustom.cmake*', 'CMake*Presets.json'],
      why: 'configure CTest',
    },
  ],
  java: [
    {
      patterns: words('mvnw mvnw.cmd .mvn/ .m2/ gradlew gradlew.bat **/gradle/wrapper/ .gradle/'),
      why: 'start the tests',
    },
    {
      patterns: ['junit-platform.properties', '**/src/test/resources/META-INF/', 'testng*.xml'],
      why: 'choose tests and register listeners',
    },
  ],
  shell: [
    {
      patterns: words(`
        run_test*.sh run-test*.sh runtest*.sh run_tests.py runtests.py test.sh tests.sh **/bin/test
        **/script/test **/scripts/test justfile .justfile Taskfile.y*ml Taskfile.dist.y*ml
      `),
      why: 'start the tests',
    },
    {
      patterns: words('.python-version .nvmrc .node-version .tool-versions mise.toml .mise.toml'),
      why: 'choose the interpreter',
    },
    {
      patterns: words(
        '.env .env.local .env.test .env.test.local .envrc .bashrc .bash_profile .profile .zshenv .zshrc',
      ),
      why: 'set the environment',
    },
  ],
  git: [
    {
      patterns: words('.gitignore .gitattributes .gitmodules .gitconfig .githooks/ .husky/'),
      why: 'hide files, rewrite them, or run when git does',
    },
  ],
}

/** Leavings of running things, never part of anybody's work: they fall away without a word. */
export const LITTER: readonly string[] = words(
  '.pytest_cache/ .mypy_cache/ .ruff_cache/ .tox/ .nox/ .venv/ .hypothesis/ .nyc_output/ .coverage',
)

/** A file of which only some sections, told by their keys, belong to the tests. */
export interface SectionFile {
  /** Files of the repository with these sections. */
  readonly files: readonly string[]
  /** The same for files that a patch adds, if it is not the same. */
  readonly added?: readonly string[]
  readonly format: 'toml' | 'json' | 'jsonc' | 'ini' | 'go.mod'
  /** Keys from the top; `*` and `?` within one. */
  readonly sections: readonly (readonly string[])[]
  /** Entries that stay as they were if they were there; new ones count. */
  readonly entries?: readonly (readonly string[])[]
  /** Sections that belong to the tests only if this stands in them. */
  readonly holding?: Readonly<Record<string, string>>
}

function keys(dotted: string): string[][] {
  return words(dotted).map(one => one.split('.'))
}

/** The counterpart of `PROTECTED` for files that honest work and tests share. */
export const SECTIONS: readonly SectionFile[] = [
  {
    files: ['pyproject.toml'],
    format: 'toml',
    sections: keys(`
      tool.pytest tool.coverage tool.tox tool.nox tool.nose* tool.unittest tool.stestr tool.hatch.envs
      tool.pdm.scripts tool.poe tool.taskipy tool.pixi.tasks tool.pixi.feature project.entry-points.pytest11
      tool.poetry.plugins.pytest11 tool.flit.entrypoints.pytest11
    `),
  },
  {
    files: ['setup.cfg'],
    format: 'ini',
    sections: words(
      'tool:pytest pytest coverage:* tox tox:* testenv* nosetests unittest test aliases default options.entry_points',
    ).map(name => [name]),
    holding: { 'options.entry_points': 'pytest11' },
  },
  {
    files: ['package.json'],
    added: ['/package.json'],
    format: 'json',
    sections: keys(`
      scripts.test* scripts.pre* scripts.post* scripts.install scripts.unit* scripts.spec* scripts.e2e*
      scripts.integration* scripts.coverage* scripts.ci* scripts.jest* scripts.vitest* scripts.mocha*
      scripts.ava* scripts.tap* scripts.karma* name jest vitest mocha ava tap nyc c8 karma jasmine babel nx
      wireit
    `),
  },
  {
    files: ['tsconfig*.json', 'jsconfig.json'],
    added: ['/tsconfig*.json', '/jsconfig.json'],
    format: 'jsonc',
    sections: keys('extends ts-node compilerOptions.paths compilerOptions.baseUrl compilerOptions.plugins'),
  },
  {
    files: ['Cargo.toml'],
    added: ['/Cargo.toml'],
    format: 'toml',
    sections: keys(
      'test patch replace package.autotests package.build profile.test lib.test lib.harness lib.doctest',
    ),
    entries: keys('dev-dependencies.* target.*.dev-dependencies.*'),
  },
  { files: ['go.mod'], added: ['/go.mod'], format: 'go.mod', sections: [['replace'], ['ignore']] },
]
