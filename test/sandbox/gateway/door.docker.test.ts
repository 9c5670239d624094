import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import tls from 'node:tls'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Agent } from '../../../sandbox/agent.ts'
import { openAttemptModels, TRUST } from '../../../sandbox/gateway/attempt.ts'
import { parseConfig } from '../../../sandbox/gateway/config.ts'
import { type Gateway, type OpenedGateway, openGateway } from '../../../sandbox/gateway/gateway.ts'
import { withOffer } from '../../../sandbox/prepare.ts'
import { type Evaluation, evaluate } from '../../../validator/evaluate.ts'
import { KEY, openModelServer } from '../../support/model-server.ts'
import { temporaryFolder, useBench } from '../../support/surroundings.ts'
import { SUMS_DIFF, SUMS_FIXED, type TaskDraft } from '../../support/task.ts'

const held = useBench()
const folder = temporaryFolder()
const TURNS = [{ content: 'First answer' }, { content: 'Second answer' }]
let opened: OpenedGateway
let server: net.Server
let count = 0

beforeAll(async () => {
  const file = path.join(folder, 'script.json')
  fs.writeFileSync(file, JSON.stringify({ turns: TURNS }))
  const config = parseConfig(
    { providers: [{ kind: 'script', file, models: { 'vendor/model': 'scripted' } }], policy: { usd: 0.05 } },
    'test',
  )
  opened = await openGateway(config, { env: {}, signal: new AbortController().signal })
  server = await new Promise(resolve => {
    const one = net
      .createServer(socket => socket.end('hello'))
      .listen({ port: 0, host: '::' }, () => resolve(one))
  })
})
afterAll(async () => {
  await opened[Symbol.asyncDispose]()
  server.close()
  fs.rmSync(folder, { recursive: true, force: true })
})

const CHAT = `
import json, os, urllib.request
def ask(url, messages, **more):
    body = json.dumps({"messages": messages, **more}).encode()
    request = urllib.request.Request(url, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.load(response)
HELLO = [{"role": "user", "content": "Hello"}]
`

test('an agent in Python asks the model where its variables say, and what it used is known', async () => {
  const { evaluation, log } = await attempt(
    'asks.py',
    `${CHAT}
def agent_main(input):
    url = os.environ["ARETE_GATEWAY_URL"] + "/v1/chat/completions"
    first = ask(url, HELLO)["choices"][0]["message"]
    second = ask(url, HELLO + [first, {"role": "user", "content": "And?"}])
    print(first["content"], second["choices"][0]["message"]["content"], os.environ["RIDGES_MAX_COST_USD"])
    return ${JSON.stringify(SUMS_DIFF)}
`,
  )

  expect(log).toBe('First answer Second answer 0.05\n')
  expect(evaluation.verdict.verdict).toBe('solved')
  expect(evaluation.models!.report).toMatchObject({ spent: { requests: 2 }, refused: 0, trips: [] })
  expect(evaluation.models!.calls.map(({ outcome }) => outcome?.kind)).toEqual(['answered', 'answered'])
})

/** How agents of Ridges asked in each of its times; none of them knows of us. */
const ERAS = [
  {
    era: 'autumn 2025',
    source: `def ask(messages):
    url = os.environ["AI_PROXY_URL"].rstrip("/") + "/agents/inference"
    answer = post(url, {"run_id": os.environ["RUN_ID"], "messages": messages, "temperature": 0.0, "model": "vendor/model"})
    return answer if isinstance(answer, str) else answer["choices"][0]["message"]["content"]`,
  },
  {
    era: 'winter 2025',
    source: `def ask(messages):
    url = os.environ["SANDBOX_PROXY_URL"] + "/api/inference"
    body = {"evaluation_run_id": os.environ["EVALUATION_RUN_ID"], "model": "vendor/model", "temperature": 0.0,
            "messages": messages, "tool_mode": "none", "tools": []}
    return post(url, body)["content"]`,
  },
  {
    era: '2026',
    source: `def ask(messages):
    url = os.environ["OPENROUTER_BASE_URL"] + "/chat/completions"
    return post(url, {"model": "vendor/model", "messages": messages, "max_tokens": 500})["choices"][0]["message"]["content"]`,
  },
]

test.each(ERAS)('an agent of Ridges of $era runs unchanged', async ({ source }) => {
  const { log, evaluation } = await attempt(
    'agent.py',
    `import json, os, urllib.request
def post(url, body):
    headers = {"Content-Type": "application/json", "Authorization": "Bearer " + os.environ["OPENROUTER_API_KEY"]}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.loads(response.read())
${source}
def agent_main(input_dict, repo_dir="repo", test_mode=False):
    print(ask([{"role": "user", "content": input_dict["problem_statement"]}]))
    assert os.path.isdir("/sandbox/repo")
    return {"patch": ${JSON.stringify(SUMS_DIFF)}}
`,
  )

  expect(log).toBe('First answer\n')
  expect(evaluation.verdict.verdict).toBe('solved')
  expect(evaluation.models!.report.spent.requests).toBe(1)
})

test('an agent in TypeScript has a model', async () => {
  const { evaluation } = await attempt(
    'asks.ts',
    `import fs from 'node:fs'
export async function solve({ model, budget, log }) {
  log('available: ' + model.available + ', left: ' + budget.usdLeft())
  log(await model.chat([{ role: 'user', content: 'Hello' }]))
  fs.writeFileSync('sums.py', ${JSON.stringify(SUMS_FIXED)})
}
`,
  )

  expect(evaluation.agent.events).toMatchObject([
    { kind: 'log', message: 'available: true, left: 0.05' },
    { kind: 'model', model: 'vendor/model', answer: 'First answer' },
    { kind: 'log', message: 'First answer' },
  ])
  expect(evaluation.verdict.verdict).toBe('solved')
})

test('an agent that has the host of OpenRouter written into it asks the same model, if that is wanted', async () => {
  const source = `${CHAT}
def agent_main(input):
    try:
        answer = ask("https://openrouter.ai/api/v1/chat/completions", HELLO, model="vendor/model")
        print(answer["choices"][0]["message"]["content"])
    except OSError as error:
        print(type(error).__name__)
`

  const wanted = await attempt('hard.py', source, { intercepts: true })
  const not = await attempt('hard.py', source)

  expect(wanted.log).toBe('First answer\n')
  expect(wanted.evaluation.models!.report.spent.requests).toBe(1)
  expect(not.log).toBe('URLError\n')
})

test('a program in Node with that host is intercepted as well, and no other host is', async () => {
  const { log } = await attempt(
    'hard.sh',
    `#!/bin/sh
node -e '
const say = async (url, options) => {
  try { const reply = await fetch(url, options); console.log(reply.status, (await reply.text()).slice(0, 20)) }
  catch (error) { console.log(error.cause?.code) }
}
const body = JSON.stringify({ messages: [{ role: "user", content: "Hello" }] })
const run = async () => {
  await say("https://openrouter.ai/api/v1/chat/completions", { method: "POST", body })
  await say("https://openrouter.ai:8443/")
  await say("https://example.com/")
}
run()'
`,
    { intercepts: true },
  )

  expect(log.split('\n')).toEqual(['200 {"id":"chatcmpl-scri', 'ECONNREFUSED', 'ENOTFOUND', ''])
})

test("the certificate's key is in no file and no variable of the container, and the tests trust nobody new", async () => {
  const { log, evaluation } = await attempt(
    'look.sh',
    `#!/bin/sh
ls -l ${TRUST} | cut -c1-10
grep -c BEGIN ${TRUST}
grep -rlE "PRIVATE KE[Y]" /sandbox /installed-agent /tmp /run /app 2>/dev/null
env | grep -c "PRIVATE" || true
cat > sums.py <<'END'\n${SUMS_FIXED}END
`,
    { intercepts: true, draft: { tests: { 'test_sums.py': looksFor(TRUST) } } },
  )

  expect(log).toBe(`-r--r--r--\n${tls.rootCertificates.length + 1}\n0\n`)
  expect(evaluation.verdict.verdict).toBe('solved')
})

test("a provider's key is in no variable of any process and no file of the container", async () => {
  await using server = await openModelServer('compatible')
  const { url } = server
  const providers = [{ kind: 'compatible', url, key: 'SECRET', price: { input: 0, output: 0 } }]
  const { signal } = new AbortController()
  await using behind = await openGateway(parseConfig({ providers }, 'test'), {
    env: { SECRET: KEY },
    signal,
  })

  const { log } = await attempt(
    'look.py',
    `${CHAT}
import subprocess
def agent_main(input):
    print(ask(os.environ["ARETE_GATEWAY_URL"] + "/v1/chat/completions", HELLO)["choices"][0]["message"]["content"])
    print(dict(os.environ))
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            print(open(f"/proc/{name}/environ", "rb").read())
        except OSError:
            pass
    with open("/tmp/control", "w") as file:
        file.write("${KEY.slice(0, 5)}" + "${KEY.slice(5)}")
    # Where it may not look is no failure here.
    folders = ["/sandbox", "/tmp", "/run", "/app", os.path.dirname(os.path.abspath(__file__))]
    pattern = "${KEY.slice(0, -1)}[${KEY.at(-1)}]"
    found = subprocess.run(["grep", "-rlsE", pattern, *folders], capture_output=True, text=True).stdout
    print("found in", *sorted(set(found.split())))
`,
    { gateway: behind.gateway },
  )

  expect(log).toMatch(/^Hi there\n/)
  expect(log).toMatch(/'ARETE_GATEWAY_URL': /)
  expect(log).not.toContain(KEY)
  expect(log).toMatch(/\nfound in \/tmp\/control\n$/)
  expect(server.requests.at(-1)!.headers.authorization).toBe(`Bearer ${KEY}`)
})

const PROBE = `
import os, socket
def tried(what, use):
    try:
        use()
        print("through:", what)
    except OSError:
        pass
def tcp(address):
    one = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET); one.settimeout(2); one.connect(address)
    one.send(b"GET / HTTP/1.0\\r\\n\\r\\n")
    if not one.recv(9): raise OSError
def udp(address):
    one = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_DGRAM); one.settimeout(0.2)
    one.connect(address); one.send(b"x")
    try: one.recv(9)
    except socket.timeout: pass
def agent_main(input):
    for host, port in TARGETS:
        tried(f"tcp {host} {port}", lambda: tcp((host, port)))
        tried(f"udp {host} {port}", lambda: udp((host, port)))
    for name in ("example.com", "host.docker.internal", "metadata.google.internal", "localhost.openrouter.ai", "openrouter.ai"):
        tried("name " + name, lambda: socket.getaddrinfo(name, 443))
    print("done")
`

test.each([
  { intercepts: false, through: ['tcp 127.0.0.1 3129'] },
  { intercepts: true, through: ['tcp 127.0.0.1 3129', 'name openrouter.ai'] },
])(
  'beside the gateway nothing is reached: no host, no name, no port ($intercepts)',
  async ({ intercepts, through }) => {
    const { port } = server.address() as net.AddressInfo
    const ours = Object.values(os.networkInterfaces())
      .flatMap(addresses => addresses ?? [])
      .filter(({ internal, scopeid }) => !internal && !scopeid)
      .map(({ address }) => [address, port])
    const targets = [
      ...ours,
      ...[
        ['1.1.1.1', 443],
        ['8.8.8.8', 53],
        ['169.254.169.254', 80],
        ['172.17.0.1', 2375],
        ['2606:4700:4700::1111', 443],
      ],
      ...[
        ['127.0.0.1', port],
        ['127.0.0.1', 3128],
        ['127.0.0.1', 3129],
        ['127.0.0.2', 3129],
        ['127.65.0.1', 22],
      ],
    ]

    const { log } = await attempt('probe.py', `TARGETS = ${JSON.stringify(targets)}\n${PROBE}`, {
      intercepts,
    })

    expect(log).toBe([...through.map(one => `through: ${one}`), 'done', ''].join('\n'))
  },
)

test('what the next agent asks is its own: other session, other budget, same port', async () => {
  const source = `${CHAT}
def agent_main(input):
    ask(os.environ["ARETE_GATEWAY_URL"] + "/v1/chat/completions", HELLO)
    with urllib.request.urlopen(os.environ["ARETE_GATEWAY_URL"] + "/v1/usage") as response:
        print(json.load(response)["requests"]["made"])
`

  const logs: string[] = []
  for (const _ of [1, 2, 3]) logs.push((await attempt('usage.py', source)).log)

  expect(logs).toEqual(['1\n', '1\n', '1\n'])
})

test('a run without models has nobody at that port', async () => {
  const agent = await held.bench.agent(
    'asks.py',
    'import socket\n\ndef agent_main(input):\n    one = socket.socket()\n    print(one.connect_ex(("127.0.0.1", 3129)))\n',
  )

  const { agent: outcome } = await held.bench.attempt(agent)

  expect(outcome.log.toString()).toBe('111\n')
})

test('a child that outlives its agent gets no answer any more', async () => {
  const { evaluation } = await attempt(
    'leaves.sh',
    `#!/bin/sh
(setsid sh -c 'while :; do curl -s http://127.0.0.1:3129/v1/usage > /dev/null; done' &)
cat > sums.py <<'END'\n${SUMS_FIXED}END
`,
  )

  expect(evaluation.verdict.verdict).toBe('solved')
})

async function attempt(
  name: string,
  source: string,
  options: { intercepts?: boolean; draft?: TaskDraft; gateway?: Gateway } = {},
): Promise<{ evaluation: Evaluation; log: string }> {
  const { bench } = held
  const { intercepts = false, draft = {}, gateway = opened.gateway } = options
  const agent: Agent = await bench.agent(name, source)
  const offer = { ...gateway.offer('env')!, ...(intercepts ? { trust: TRUST } : {}) }
  const prepared = withOffer(await bench.prepare(draft), offer)
  const number = ++count
  const evaluation = await evaluate(bench.slot, {
    ...{ prepared, agent, run: bench.run },
    openModels: () =>
      openAttemptModels(gateway, 'env', {
        ...{ attempt: `attempt-${number}`, agent: `agent-${number}`, task: 'task', intercepts },
        file: path.join(folder, `calls-${number}.jsonl`),
      }),
  })
  return { evaluation, log: evaluation.agent.log.toString() }
}

/** Hidden tests that pass only if just the usual authorities are trusted. */
function looksFor(file: string): string {
  return `from sums import add


def test_adds():
    assert add(2, 3) == 5


def test_zero():
    with open("${file}") as trusted:
        assert trusted.read().count("BEGIN") == ${tls.rootCertificates.length}
`
}
