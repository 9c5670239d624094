import { once } from 'node:events'
import net from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Agent } from '../../sandbox/agent.ts'
import type { Dial } from '../../sandbox/dial.ts'
import { prepareTask } from '../../sandbox/prepare.ts'
import { Slot } from '../../sandbox/slot.ts'
import { loadHarborTask } from '../../task-bank/harbor.ts'
import { type Evaluation, evaluate } from '../../validator/evaluate.ts'
import { useBench } from '../support/surroundings.ts'

const held = useBench()

/** A task in Harbor's own terms, with what differs; the machine is the base image. */
async function play(agent: Agent, files: Readonly<Record<string, string>>, dial?: Dial): Promise<Evaluation> {
  const { bench } = held
  const folder = bench.write({
    'instruction.md': 'Do it.\n',
    'environment/Dockerfile': `FROM arete/base:1\nWORKDIR /app\nLABEL arete.test=${bench.run}\n`,
    'tests/test.sh': 'echo 0 > /logs/verifier/reward.txt\n',
    ...files,
    'task.toml': `${LIMITS}\n${files['task.toml'] ?? ''}`,
  })
  const { engine, runtimeVolume, run } = bench
  const prepared = await prepareTask(engine, loadHarborTask(folder, {}, 'public'), { run, say: () => {} })
  await using slot = new Slot({ engine, runtimeVolume, run, ...(dial === undefined ? {} : { dial }) })
  return await evaluate(slot, { prepared, agent, run })
}

const LIMITS = ''
const ORACLE: Agent = { kind: 'oracle' }
const NOP: Agent = { kind: 'nop' }
const QUIET = '[environment]\nnetwork_mode = "no-network"\nmemory_mb = 256\nstorage_mb = 64\n'

const steps = {
  'task.toml': `artifacts = ["/app/state.txt"]
${QUIET}
[agent]
timeout_sec = 20
[verifier]
timeout_sec = 20
[verifier.env]
WHOSE = "the task"
[[steps]]
name = "begin"
min_reward = 1.0
[[steps]]
name = "end"
[steps.verifier.env]
WHOSE = "the step"
`,
  'tests/helpers.sh': 'reward() { test "$1" = 0; echo $((1 - $?)) > /logs/verifier/reward.txt; }\n',
  'steps/begin/instruction.md': 'Begin.\n',
  'steps/begin/tests/test.sh':
    '. /tests/helpers.sh; test "$WHOSE" = "the task" && grep -qx one /app/state.txt && test ! -e /tests/only-end.txt; reward $?; echo spoilt > /app/state.txt\n',
  'steps/begin/solution/solve.sh': 'echo one > /app/state.txt\n',
  'steps/end/instruction.md': 'End.\n',
  'steps/end/workdir/given.txt': 'given\n',
  'steps/end/workdir/setup.sh': 'echo set up > /app/set-up.txt; rm -- "$0"\n',
  'steps/end/tests/test.sh':
    '. /tests/helpers.sh; test "$WHOSE" = "the step" && test "$(cat /app/state.txt)" = "$(printf \'one\\ntwo\')" && test -e /tests/only-end.txt && test ! -e /app/setup.sh; reward $?\n',
  'steps/end/tests/only-end.txt': '',
  'steps/end/solution/solve.sh':
    'grep -qx given given.txt && grep -qx "set up" set-up.txt && echo two >> state.txt\n',
}

test('each step is judged on a copy of the machine, which is handed on as its agent left it', async () => {
  const oracle = await play(ORACLE, steps)

  expect(oracle.verdict).toMatchObject({ verdict: 'solved', detail: 'The reward of 2 steps is 1' })
  expect(oracle.steps.map(({ name, verdict }) => [name, verdict.verdict])).toEqual([
    ['begin', 'solved'],
    ['end', 'solved'],
  ])
  expect(oracle.rewards).toEqual({ reward: 1 })
})

test('a step that misses its least reward is the last one', async () => {
  const nop = await play(NOP, steps)

  expect(nop.steps.map(({ name }) => name)).toEqual(['begin'])
  expect(nop.verdict).toMatchObject({ verdict: 'unsolved', reason: 'tests-failed' })
  expect(nop.verdict.detail).toContain('Step "begin" has the reward reward = 0, and 1 is needed to go on')
})

test('a step that leaves its machine as it was is judged like any other', async () => {
  const files = Object.entries(steps).filter(([name]) => !name.includes('workdir'))
  const { steps: done } = await play(NOP, {
    ...Object.fromEntries(files),
    'task.toml': steps['task.toml'].replace('min_reward = 1.0', ''),
  })

  expect(done.map(({ name, verdict }) => [name, verdict.reason])).toEqual([
    ['begin', 'tests-failed'],
    ['end', 'tests-failed'],
  ])
})

test('tools that one step changed are what they were when a later one is judged', async () => {
  const cheat = await held.bench.agent(
    'cheat.sh',
    '#!/bin/sh\nprintf "#!/bin/sh\\nexit 0\\n" > /usr/bin/grep; printf "one\\n" > /app/state.txt\n',
  )
  const { steps: done } = await play(cheat, {
    ...steps,
    'steps/end/tests/test.sh': 'grep -q two /app/state.txt; echo $((1 - $?)) > /logs/verifier/reward.txt\n',
  })

  expect(done.map(({ verdict }) => verdict.verdict)).toEqual(['solved', 'unsolved'])
})

const API = `import http.server, json, os
orders = []
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers()
        self.wfile.write(json.dumps(orders).encode())
    def do_POST(self):
        orders.append(self.rfile.read(int(self.headers["content-length"])).decode())
        open("/var/log/orders.log", "a").write(orders[-1] + "\\n")
        self.send_response(200); self.end_headers()
    def log_message(self, *_): pass
print("up as", os.environ["GREETING"], flush=True)
http.server.HTTPServer(("0.0.0.0", 8000), Handler).serve_forever()
`
const ORDER = `python3 -c 'import urllib.request as r; r.urlopen("http://api:8000/", b"apple")'\n`
const services = {
  'task.toml': QUIET,
  'environment/docker-compose.yaml': `services:
  main:
    depends_on:
      api: { condition: service_healthy }
    volumes: ["shared:/shared"]
  api:
    build: { context: ./api }
    environment: ["GREETING=\${GREETING:-$$world}"]
    volumes: ["shared:/shared"]
    healthcheck:
      test: ["CMD", "python3", "-c", "import urllib.request as r; r.urlopen('http://localhost:8000/')"]
      interval: 1s
      retries: 20
      start_period: 10s
    expose: ["8000"]
volumes:
  shared:
`,
  'environment/api/Dockerfile':
    'FROM arete/base:1\nCOPY server.py /server.py\nUSER root\nCMD ["python3", "/server.py"]\n',
  'environment/api/server.py': API,
}

test('services are there for the agent, and with what it did for the tests; and are gone afterwards', async () => {
  const { bench } = held
  const judged = {
    ...services,
    'tests/test.sh': `python3 -c 'import json, urllib.request as r; assert json.load(r.urlopen("http://api:8000/")) == ["apple"]' && test -e /shared/note; echo $((1 - $?)) > /logs/verifier/reward.txt\n`,
    'solution/solve.sh': `${ORDER}touch /shared/note\n`,
  }

  const oracle = await play(ORACLE, judged)
  const nop = await play(NOP, judged)

  expect(oracle.verdict.verdict).toBe('solved')
  expect(nop.verdict.verdict).toBe('unsolved')
  const left = await bench.engine.listLabelled(`arete.run=${bench.run}`)
  expect(left.filter(({ kind }) => kind === 'network' || kind === 'volume')).toEqual([])
})

test('what services saw is collected once the agent is gone, for a verifier of its own', async () => {
  const { bench } = held
  const judged = {
    ...services,
    'task.toml': `artifacts = [{ source = "/var/log/orders.log", service = "api" }, { source = "/tmp/state.json", service = "api", destination = "state.json" }]
${QUIET}
[verifier]
environment_mode = "separate"
[[verifier.collect]]
service = "api"
command = "python3 -c 'import urllib.request as r; print(r.urlopen(\\"http://localhost:8000/\\").read().decode())' > /tmp/state.json"
`,
    'tests/Dockerfile': `FROM arete/base:1\nCOPY --chmod=755 test.sh /tests/test.sh\nLABEL arete.test=${bench.run}\n`,
    'tests/test.sh':
      'grep -qx apple /var/log/orders.log && grep -q apple /tmp/state.json; echo $((1 - $?)) > /logs/verifier/reward.txt\n',
    'solution/solve.sh': ORDER,
  }

  const oracle = await play(ORACLE, judged)

  expect(oracle.verdict.verdict).toBe('solved')
  expect(oracle.artifacts.map(({ artifact, status }) => [artifact.service, artifact.source, status])).toEqual(
    [
      ['main', '/logs/artifacts', 'empty'],
      ['api', '/var/log/orders.log', 'ok'],
      ['api', '/tmp/state.json', 'ok'],
    ],
  )
})

test('services have no way out: not to the world, its names, the host or what hosts tell', async () => {
  const outside = net.createServer().listen(0, '0.0.0.0')
  await once(outside, 'listening')
  const { port } = outside.address() as net.AddressInfo
  const probe = `import socket, struct
from concurrent.futures import ThreadPoolExecutor
def tcp(where):
    try:
        socket.create_connection(where, timeout=2).close(); return where
    except OSError: return None
def name(host):
    try:
        socket.getaddrinfo(host, 80); return host
    except OSError: return None
own = socket.gethostbyname(socket.gethostname()).rsplit(".", 1)[0]
routes = [socket.inet_ntoa(struct.pack("<L", int(line.split()[2], 16))) for line in open("/proc/net/route").readlines()[1:]]
hosts = [own + ".1", own + ".254", "172.17.0.1", *routes]
pool = ThreadPoolExecutor(20)
reached = list(pool.map(tcp, [(h, ${port}) for h in hosts] + [("169.254.169.254", 80), ("1.1.1.1", 443)]))
reached += pool.map(name, ["example.com", "deb.debian.org"])
reached += ["IPv6" for line in open("/proc/net/if_inet6") if line.split()[-1] != "lo"]
assert not any(reached), reached
socket.create_connection(("api", 8000), timeout=2).close()
`
  const judged = {
    ...services,
    'tests/probe.py': probe,
    'tests/test.sh': 'python3 /tests/probe.py; echo $((1 - $?)) > /logs/verifier/reward.txt\n',
  }
  try {
    const { verdict, verify } = await play(NOP, judged)

    expect({ verdict: verdict.verdict, said: verify?.log.toString() }).toEqual({
      verdict: 'solved',
      said: '',
    })
  } finally {
    outside.close()
  }
})

test('a service that does not become healthy is said, with its last words', async () => {
  const judged = {
    ...services,
    'environment/api/server.py': 'print("no room", flush=True); import time; time.sleep(99)\n',
    'environment/docker-compose.yaml': services['environment/docker-compose.yaml']
      .replace('retries: 20', 'retries: 2')
      .replace('start_period: 10s', 'start_period: 0s'),
  }

  await expect(play(NOP, judged)).rejects.toThrow(
    'The service "api" is not healthy: its check failed 2 times. It said:\nno room',
  )
})

test('what the image itself starts runs while agent and tests do, and is waited for', async () => {
  const { bench } = held
  const judged = {
    'task.toml': `${QUIET}[environment.healthcheck]
command = "grep -q ready /tmp/state"
interval_sec = 1
start_period_sec = 20
start_interval_sec = 1
`,
    'environment/Dockerfile': `FROM arete/base:1\nWORKDIR /app\nCOPY --chmod=755 start.sh /start.sh\nENTRYPOINT ["/start.sh"]\nLABEL arete.test=${bench.run}\n`,
    'environment/start.sh': '#!/bin/bash\n(sleep 0.5; echo ready > /tmp/state) &\nexec "$@"\n',
    'tests/test.sh':
      'pgrep -x sleep > /dev/null && grep -q seen /app/out; echo $((1 - $?)) > /logs/verifier/reward.txt\n',
    'solution/solve.sh': 'pgrep -x sleep > /dev/null && grep -q ready /tmp/state && echo seen > out\n',
  }

  expect((await play(ORACLE, judged)).verdict.verdict).toBe('solved')
})

test('a machine that does not become healthy is our failure, not a verdict', async () => {
  const judged = {
    'task.toml': `${QUIET}[environment.healthcheck]\ncommand = "echo not yet; exit 3"\ninterval_sec = 0.1\nretries = 2\n`,
  }

  await expect(play(NOP, judged)).rejects.toThrow(
    'The machine is not healthy: its check failed 2 times, last with exit code 3: not yet',
  )
})

test('files beside a prebuilt image are put into the working directory', async () => {
  const { bench } = held
  const folder = bench.write({
    'task.toml':
      '[environment]\ndocker_image = "arete/base:1"\nworkdir = "/app"\nnetwork_mode = "no-network"\n',
    'instruction.md': 'Do it.\n',
    'environment/data/in.txt': 'given\n',
    'tests/test.sh': 'grep -qx given data/in.txt; echo $((1 - $?)) > /logs/verifier/reward.txt\n',
  })
  const { engine, run, slot } = bench
  const prepared = await prepareTask(engine, loadHarborTask(folder, {}), { run, say: () => {} })

  expect((await evaluate(slot, { prepared, agent: NOP, run })).verdict.verdict).toBe('solved')
})

test('an agent is told of servers and skills, on its input and by variables', async () => {
  const agent = await held.bench.agent(
    'agent.sh',
    '#!/bin/sh\ncat > /app/in.json; echo "$ARETE_MCP_SERVERS" > /app/servers.json; echo "$ARETE_SKILLS_FOLDER" > /app/skills\n',
  )
  const judged = {
    'task.toml': `${QUIET}skills_dir = "/skills"
[[environment.mcp_servers]]
name = "files"
transport = "http"
url = "http://files:8000/mcp"
[[environment.mcp_servers]]
name = "local"
transport = "stdio"
command = "serve"
args = ["--fast"]
`,
    'tests/test.sh':
      'python3 /tests/check.py && grep -qx /skills skills; echo $((1 - $?)) > /logs/verifier/reward.txt\n',
    'tests/check.py': `import json
servers = [{"name": "files", "transport": "streamable-http", "url": "http://files:8000/mcp"}, {"name": "local", "transport": "stdio", "command": "serve", "args": ["--fast"]}]
assignment = json.load(open("in.json"))
assert assignment["mcpServers"] == servers and assignment["skillsFolder"] == "/skills"
assert json.load(open("servers.json")) == servers
`,
  }

  expect((await play(agent, judged)).verdict.verdict).toBe('solved')
})

let web: net.Server
let asked: string[]
beforeAll(async () => {
  web = net.createServer(socket => {
    socket.on('error', () => {})
    socket.once('data', chunk => {
      // What looks like a request gets a page, anything else comes back.
      const text = chunk.toString('latin1')
      socket.end(
        text.startsWith('GET')
          ? 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello'
          : chunk,
      )
    })
  })
  web.listen(0, '127.0.0.1')
  await once(web, 'listening')
})
afterAll(() => web.close())

/** Whatever is allowed leads to one server here; who was asked for is noted. */
const toWeb: Dial = async host => {
  asked.push(host)
  const socket = net.connect((web.address() as net.AddressInfo).port, '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

const listed = (hosts: readonly string[]): string =>
  `[environment]\nmemory_mb = 256\nstorage_mb = 64\nnetwork_mode = "allowlist"\nallowed_hosts = ${JSON.stringify(hosts)}\n`

test('allowed hosts are reached by the proxy and by their names; everything else is refused', async () => {
  asked = []
  const probe = `import socket, ssl, sys, urllib.request as r
def get(url, proxy=True):
    opener = r.build_opener() if proxy else r.build_opener(r.ProxyHandler({}))
    try: return opener.open(url, timeout=5).read().decode()
    except Exception as e: return type(e).__name__ + " " + str(getattr(e, "code", ""))
def tls(host, name):
    "what comes back of a connection through the proxy, for which TLS says name"
    s = socket.create_connection(("127.0.0.1", 3128), timeout=5)
    s.sendall(f"CONNECT {host}:443 HTTP/1.1\\r\\nHost: {host}:443\\r\\n\\r\\n".encode())
    status = s.recv(100).split()[1].decode()
    if status != "200": return status
    out = ssl.MemoryBIO(); c = ssl.create_default_context(); c.check_hostname = False; c.verify_mode = ssl.CERT_NONE
    o = c.wrap_bio(ssl.MemoryBIO(), out, server_hostname=name)
    try: o.do_handshake()
    except ssl.SSLWantReadError: pass
    s.sendall(out.read())
    try: return "answered" if s.recv(10) else "closed"
    except OSError: return "closed"
def raw(text):
    s = socket.create_connection(("127.0.0.1", 3128), timeout=5); s.sendall(text.encode())
    return s.recv(100).split(b"\\r")[0].decode()
def direct(host, port):
    try: socket.create_connection((host, port), timeout=2).close(); return "reached"
    except OSError as e: return "not"
def udp(host):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(1)
    try: s.sendto(b"x", (host, 53)); s.recv(10); return "reached"
    except OSError: return "not"
def name(host):
    try: return socket.gethostbyname(host)[:4]
    except OSError: return "unknown"
seen = dict(
  proxied=get("http://good.example/"), unproxied=get("http://a.b.wild.example/", False),
  other=get("http://evil.example/"), other_unproxied=get("http://evil.example/", False)[:8], apex=get("http://wild.example/"),
  metadata=get("http://169.254.169.254/"), loopback=tls("127.0.0.1", "127.0.0.1"),
  tls=tls("good.example", "good.example"), fronted=tls("good.example", "evil.example"), tls_other=tls("evil.example", "evil.example"),
  host_header=raw("GET http://good.example/ HTTP/1.1\\r\\nHost: evil.example\\r\\n\\r\\n"),
  direct=direct("1.1.1.1", 443), host=direct("172.17.0.1", 22), udp=udp("1.1.1.1"),
  name=name("good.example"), unknown=name("evil.example"), leak=name("secret.data.evil.example"),
)
wanted = dict(proxied="hello", unproxied="hello", other="HTTPError 403", other_unproxied="URLError", apex="HTTPError 403",
  metadata="HTTPError 403", loopback="403", tls="answered", fronted="closed", tls_other="403",
  host_header="HTTP/1.1 400 Bad Request", direct="not", host="not", udp="not", name="127.", unknown="unknown", leak="unknown")
wrong = {k: v for k, v in seen.items() if v != wanted[k]}
print(wrong if wrong else "as wanted")
`
  const agent = await held.bench.agent('agent.sh', `#!/bin/sh\npython3 - > seen.txt <<'END'\n${probe}\nEND\n`)

  const { verify, visits } = await play(
    agent,
    {
      'task.toml': listed(['good.example', '*.wild.example']),
      'tests/test.sh': 'cat seen.txt; echo 1 > /logs/verifier/reward.txt\n',
    },
    toWeb,
  )

  expect(verify?.log.toString()).toBe('as wanted\n')
  expect(new Set(asked)).toEqual(new Set(['good.example', 'a.b.wild.example']))
  expect(visits.agent).toContainEqual({ host: 'evil.example', port: 443, allowed: false })
})

test('each phase reaches what is allowed for it', async () => {
  asked = []
  const fetch = (host: string): string =>
    `python3 -c 'import urllib.request as r; print(r.urlopen("http://${host}/", timeout=5).read().decode())' 2>/dev/null`
  const judged = {
    'task.toml': `[environment]\nmemory_mb = 256\nstorage_mb = 64\nnetwork_mode = "no-network"
[agent]\nnetwork_mode = "allowlist"\nallowed_hosts = ["one.example"]
[verifier]\nnetwork_mode = "allowlist"\nallowed_hosts = ["two.example"]\n`,
    'solution/solve.sh': `${fetch('one.example')} > one; ${fetch('two.example')} > two; true\n`,
    'tests/test.sh': `grep -q hello one && ! grep -q hello two && ${fetch('two.example')} && ! ${fetch('one.example')}; echo $((1 - $?)) > /logs/verifier/reward.txt\n`,
  }

  expect((await play(ORACLE, judged, toWeb)).verdict.verdict).toBe('solved')
  expect(asked).toEqual(['one.example', 'two.example'])
})
