import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Runner, Workshop } from './ecosystem.ts'

/** A test that takes longer fails by a `TestHangs`. */
export const SECONDS_PER_TEST = 5

/** Runs pytest, or unittest where there is none, each time in a child forked from a process that has it loaded. */
export function openPython({ shell, workdir, scratch, sources, tests, examples }: Workshop): Runner {
  const at = (name: string): string => join(scratch, name)
  writeFileSync(at('probe.py'), PROBE)

  return async order => {
    const candidates = order.candidates.map(texts => Object.fromEntries(texts))
    const world = {
      secondsPerTest: SECONDS_PER_TEST,
      sources: [...sources.keys()],
      tests,
      examples: Object.fromEntries(examples),
    }
    writeFileSync(at('order.json'), JSON.stringify({ ...world, ...order, candidates }))
    rmSync(at('answers.json'), { force: true })
    await shell(`exec python3 ${at('probe.py')} ${scratch}`, {
      cwd: workdir,
      timeoutSeconds: order.seconds + 5,
      env: { PYTHONDONTWRITEBYTECODE: '1' },
    })
    try {
      return JSON.parse(readFileSync(at('answers.json'), 'utf8'))
    } catch {
      return []
    }
  }
}

const PROBE = `
import ast, contextlib, importlib, json, os, resource, signal, sys, time, traceback, unittest, warnings

scratch, root = sys.argv[1], os.getcwd()
order = json.load(open(scratch + '/order.json'))
ids = order.get('ids')
sys.path[0:1] = [root, root + '/src']
try:
    import pytest, _pytest.config
    for name in _pytest.config.default_plugins:
        importlib.import_module('_pytest.' + name)
except ImportError:
    pytest = None


def main():
    deadline = time.monotonic() + order['seconds']
    answers = []
    for texts in order['candidates']:
        answers.append(try_one(texts, min(order['secondsEach'], deadline - time.monotonic())))
        solved = ids and all(answers[-1]['results'].get(name, '') is None for name in ids)
        if solved or time.monotonic() > deadline:
            break
    with open(scratch + '/answers.json', 'w') as file:
        json.dump(answers, file)


def try_one(texts, seconds):
    before = {name: open(name, newline='').read() for name in texts}
    try:
        for name, text in texts.items():
            compile(text, name, 'exec')
            save(name, text)
        return run_child(seconds, bool(texts))
    except (SyntaxError, ValueError):
        return {'results': {}, 'coverage': {}}
    finally:
        for name, text in before.items():
            save(name, text)


def save(name, text):
    with open(name, 'w', newline='') as file:
        file.write(text)


def run_child(seconds, is_changed):
    path, end = scratch + '/child.json', time.monotonic() + seconds
    with contextlib.suppress(FileNotFoundError):
        os.remove(path)
    pid = os.fork()
    if pid == 0:
        with contextlib.suppress(BaseException):
            if is_changed:  # It may fill all memory.
                resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
            for number in range(3):
                os.dup2(os.open(os.devnull, os.O_RDWR), number)
            answer = Probe().run()
            with open(path, 'w') as file:
                json.dump(answer, file)
        os._exit(0)
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            break
        time.sleep(0.002)
    try:
        return json.load(open(path))
    except (FileNotFoundError, ValueError):
        return {'results': {}, 'coverage': {}}


class TestHangs(BaseException):
    pass


class Probe:
    def __init__(self):
        self.results, self.coverage, self.test = {}, {}, ''
        self.names = {os.path.join(root, name): name for name in order['sources']}

    def run(self):
        if order.get('coverage'):
            sys.settrace(self.trace)
        if not ids or any(not name.startswith('example-') for name in ids):
            self.run_pytest() if pytest else self.run_unittest()
        for name, code in order['examples'].items():
            if not ids or name in ids:
                with self.watch(name):
                    self.note(name, lambda: exec(code, {}))
        sys.settrace(None)
        coverage = {test: {name: spread(name, hits) for name, hits in files.items()} for test, files in self.coverage.items()}
        return {'results': self.results, 'coverage': coverage}

    def trace(self, frame, event, argument):
        name = self.names.get(frame.f_code.co_filename)
        if name is None:
            return None
        self.coverage.setdefault(self.test, {}).setdefault(name, set()).add(frame.f_lineno)
        return self.trace

    @contextlib.contextmanager
    def watch(self, test):
        def stop(*_):
            raise TestHangs()
        self.test = test
        signal.signal(signal.SIGALRM, stop)
        signal.setitimer(signal.ITIMER_REAL, order['secondsPerTest'])
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self.test = ''

    def note(self, name, work):
        self.results[name] = None
        try:
            work()
        except BaseException:
            self.results[name] = traceback.format_exc()

    def run_unittest(self):
        suites = [unittest.defaultTestLoader.loadTestsFromNames(ids or [name[:-3].replace('/', '.') for name in order['tests']])]
        while suites:
            test = suites.pop()
            if isinstance(test, unittest.TestSuite):
                suites.extend(test)
            else:
                with self.watch(test.id()):
                    self.note(test.id(), test.debug)

    def run_pytest(self):
        pytest.main(['-q', '-p', 'no:cacheprovider', *(ids or [])], plugins=[self])

    def pytest_collectreport(self, report):
        if report.nodeid.endswith('.py'):
            self.results[report.nodeid] = report.longreprtext if report.failed else None

    def pytest_runtest_logreport(self, report):
        if report.failed:
            self.results[report.nodeid] = report.longreprtext
        elif report.when == 'call':
            self.results.setdefault(report.nodeid, None)

    def protocol(self, item):
        with self.watch(item.nodeid):
            yield

    if pytest:
        pytest_runtest_protocol = pytest.hookimpl(hookwrapper=True)(protocol)


def spread(name, hits):
    """A statement over several lines reports only some of them."""
    simple = [node for node in ast.walk(ast.parse(open(name).read())) if isinstance(node, ast.stmt) and not hasattr(node, 'body')]
    spans = [range(node.lineno, node.end_lineno + 1) for node in simple]
    return sorted(hits.union(*(span for span in spans if hits.intersection(span))))


warnings.simplefilter('ignore')
main()
`
