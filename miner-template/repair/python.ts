import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer, Runner, Workshop } from './ecosystem.ts'

/** Runs pytest, or unittest where there is none, in children forked from one process that has it loaded already. */
export function openPython({ shell, workdir, scratch, sources, tests, examples }: Workshop): Runner {
  const [probe, job, answer] = ['probe.py', 'job.json', 'answer.json'].map(name => join(scratch, name)) as [
    string,
    string,
    string,
  ]
  writeFileSync(probe, PROBE)

  async function ask<T>(order: { seconds: number } & object, otherwise: T): Promise<T> {
    const all = { root: workdir, sources: [...sources.keys()], files: tests, examples, answer, ...order }
    writeFileSync(job, JSON.stringify(all))
    rmSync(answer, { force: true })
    const env = { PYTHONDONTWRITEBYTECODE: '1' }
    await shell(`exec python3 ${probe} ${job}`, { timeoutSeconds: order.seconds + 5, env })
    try {
      return JSON.parse(readFileSync(answer, 'utf8'))
    } catch {
      return otherwise
    }
  }

  return {
    run: (limits, coverage) => ask<Answer>({ ...limits, coverage }, { results: {}, coverage: {} }),
    trial: (candidates, ids, limits) =>
      ask<string[][]>(
        { ...limits, tests: ids, candidates: candidates.map(texts => Object.fromEntries(texts)) },
        [],
      ),
  }
}

const PROBE = String.raw`
import ast, contextlib, importlib, json, os, resource, signal, sys, time, traceback, unittest

job = json.load(open(sys.argv[1]))
root, each, ids = job['root'], job['secondsEach'], job.get('tests')
deadline = time.monotonic() + job['seconds']
child_answer = job['answer'] + '.child'
sys.path[0:1] = [root, os.path.join(root, 'src')]
try:
    import pytest, _pytest.config
    for name in _pytest.config.default_plugins:
        importlib.import_module('_pytest.' + name)
except ImportError:
    pytest = None


class Timeout(BaseException):
    pass


class Probe:
    def __init__(self):
        self.results, self.coverage, self.name = {}, {}, ''
        self.paths = {os.path.join(root, name): name for name in job['sources']}

    def trace(self, frame, event, argument):
        code = frame.f_code
        if code.co_filename not in self.paths:
            return None
        self.coverage.setdefault(self.name, {}).setdefault(self.paths[code.co_filename], set()).add(frame.f_lineno)
        return self.trace

    @contextlib.contextmanager
    def watch(self, name):
        def stop(*_):
            raise Timeout()
        self.name = name
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, each)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.name = ''

    def pytest_collectreport(self, report):
        if report.nodeid.endswith('.py'):
            self.results[report.nodeid] = report.longreprtext if report.failed else None

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.results[report.nodeid] = report.longreprtext
        elif report.when == 'call':
            self.results.setdefault(report.nodeid, None)

    def run_pytest(self):
        pytest.main(['-q', '-p', 'no:cacheprovider', *(ids or [])], plugins=[self])

    def run_unittest(self):
        for file in job['files']:
            sys.path.append(os.path.dirname(os.path.join(root, file)))
            try:
                module = importlib.import_module(file[:-3].replace('/', '.'))
                suites = [unittest.defaultTestLoader.loadTestsFromModule(module)]
                self.results[file] = None
            except Exception:
                self.results[file] = traceback.format_exc()
                continue
            while suites:
                test = suites.pop()
                if isinstance(test, unittest.TestSuite):
                    suites.extend(test)
                elif not ids or test.id() in ids:
                    outcome = unittest.TestResult()
                    with self.watch(test.id()):
                        test.run(outcome)
                    said = [text for _, text in outcome.failures + outcome.errors]
                    self.results[test.id()] = said[0] if said else None

    def run_examples(self):
        for example in job['examples']:
            if not ids or example['id'] in ids:
                self.results[example['id']] = None
                try:
                    with self.watch(example['id']):
                        exec(example['code'], {'__name__': 'example'})
                except BaseException:
                    self.results[example['id']] = traceback.format_exc()

    def run(self):
        if job.get('coverage'):
            sys.settrace(self.trace)
        if not ids or any(not name.startswith('example-') for name in ids):
            self.run_pytest() if pytest else self.run_unittest()
        self.run_examples()
        sys.settrace(None)
        results = {name: said and said[-4000:] for name, said in self.results.items()}
        coverage = {name: spread(files) for name, files in self.coverage.items()}
        return {'results': results, 'coverage': coverage}


if pytest:
    def protocol(self, item):
        with self.watch(item.nodeid):
            yield
    Probe.pytest_runtest_protocol = pytest.hookimpl(hookwrapper=True)(protocol)


def spread(files):
    """A statement over several lines reports only some of them."""
    return {name: sorted({line for hit in hits for line in owners(name).get(hit, [hit])}) for name, hits in files.items()}


known = {}
def owners(name):
    if name not in known:
        known[name] = {}
        for node in ast.walk(ast.parse(open(os.path.join(root, name)).read())):
            if isinstance(node, ast.stmt):
                body = getattr(node, 'body', None)
                end = max(node.lineno, body[0].lineno - 1) if body else node.end_lineno
                for line in range(node.lineno, end + 1):
                    known[name][line] = range(node.lineno, end + 1)
    return known[name]


def forked(seconds, work):
    with contextlib.suppress(FileNotFoundError):
        os.remove(child_answer)
    pid = os.fork()
    if pid == 0:
        try:
            null = os.open(os.devnull, os.O_RDWR)
            for number in range(3):
                os.dup2(null, number)
            answer = work()
            with open(child_answer, 'w') as file:
                json.dump(answer, file)
        finally:
            os._exit(0)
    end = time.monotonic() + seconds
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        time.sleep(0.002)
    try:
        return json.load(open(child_answer))
    except (FileNotFoundError, ValueError):
        return {'results': {}, 'coverage': {}}


def trial(texts):
    """A mutation may loop for ever or eat all memory, so the child gets little of both."""
    def work():
        resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
        return Probe().run()
    try:
        for name, text in texts.items():
            compile(text, name, 'exec')
    except (SyntaxError, ValueError):
        return []
    before = {name: open(name, newline='').read() for name in texts}
    save(texts)
    try:
        results = forked(each, work)['results']
    finally:
        save(before)
    return [name for name in ids if results.get(name, '') is None]


def save(texts):
    for name, text in texts.items():
        with open(name, 'w', newline='') as file:
            file.write(text)


def trials():
    passed = []
    for texts in job['candidates']:
        if time.monotonic() > deadline:
            break
        passed.append(trial(texts))
        if len(passed[-1]) == len(ids):
            break
    return passed


import warnings
warnings.simplefilter('ignore')
os.chdir(root)
answer = trials() if 'candidates' in job else forked(job['seconds'], Probe().run)
with open(job['answer'], 'w') as file:
    json.dump(answer, file)
`
