import fs from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { git } from '../../sandbox/git.ts'
import { matchPaths } from '../../sandbox/glob.ts'
import { type Change, checkPatch, PATCH_LIMITS } from '../../sandbox/policy.ts'
import { PROTECTED } from '../../sandbox/protected.ts'
import { findSectionFile } from '../../sandbox/sections.ts'

/** Names separated by spaces; `honest` ones come close and are kept. */
const EXAMPLES: Record<keyof typeof PROTECTED, { protected: string; honest: string }> = {
  python: {
    protected: `
      conftest.py tests/conftest.py tests/CONFTEST.PY src/a/Conftest.py pytest.ini a/.pytest.ini pytest.toml .pytest.toml
      tox.ini tox.toml .coveragerc noxfile.py unittest.cfg nose.cfg .noserc .stestr.conf .testr.conf
      sitecustomize.py lib/usercustomize.py sitecustomize/__init__.py usercustomize/__init__.py evil.pth python._pth
      lib/__pycache__/sums.cpython-311.pyc sums.pyc sums.pyo sums.pyd lib/sums.cpython-311-x86_64-linux-gnu.so
      lib/python3/site-packages/x.py dist-packages/x.py pyvenv.cfg evil-1.dist-info/entry_points.txt
      src/evil.egg-info/entry_points.txt evil.egg-link pytest.py Pytest.py _pytest/__init__.py src/pluggy/__init__.py
      iniconfig.py unittest/__init__.py packaging/__init__.py json.py re/__init__.py importlib/__init__.py`,
    honest: `
      src/conftest_helper.py tests/test_sums.py tests/__init__.py tests/helpers.py lib/types.py src/types.py src/json.py
      shop/unittest.py src/_pytest/python.py testing/pytest.py packaging/build.py pytest_plugin.py my_pytest.py
      docs/pytest.ini.md config/app.ini coverage.md setup.py requirements.txt models.py sums.pyi sums.pyx so.py
      calendar.py queue.py statistics.py egg-info/x`,
  },
  node: {
    protected: `
      vitest.config.ts VITEST.CONFIG.TS packages/a/jest.config.cjs vitest.setup.ts vitest.workspace.json vitest.global.ts
      vite.config.mts jest.setup.js jest-setup.ts setup-jest.ts jest.preset.js .mocharc.json .mocharc test/mocha.opts
      mocha.config.js mocha.setup.js ava.config.js .taprc karma.conf.js karma.conf.ci.js jasmine.json jasmine.config.mjs
      wdio.conf.ts web-test-runner.config.mjs bunfig.toml playwright.config.ts cypress.config.js cypress.json .nycrc
      .nycrc.json .c8rc.json nyc.config.js src/setupTests.ts setup-tests.js test-setup.ts globalSetup.ts global-setup.js
      globalTeardown.ts global-teardown.js test/setup.ts tests/setup.mjs src/__tests__/setup.js spec/setup.js
      babel.config.js .babelrc .babelrc.json .swcrc node_modules/left-pad/index.js a/node_modules/chai .npmrc .yarnrc
      .yarnrc.yml .yarn/releases/yarn.cjs .pnp.cjs .pnp.loader.mjs .pnpmfile.cjs node.config.json test/package.json
      a/tests/package.json __tests__/package.json spec/package.json __mocks__/fs.js src/__snapshots__/a.test.ts.snap
      a.snap gulpfile.js Gruntfile.js Jakefile nx.json turbo.json`,
    honest: `
      src/setup.ts src/vitest.ts lib/jest-config.js src/babel/config.ts src/mocks/fs.ts src/snapshots.ts package.json
      tsconfig.json package-lock.json packages/a/package.json test/sums.test.ts test/helpers.ts webpack.config.js
      src/karma.ts src/global-setup/x.ts .eslintrc.json docs/node_modules.md src/loader.mjs src/reporter.ts`,
  },
  go: {
    protected: `
      sums_test.go internal/a/EXPORT_test.go go.work go.work.sum vendor/github.com/a/b/c.go x/vendor/a.go
      vendor/modules.txt .config/go/env`,
    honest: `
      sums.go internal/testutil/helpers.go testdata/x.golden go.sum go.mod vendor/assets/jquery.js cmd/work.go
      test/main.go sums_test.go.md`,
  },
  rust: {
    protected:
      '.cargo/config.toml .cargo/config rust-toolchain rust-toolchain.toml .config/nextest.toml build.rs a/build.rs',
    honest:
      'src/lib.rs tests/sums.rs tests/common/mod.rs src/build.rs.md benches/a.rs Cargo.toml Cargo.lock rustfmt.toml',
  },
  make: {
    protected: `
      Makefile MAKEFILE a/Makefile rules.mk GNUmakefile test/Makefile tests/Makefile tests/CMakeLists.txt
      a/test/CMakeLists.txt CTestTestfile.cmake CTestConfig.cmake CTestCustom.cmake CTestCustom.cmake.in
      CMakePresets.json CMakeUserPresets.json`,
    honest:
      'CMakeLists.txt src/CMakeLists.txt cmake/FindX.cmake Makefile.md meson.build src/makefile.py config.mk.in',
  },
  java: {
    protected: `
      mvnw mvnw.cmd .mvn/jvm.config .m2/settings.xml gradlew gradlew.bat gradle/wrapper/gradle-wrapper.jar
      a/gradle/wrapper/x .gradle/init.gradle src/test/resources/junit-platform.properties testng.xml
      a/src/test/resources/META-INF/services/org.junit.platform.launcher.TestExecutionListener`,
    honest: `
      pom.xml build.gradle build.gradle.kts settings.gradle gradle/libs.versions.toml gradle.properties
      src/test/java/SumsTest.java src/main/resources/META-INF/services/a.B src/test/resources/data.json`,
  },
  shell: {
    protected: `
      run_tests.sh run-tests.sh scripts/runtests.sh run_test.sh tests/runtests.py run_tests.py test.sh tests.sh bin/test
      script/test a/scripts/test justfile .justfile Taskfile.yml Taskfile.yaml Taskfile.dist.yml .python-version .nvmrc
      .node-version .tool-versions mise.toml .mise.toml .env .env.local .env.test .env.test.local .envrc .bashrc
      .bash_profile .profile .zshenv .zshrc`,
    honest: `
      scripts/build.sh src/runtest/x.py latest.sh bin/tester src/test_runner.py .env.example src/.environment
      .github/workflows/test.yml tasks.py profile.py`,
  },
  git: {
    protected:
      '.gitignore lib/.gitattributes .gitmodules .GitModules .gitconfig .githooks/pre-commit .husky/pre-push',
    honest:
      'data/.gitkeep src/gitignore.ts .github/x.md docs/.gitignore.md githooks/x .pre-commit-config.yaml',
  },
}
const FILES = Object.entries(EXAMPLES).flatMap(([ecosystem, { protected: dropped, honest }]) => [
  ...words(dropped).map(name => ({ ecosystem, name, counts: false })),
  ...words(honest).map(name => ({ ecosystem, name, counts: true })),
])

test.each(FILES)('$ecosystem: $name counts: $counts', ({ name, counts }) => {
  const [honest, change] = [added('sums.txt'), added(name)]

  expect(checkPatch([honest, change], rulesFor([]))).toEqual(
    counts
      ? { kind: 'accepted', applied: [honest, change], dropped: [] }
      : { kind: 'accepted', applied: [honest], dropped: [name] },
  )
})

test('every pattern of the table has an example', () => {
  const names = FILES.map(file => file.name)
  const patterns = Object.values(PROTECTED).flatMap(rows => rows.flatMap(row => row.patterns))
  const families = /^\/(src\/)?[a-z0-9_]+(\.py|\/__init__\.py)$/

  const unseen = patterns.filter(pattern => !names.some(matchPaths([pattern], 'iu')))

  expect(unseen.filter(pattern => !families.test(pattern))).toEqual([])
})

test.each(['unittest.py', 'src/pytest/__init__.py', 'build.rs', 'GNUmakefile', 'types.py'])(
  '%s counts where the repository has it: it is its own work',
  name => {
    const change = { ...added(name), kind: 'modified' as const }

    expect(checkPatch([change], rulesFor([name]))).toMatchObject({ applied: [change], dropped: [] })
  },
)

test('a Makefile counts where something is compiled with it', () => {
  const change = { ...added('Makefile'), kind: 'modified' as const }

  expect(checkPatch([change], rulesFor(['Makefile', 'src/sums.c']))).toMatchObject({ dropped: [] })
  expect(checkPatch([change], rulesFor(['Makefile', 'sums.py']))).toMatchObject({ dropped: ['Makefile'] })
})

test('a task may allow each protected file', () => {
  const changes = FILES.filter(file => !file.counts).map(file => added(file.name))
  const distinct = [...new Map(changes.map(change => [change.path.toLowerCase(), change])).values()]

  const rules = { ...rulesFor([]), allowedPaths: distinct.map(change => `/${change.path}`) }

  expect(checkPatch(distinct, rules)).toMatchObject({ dropped: [] })
})

test('no reference of our own tasks needs a protected file', async () => {
  const root = path.resolve(import.meta.dirname, '../../task-bank/tasks')
  const patches = fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('solution/fix.patch'))

  for (const patch of patches) {
    const { stdout } = await git(['apply', '--numstat', '-z', path.join(root, patch)])
    const names = stdout
      .toString()
      .split('\0')
      .filter(Boolean)
      .map(row => row.split('\t')[2]!)

    expect(names).not.toEqual([])
    expect(checkPatch(names.map(added), rulesFor([]))).toMatchObject({ dropped: [] })
    expect(names.filter(name => findSectionFile(name, false) !== undefined)).toEqual([])
  }
  expect(patches.length).toBeGreaterThanOrEqual(36)
})

function words(text: string): string[] {
  return text.trim().split(/\s+/)
}

function added(name: string): Change {
  return { path: name, kind: 'added', mode: '100644', blob: '0'.repeat(40), size: 10 }
}

function rulesFor(tracked: readonly string[]) {
  return {
    protectedPaths: [],
    allowedPaths: [],
    testPlaces: [],
    limits: PATCH_LIMITS,
    tracked: new Set(tracked),
    standing: new Set(tracked),
  }
}
