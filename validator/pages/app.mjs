/**
 * Keeps a page as it is now, without loading it again: when the validator tells of something, the page is fetched once more, and
 * each part marked `data-live` that reads otherwise takes the place of the old one. Everything works without this file.
 */
const SETTLE = 400
/** Readers ask at different moments, so that a thousand of them are no burst. */
const SPREAD = 900
/** What follows from an event may take its time: somebody looks again. */
const AGAIN = 3000

const live = document.querySelector('.live')
const parser = new DOMParser()
let tag = ''
let timer
let later
let isAsking = false
let isAgain = false

function say(state, text) {
  if (live === null) return
  live.dataset.state = state
  live.textContent = text
}

function stir() {
  clearTimeout(timer)
  clearTimeout(later)
  timer = setTimeout(refresh, SETTLE + Math.random() * SPREAD)
  later = setTimeout(refresh, AGAIN + Math.random() * SPREAD)
}

async function refresh() {
  if (document.hidden) return
  if (isAsking) {
    isAgain = true
    return
  }
  isAsking = true
  try {
    await show(location.href)
  } catch {
    stir()
  }
  isAsking = false
  if (isAgain) {
    isAgain = false
    stir()
  }
}

/** @returns whether the page could be shown */
async function show(address) {
  const answer = await fetch(address, { headers: { accept: 'text/html' } })
  if (!answer.ok) return false
  const found = answer.headers.get('etag') ?? ''
  const text = await answer.text()
  if (found !== '' && found === tag) return true
  tag = found
  const next = parser.parseFromString(text, 'text/html')
  for (const old of document.querySelectorAll('[data-live]')) {
    const fresh = next.getElementById(old.id)
    if (fresh === null) continue
    if (old.innerHTML !== fresh.innerHTML) exchange(old, fresh)
  }
  return true
}

/** What was opened stays open, what was scrolled stays where it was, and what had the focus has it still. */
function exchange(old, fresh) {
  const focus = old.contains(document.activeElement) ? pathOf(document.activeElement, old) : undefined
  const opened = [...old.querySelectorAll('details')].map(one => one.open)
  const scrolled = [...old.querySelectorAll('.scroll, .log, .output')].map(one => [
    one.scrollLeft,
    one.scrollTop,
  ])
  const before = new Map([...old.querySelectorAll('tr[id], li[id]')].map(one => [one.id, one.innerHTML]))
  old.replaceChildren(...fresh.childNodes)
  const details = old.querySelectorAll('details')
  if (details.length === opened.length) for (const [index, one] of details.entries()) one.open = opened[index]
  for (const [index, one] of old.querySelectorAll('.scroll, .log, .output').entries()) {
    if (scrolled[index] === undefined) break
    ;[one.scrollLeft, one.scrollTop] = scrolled[index]
  }
  for (const one of old.querySelectorAll('tr[id], li[id]'))
    if (before.get(one.id) !== one.innerHTML) one.classList.add('changed')
  if (focus !== undefined) follow(focus, old)?.focus({ preventScroll: true })
}

function pathOf(element, root) {
  if (element.id !== '') return { id: element.id }
  const href = element.getAttribute('href')
  if (href !== null)
    return {
      href,
      index: [...root.querySelectorAll('a')].filter(a => a.getAttribute('href') === href).indexOf(element),
    }
  return { tag: element.localName, index: [...root.querySelectorAll(element.localName)].indexOf(element) }
}

function follow(path, root) {
  if (path.id !== undefined) return document.getElementById(path.id)
  if (path.href === undefined) return root.querySelectorAll(path.tag)[path.index]
  return [...root.querySelectorAll('a')].filter(a => a.getAttribute('href') === path.href)[path.index]
}

/** Links that only sort what is there change the page in its place. */
document.addEventListener('click', event => {
  const link = event.target.closest?.('a[data-sort]')
  if (
    link === null ||
    link === undefined ||
    event.ctrlKey ||
    event.metaKey ||
    event.shiftKey ||
    event.button !== 0
  )
    return
  event.preventDefault()
  const { href } = link
  show(href).then(
    isShown => {
      if (isShown) history.pushState(null, '', href)
      else location.assign(href)
    },
    () => location.assign(href),
  )
})
addEventListener('popstate', () => void show(location.href))
document.addEventListener('visibilitychange', () => {
  if (!document.hidden) stir()
})

const address = document.body.dataset.events
if (address !== undefined) {
  const source = new EventSource(address)
  source.onopen = () => say('on', 'Live')
  source.onerror = () => say('off', 'Waiting')
  const kinds = [
    'accepted',
    'stage',
    'attempt',
    'voided',
    'duel',
    'settled',
    'notarised',
    'weights',
    'changed',
  ]
  for (const kind of kinds) source.addEventListener(kind, stir)
}
