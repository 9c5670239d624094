import { z } from 'zod'
import { count, counted, moment } from './format.ts'
import { renderPage, type Site } from './layout.ts'
import { html } from './markup.ts'

/** Who works for this validator, and how much waits. */
export const WorkersPage = z.object({
  workers: z.array(
    z.object({
      id: z.string(),
      host: z.string(),
      engine: z.string(),
      cpus: z.int(),
      memoryMegabytes: z.int(),
      labels: z.array(z.string()),
      phases: z.array(z.string()),
      version: z.string(),
      state: z.string(),
      seen: z.string(),
      /** Attempts it holds now, and those that it finished. */
      holding: z.int(),
      judged: z.int(),
      faults: z.int(),
    }),
  ),
  stranded: z.array(z.object({ queue: z.string(), count: z.int() })),
  attempts: z.array(z.object({ state: z.string(), count: z.int() })),
})
export type WorkersPage = z.infer<typeof WorkersPage>

export function renderWorkers(site: Site, { workers, stranded, attempts }: WorkersPage): string {
  const body = html`<h1>Workers</h1>
<div id="workers" data-live><p class="standfirst">${workers.length === 0 ? 'Nobody works now.' : `${counted(workers.length, 'worker')} ${workers.length === 1 ? 'takes attempts and judges' : 'take attempts and judge'} them.`} What one held that dies goes to the others within seconds.</p>
${attempts.length === 0 ? undefined : html`<ul class="figures">${attempts.map(one => html`<li><b>${count(one.count)}</b><span>${one.state}</span></li>`)}</ul>`}
${stranded.length === 0 ? undefined : html`<p class="note">${stranded.map(one => html`${counted(one.count, 'job')} of the queue <code>${one.queue}</code> can be done by none of them. `)}</p>`}
${
  workers.length === 0
    ? undefined
    : html`<div class="scroll" tabindex="0" role="region" aria-label="Workers"><table><caption>Faults are failures of ours, which count for no agent.</caption>
<thead><tr><th scope="col">Worker</th><th scope="col">State</th><th scope="col" class="number">Holding</th><th scope="col" class="number">Judged</th><th scope="col" class="number">Faults</th><th scope="col">Engine</th><th scope="col" class="number">CPUs</th><th scope="col" class="number">Memory</th><th scope="col">Phases</th><th scope="col">Labels</th><th scope="col">Seen</th></tr></thead>
<tbody>${workers.map(
        one =>
          html`<tr id="worker-${one.id}"><th scope="row"><bdi>${one.id}</bdi></th><td><span class="${one.state === 'working' ? 'tag strong' : 'tag'}">${one.state}</span></td><td class="number">${one.holding}</td><td class="number">${count(one.judged)}</td><td class="number">${one.faults}</td><td>${one.engine}</td><td class="number">${one.cpus}</td><td class="number">${(one.memoryMegabytes / 1024).toFixed(1)} GiB</td><td>${one.phases.join(', ')}</td><td>${one.labels.map(label => html`<span class="tag">${label}</span> `)}</td><td><time datetime="${one.seen}">${moment(one.seen)}</time></td></tr>`,
      )}</tbody></table></div>`
}</div>`
  return renderPage(site, { title: 'Workers', under: '/workers', data: '/workers.json', body })
}
