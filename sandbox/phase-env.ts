import { GATEWAY_PORT, PROXY_PORT } from '../agent-runtime/outlet.ts'
import type { Compose } from '../task-bank/harbor/compose.ts'
import type { Network, Task } from '../task-bank/task.ts'
import type { Offered, PreparedTask } from './prepare.ts'
import { RUNTIME } from './spec.ts'

/** Agents want an id of their run in this form; it is the same for all, or it would tell them apart. */
const ANY_RUN = '00000000-0000-4000-8000-000000000000'

/**
 * The environment of every program in every phase, so that none can tell by it which phase this is, nor one run from another.
 * Ours, and the names that agents written for Ridges read, in its older and newer forms.
 */
export function phaseEnv(
  { image, agentUser, task, workdir, offer }: PreparedTask,
  network: Network = task.network,
): Record<string, string> {
  const fromImage = Object.fromEntries(
    image.env.map(pair => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
  const usual = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
  const env = {
    PATH: usual,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    ...fromImage,
    HOME: agentUser.home,
    USER: agentUser.name,
    ...task.env,
  }
  const gateway = `http://127.0.0.1:${GATEWAY_PORT}`
  return {
    ...env,
    ...proxyEnv(network, task.compose),
    ...toolEnv(task),
    PATH: `${env.PATH}:${RUNTIME}/bin`,
    ARETE_PROBLEM_STATEMENT: asVariable(task.instruction),
    ARETE_WORKDIR: workdir,
    ARETE_TIMEOUT_SECONDS: String(task.agentSeconds),
    AGENT_TIMEOUT: String(Math.floor(task.agentSeconds)),
    REPO_PATH: workdir,
    RUN_ID: ANY_RUN,
    EVALUATION_RUN_ID: ANY_RUN,
    SANDBOX_PROXY_URL: gateway,
    AI_PROXY_URL: gateway,
    OPENROUTER_BASE_URL: `${gateway}/api/v1`,
    OPENROUTER_API_KEY: NO_SECRET,
    RIDGES_MAX_COST_USD: String(offer?.usd ?? 0),
    ...(offer === undefined ? {} : modelEnv(gateway, offer)),
  }
}

/** Clients want a key, and the gateway none: whoever can reach it may use it. */
const NO_SECRET = 'none'

/** How programs find the models of a run: under our names, and under those that OpenAI's clients read. */
function modelEnv(gateway: string, { model, trust }: Offered): Record<string, string> {
  return {
    ARETE_GATEWAY_URL: gateway,
    ARETE_GATEWAY_TOKEN: NO_SECRET,
    ARETE_MODEL: model,
    OPENAI_BASE_URL: `${gateway}/v1`,
    OPENAI_API_BASE: `${gateway}/v1`,
    OPENAI_API_KEY: NO_SECRET,
    OPENAI_MODEL: model,
    ...(trust === undefined
      ? {}
      : (Object.fromEntries(TRUST_VARIABLES.map(name => [name, trust])) as Record<string, string>)),
  }
}

/** Where OpenSSL (and with it Python), `requests`, curl, git and Node look for whom to trust. */
const TRUST_VARIABLES = [
  'SSL_CERT_FILE',
  'REQUESTS_CA_BUNDLE',
  'CURL_CA_BUNDLE',
  'GIT_SSL_CAINFO',
  'NODE_EXTRA_CA_CERTS',
]

/** The kernel takes 128 KiB for one variable, and no NUL; the whole text comes on stdin. */
function asVariable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '')).subarray(0, 100_000).toString()
}

/** The environment of the tests; of a separate verifier that of its own machine. */
export function verifierEnv(prepared: PreparedTask): Record<string, string> {
  const { task, verifierImage } = prepared
  const { network, machineEnv, compose } = task.verifier
  if (verifierImage === undefined) return phaseEnv(prepared, network)
  const own = { ...prepared, image: verifierImage, task: { ...task, env: machineEnv, compose } }
  return phaseEnv(own, network)
}

/** Where the tests run: with a separate verifier where that says. */
export function verifierWorkdir({ task, workdir, verifierImage }: PreparedTask): string {
  return verifierImage === undefined ? workdir : (task.verifier.workdir ?? verifierImage.workdir)
}

/** How programs find the way out, if there is any; services are on the sandbox's own network. */
function proxyEnv(network: Network, compose: Compose | undefined): Record<string, string> {
  if (network.kind === 'none') return {}
  const proxy = `http://127.0.0.1:${PROXY_PORT}`
  const near = [
    'localhost',
    '127.0.0.1',
    '::1',
    ...(compose?.services ?? []).map(service => service.name),
  ].join(',')
  const names = ['http_proxy', 'https_proxy', 'HTTP_PROXY', 'HTTPS_PROXY']
  return {
    ...Object.fromEntries(names.map(name => [name, proxy])),
    no_proxy: near,
    NO_PROXY: near,
    NODE_USE_ENV_PROXY: '1',
  }
}

/** What the task hands to its agent, for agents that read variables. */
function toolEnv({ mcpServers, skillsFolder }: Task): Record<string, string> {
  return {
    ...(mcpServers.length === 0 ? {} : { ARETE_MCP_SERVERS: JSON.stringify(mcpServers) }),
    ...(skillsFolder === undefined ? {} : { ARETE_SKILLS_FOLDER: skillsFolder }),
  }
}
