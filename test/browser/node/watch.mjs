// What a page must never do, whatever a test is about.
import { given } from '../../interop/node/lib.mjs'

const own = new URL(given.service).host

// watch notes what a page complains of: errors, violations of its policy, and requests to
// another host. That the API refuses something is an error to the browser too, and none
// here.
export function watch(page, wrong) {
  page.on('pageerror', (err) => wrong.push(`error: ${err.stack ?? err}`))
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    const at = new URL(message.location().url || given.service)
    const refused = /^Failed to load resource: the server responded with a status of (4\d\d|503)/.test(message.text())
    if (refused && /^\/(user|admin|oauth|dev)(\/|$)/.test(at.pathname)) return
    wrong.push(`console: ${message.text()} (${at.href})`)
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (/^https?:$/.test(url.protocol) && url.host !== own) wrong.push(`request to ${url.host}`)
  })
}

// instruments measures in the page what it shows, from its beginning.
export function instruments() {
  const state = (window.instruments = { shift: 0, moved: [] })
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue
      state.shift += entry.value
      state.moved.push(...entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 80) ?? node?.textContent))
    }
  }).observe({ type: 'layout-shift', buffered: true })
}
