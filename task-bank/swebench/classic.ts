import { END, START } from './log.ts'
import type { Row } from './row.ts'
import { touchedBy } from './touched.ts'

/** What rows of the classic table do not say: the parser of each repository's log, by the name that later rows give it. */
const PARSERS: Readonly<Record<string, string>> = {
  'astropy/astropy': 'astropy',
  'django/django': 'django',
  'marshmallow-code/marshmallow': 'marshmallow',
  'matplotlib/matplotlib': 'matplotlib',
  'mwaskom/seaborn': 'seaborn',
  'pallets/flask': 'flask',
  'psf/requests': 'requests',
  'pvlib/pvlib-python': 'pvlib',
  'pydata/xarray': 'xarray',
  'pydicom/pydicom': 'pydicom',
  'pylint-dev/astroid': 'astroid',
  'pylint-dev/pylint': 'pylint',
  'pytest-dev/pytest': 'pytest',
  'pyvista/pyvista': 'pyvista',
  'scikit-learn/scikit-learn': 'scikit',
  'sphinx-doc/sphinx': 'sphinx',
  'sqlfluff/sqlfluff': 'sqlfluff',
  'sympy/sympy': 'sympy',
}

/** The name of the parser of a row's log: what it says itself, else what is known of its repository. */
export function parserOf({ log_parser, repo }: Row): string | undefined {
  return log_parser ?? (Object.hasOwn(PARSERS, repo) ? PARSERS[repo] : undefined)
}

/** The evaluation script of a row: its own, else what is known of its repository. None where tests are run without one. */
export function scriptOf(row: Row): string | undefined {
  const { eval_script, repo, base_commit, test_patch } = row
  if (eval_script !== undefined) return eval_script
  const touched = touchedBy(test_patch)
  const command = commandOf(
    repo,
    touched.filter(name => name.endsWith('.py')),
  )
  if (command === undefined) return undefined
  const delimiter = 'END_OF_TEST_PATCH_5f0c1d'
  return [
    '#!/bin/bash',
    'set -uxo pipefail',
    'git config --global --add safe.directory "$PWD"',
    `git checkout ${base_commit} ${touched.map(name => `'${name.replaceAll("'", `'\\''`)}'`).join(' ')}`,
    `git apply -v - <<'${delimiter}'\n${test_patch.trimEnd()}\n${delimiter}`,
    `: '${START}'`,
    command,
    `: '${END}'`,
    '',
  ].join('\n')
}

function commandOf(repo: string, tests: readonly string[]): string | undefined {
  switch (repo) {
    case 'django/django': {
      const labels = tests.map(name =>
        name
          .replace(/^tests\//, '')
          .replace(/\.py$/, '')
          .replaceAll('/', '.'),
      )
      return `./tests/runtests.py --verbosity 2 --settings=test_sqlite --parallel 1 ${labels.join(' ')}`
    }
    case 'sympy/sympy':
      return `PYTHONWARNINGS='ignore::UserWarning,ignore::SyntaxWarning' bin/test -C --verbose ${tests.join(' ')}`
    default:
      return undefined
  }
}
