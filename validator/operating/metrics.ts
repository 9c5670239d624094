import { monitorEventLoopDelay } from 'node:perf_hooks'
import { PrometheusExporter, PrometheusSerializer } from '@opentelemetry/exporter-prometheus'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { sql } from 'drizzle-orm'
import type { Alarm } from '../queue/faults.ts'
import type { Drizzle } from '../store/database.ts'

/** What is counted of a validator, for Prometheus. */
export interface Metrics extends AsyncDisposable {
  readonly handedIn: (outcome: 'accepted' | 'refused') => void
  readonly answered: (route: string, status: number, seconds: number) => void
  readonly listening: (change: 1 | -1) => void
  readonly alarmed: (alarm: Alarm) => void
  /** In the text format of Prometheus. */
  readonly render: () => Promise<string>
}

/** Gauges are read from the database when somebody asks, and at most so often. */
const FRESH = 5000

/** Counts from now on. */
export function openMetrics(db: Drizzle): Metrics {
  const exporter = new PrometheusExporter({ preventServerStart: true })
  const provider = new MeterProvider({ readers: [exporter] })
  const meter = provider.getMeter('arete')
  const handed = meter.createCounter('arete_submissions_handed_in', {
    description: 'Submissions that were handed in, by outcome',
  })
  const latency = meter.createHistogram('arete_http_seconds', {
    description: 'Time that answers took, by route and status',
    advice: { explicitBucketBoundaries: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10] },
  })
  const listeners = meter.createUpDownCounter('arete_listeners', {
    description: 'Streams of events that are open',
  })
  const alarms = meter.createCounter('arete_alarms', {
    description: 'Times that more of an environment was void than may be',
  })
  const delay = monitorEventLoopDelay({ resolution: 20 })
  delay.enable()
  meter
    .createObservableGauge('arete_event_loop_delay_seconds', {
      description: 'How late the event loop was at the 99th percentile since the last look',
    })
    .addCallback(result => {
      result.observe(delay.percentile(99) / 1e9)
      delay.reset()
    })
  meter
    .createObservableGauge('arete_memory_bytes', { description: 'Resident memory of this process' })
    .addCallback(result => result.observe(process.memoryUsage.rss()))

  let facts: { at: number; rows: Promise<readonly Fact[]> } | undefined
  const look = async (): Promise<readonly Fact[]> => {
    if (facts === undefined || Date.now() - facts.at > FRESH) facts = { at: Date.now(), rows: readFacts(db) }
    return await facts.rows
  }
  for (const [name, { description, label }] of Object.entries(GAUGES))
    meter.createObservableGauge(name, { description }).addCallback(async result => {
      for (const fact of await look().catch(() => []))
        if (fact.name === name)
          result.observe(Number(fact.value), label === '' ? {} : { [label]: fact.label })
    })
  const serializer = new PrometheusSerializer('', false, undefined, true, true)
  return {
    handedIn: outcome => handed.add(1, { outcome }),
    answered: (route, status, seconds) => latency.record(seconds, { route, status }),
    listening: change => listeners.add(change),
    alarmed: ({ environment }) => alarms.add(1, { environment }),
    async render() {
      const { resourceMetrics } = await exporter.collect()
      return serializer.serialize(resourceMetrics)
    },
    async [Symbol.asyncDispose]() {
      delay.disable()
      await provider.shutdown()
    },
  }
}

const GAUGES = {
  arete_submissions: { description: 'Submissions by state', label: 'state' },
  arete_queue_age_seconds: {
    description: 'Age of the oldest submission that is not decided, by stage',
    label: 'stage',
  },
  arete_attempts: { description: 'Attempts by state', label: 'state' },
  arete_verdicts: { description: 'Verdicts by what they say', label: 'verdict' },
  arete_faults: { description: 'Failures of our own side, by kind', label: 'kind' },
  arete_receipts_unsigned: { description: 'Receipts that wait for their signature', label: '' },
  arete_workers: { description: 'Workers by state', label: 'state' },
  arete_database_bytes: { description: 'Size of the database', label: '' },
} as const

interface Fact extends Record<string, unknown> {
  readonly name: string
  readonly label: string
  readonly value: string | number
}

async function readFacts(db: Drizzle): Promise<readonly Fact[]> {
  const { rows } = await db.execute<Fact>(sql`
    select 'arete_submissions' as name, state as label, count(*)::text as value from submissions group by state
    union all select 'arete_queue_age_seconds', stage, extract(epoch from now() - min(received))::text
      from submissions where state in ('queued', 'working') group by stage
    union all select 'arete_attempts', state, count(*)::text from attempts group by state
    union all select 'arete_verdicts', verdict, count(*)::text from attempts where verdict is not null group by verdict
    union all select 'arete_faults', kind, count(*)::text from faults group by kind
    union all select 'arete_receipts_unsigned', '', count(*)::text from receipts where sequence is null
    union all select 'arete_workers', state, count(*)::text from workers group by state
    union all select 'arete_database_bytes', '', pg_database_size(current_database())::text`)
  return rows
}
