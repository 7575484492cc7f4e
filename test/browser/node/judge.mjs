// What a page is judged by: how it looks at each size, who can use it, what it costs.
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { given, open, verified, want } from './lib.mjs'

const source = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

// axe wants no violation.
export async function axe(page, what) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  want(`axe: ${what}`, violations.map(({ id, nodes }) => [id, ...nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`)]), [])
}

// picture keeps what a page shows, where pictures are asked for: they take as long as all
// else.
export async function picture(page, name, options = { fullPage: true }) {
  if (given.pictures) await page.screenshot({ path: `${given.shots}/${name}.png`, ...options })
}

// Each size once, and each set of colours; who looks at pictures sees each size in both.
const looks = given.pictures
  ? [1280, 360].flatMap((width) => [true, false].map((dark) => ({ width, dark })))
  : [{ width: 1280, dark: true }, { width: 360, dark: false }]

// look visits a state of a page at 1280 and 360 pixels, dark and light, and leaves it at
// 360 and light. Each look is free of violations and of side scrolling.
export async function look(page, name) {
  for (const { width, dark } of looks) {
    await page.setViewportSize({ width, height: width === 360 ? 740 : 800 })
    await page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' })
    const what = `${name} at ${width}, ${dark ? 'dark' : 'light'}`
    await fits(page, what)
    await axe(page, what)
    await picture(page, `${name}-${width}-${dark ? 'dark' : 'light'}`)
  }
  verified(`${name}: at 360 and 1280, light and dark, without a violation`)
}

// shot takes the picture docs/images/<name>.png of what the page shows now.
export async function shot(page, name, options = {}) {
  await picture(page, `docs-${name}`, options)
}

// zoom looks at a state as 400 % do on a window of 1280 by 1024 (WCAG 1.4.10).
export async function zoom(page, name) {
  const before = page.viewportSize()
  await page.setViewportSize({ width: 320, height: 256 })
  await fits(page, `${name} at 400 %`)
  await picture(page, `${name}-zoom`)
  await page.setViewportSize(before)
  verified(`${name}: at 400 % nothing is off the side`)
}

// fits wants no side scrolling. What scrolls by itself, such as a wide table, may.
async function fits(page, what) {
  want(`${what}: what is off the side`, await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.scrollingElement
    if (scrollWidth <= clientWidth) return []
    const wide = [...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > clientWidth + 1)
    return [`${scrollWidth} of ${clientWidth}`, ...wide.slice(0, 5).map((e) => e.outerHTML.slice(0, 120))]
  }), [])
}

// still wants that nothing has moved by itself since the page was opened.
export async function still(page, what) {
  const { shift, moved } = await page.evaluate(() => window.instruments)
  if (shift >= 0.02) throw new Error(`${what}: things move, ${shift}: ${moved.join('\n')}`)
}

const focusable = 'a[href], button:enabled, input:enabled:not([type=hidden]), select:enabled, textarea:enabled, summary, [tabindex="0"]'

// tabTo presses Tab until a control has the focus, and wants to see it there.
export async function tabTo(page, locator) {
  for (let tries = 0; tries < 120; tries++) {
    if (await locator.evaluate((e) => e === document.activeElement).catch(() => false)) {
      await seen(page)
      return
    }
    await page.keyboard.press('Tab')
  }
  throw new Error(`Tab does not come to ${locator}`)
}

// press is what one does without a mouse: Tab to a control, and Enter or another key.
export async function press(page, locator, key = 'Enter') {
  await tabTo(page, locator)
  await page.keyboard.press(key)
}

// seen wants the control that has the focus to show it.
async function seen(page) {
  const hidden = await page.evaluate(() => {
    const e = document.activeElement
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(e)
    const box = e.getBoundingClientRect()
    const shown = (outlineStyle !== 'none' && parseFloat(outlineWidth) > 0) || boxShadow !== 'none'
    return shown && box.width > 0 && box.height > 0 ? null : e.outerHTML.slice(0, 120)
  })
  want('a focus that is not seen', hidden, null)
}

// keyboard wants Tab to come to every control that is shown, and each to show its focus.
// Of radio buttons of one name it comes to one.
export async function keyboard(page, name) {
  await page.evaluate((focusable) => {
    document.activeElement?.blur()
    window.unreached = new Set([...document.querySelectorAll(focusable)].filter((e) => e.checkVisibility({ visibilityProperty: true }) && e.tabIndex >= 0))
  }, focusable)
  const count = await page.evaluate(() => window.unreached.size)
  const parts = 8 * (await page.locator('input[type="datetime-local"]').count()) // Tab stops in each
  for (let i = 0; i < count + parts + 5; i++) {
    await page.keyboard.press('Tab')
    const on = await page.evaluate(() => {
      const e = document.activeElement
      for (const other of window.unreached) if (e === other || (e.type === 'radio' && other.type === 'radio' && e.name === other.name)) window.unreached.delete(other)
      return e !== document.body && e.tagName !== 'IFRAME'
    })
    if (on) await seen(page)
  }
  want(`${name}: what Tab does not come to`, await page.evaluate(() => [...window.unreached].map((e) => e.outerHTML.slice(0, 120))), [])
  verified(`${name}: Tab comes to all ${count} controls, and each shows it`)
}

// first opens a page as who has never been there, and judges that: at most 60 KiB of at most
// four requests, and nothing moves. ready is what shows that the page can be used.
export async function first(path, ready, options = {}) {
  const page = await open('about:blank', options)
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Network.enable')
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
  const requests = []
  let bytes = 0
  cdp.on('Network.requestWillBeSent', ({ request }) => request.url.startsWith('http') && requests.push(new URL(request.url).pathname))
  cdp.on('Network.responseReceived', ({ response }) => (bytes += response.encodedDataLength))
  cdp.on('Network.dataReceived', ({ encodedDataLength }) => (bytes += encodedDataLength))
  await page.goto(new URL(path, given.service).href)
  await page.locator(ready).first().waitFor()
  await page.waitForTimeout(500) // what begins later would be missed
  if (requests.length > (options.requests ?? 4)) throw new Error(`${path}: ${requests.length} requests: ${requests.join(' ')}`)
  if (bytes > 60 * 1024) throw new Error(`${path}: ${bytes} bytes`)
  await still(page, path)
  await page.context().close()
  verified(`${path}: ${requests.length} requests, ${(bytes / 1024).toFixed(1)} KiB, and nothing moves`)
}

// quick wants a page to be usable after at most a second of work on a CPU six times as slow.
// It measures the CPU time of the page's main thread, which does not depend on what else the
// machine does, as the time on the clock would.
export async function quick(path, ready, options = {}) {
  const page = await open('about:blank', options)
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('Performance.enable', { timeDomain: 'threadTicks' })
  await cdp.send('Network.enable')
  await cdp.send('Network.setCacheDisabled', { cacheDisabled: true })
  const work = async () => {
    const { metrics } = await cdp.send('Performance.getMetrics')
    return metrics.find(({ name }) => name === 'TaskDuration').value
  }
  const loads = []
  for (let load = 0; load < 3; load++) {
    await page.goto('about:blank')
    const before = await work()
    await page.goto(new URL(path, given.service).href, { waitUntil: 'commit' })
    await page.waitForFunction((ready) => {
      const e = document.querySelector(ready)
      return e && e.checkVisibility() && !e.disabled
    }, ready, { polling: 'raf' })
    const after = await work()
    loads.push(6000 * (after < before ? after : after - before)) // a new process counts anew
  }
  await page.context().close()
  const best = Math.round(Math.min(...loads))
  if (best >= 1000) throw new Error(`${path}: a CPU six times as slow works for ${best} ms before it can be used`)
  verified(`${path}: can be used after ${best} ms of work of a CPU six times as slow`)
}
