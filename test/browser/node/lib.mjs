// What the scripts of pages share: a Chromium whose every complaint fails the test, and
// what a page is judged by.
import { given, verified, want, done } from '../../interop/node/lib.mjs'
import { setTimeout as pause } from 'node:timers/promises'
import { chromium } from 'playwright-core'
import { watch, instruments } from './watch.mjs'

export { given, verified, want }
export const service = given.service

const args = [
  '--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP localhost 127.0.0.1', '--force-prefers-reduced-motion',
]

const heights = { 320: 256, 360: 740, 1280: 800 }

let browser
const wrong = []

// complaints returns what pages have complained of so far, and forgets it.
export const complaints = () => wrong.splice(0)

// run runs a script's walk in a browser of its own, and fails for whatever a page has
// complained of.
export async function run(walk) {
  browser = await chromium.launch({ executablePath: given.chromium, args })
  try {
    await walk()
    want('what pages complained of', wrong, [])
  } catch (err) {
    if (wrong.length) console.log('pages complained of', wrong)
    await Promise.all(browser.contexts().flatMap((context) => context.pages()).map(async (page, i) => {
      console.log(`page ${i} is at ${page.url()}\n${await page.locator('body').innerText().catch(String)}`)
      await page.screenshot({ path: `${given.shots}/failed-${i}.png` }).catch(() => {})
    }))
    throw err
  } finally {
    await browser.close()
  }
  done()
}

// open opens a page in a profile of its own: {width, dark, locale, tokens, clock, context}.
// tokens is a TokenPair to be signed in with; clock lets `advance` move the page's time as
// well; context is another page's, for a second tab beside it.
export async function open(path, { width = 360, dark = false, locale = 'en', tokens, clock = false, context } = {}) {
  if (!context) {
    context = await browser.newContext({
      viewport: { width, height: heights[width] ?? 800 }, colorScheme: dark ? 'dark' : 'light', locale, reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    })
    await context.addInitScript(instruments)
    if (tokens) await context.addInitScript(signedIn, { tokens, at: service })
    if (clock) await context.clock.install()
  }
  const page = await context.newPage()
  watch(page, wrong)
  await page.goto(new URL(path, service).href)
  return page
}

// signedIn is what clients/ts finds that keeps its tokens in localStorage.
function signedIn({ tokens, at }) {
  if (location.origin !== at || localStorage.getItem('tests.signedIn')) return
  localStorage.setItem('tests.signedIn', 'once')
  localStorage.setItem('user-api', JSON.stringify({ ...tokens, at: Date.now(), session: 'test' }))
}

// control has the test do something, by an act of its rig.
export async function control(name, args = {}) {
  const answer = await fetch(`${given.control}/${name}`, { method: 'POST', body: JSON.stringify(args) })
  if (!answer.ok) throw new Error(`${name}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

// advance lets seconds pass for the service, and for pages that were opened with a clock.
export async function advance(seconds, ...pages) {
  await control('advance', { seconds })
  for (const page of pages) await page.clock.fastForward(seconds * 1000)
}

// signIn returns a TokenPair of a phone number: {admin} makes it an administrator.
export const signIn = (phone, { admin = false } = {}) => control('signIn', { phone, admin })

// api calls the service as no page does, for what a test needs besides.
export async function api(method, path, body, bearer) {
  const headers = { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) }
  const answer = await fetch(service + path, { method, headers, body: body && JSON.stringify(body) })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, ...(text && JSON.parse(text)) }
}

// inbox waits until an address has at least so many messages, and returns all, newest first.
export async function inbox(to, count = 1) {
  for (let tries = 0; tries < 1500; tries++) {
    const { messages } = await api('GET', `/dev/inbox?to=${encodeURIComponent(to)}`)
    if (messages.length >= count) return messages
    await pause(20)
  }
  throw new Error(`${to} has not got ${count} messages`)
}

// code waits for the newest code of an address, of at least so many messages.
export const code = async (to, count = 1) => (await inbox(to, count)).find(({ otp }) => otp).otp

// until waits for a condition, which it asks for again and again.
export async function until(what, condition) {
  for (let tries = 0; tries < 1500; tries++) {
    const result = await condition()
    if (result) return result
    await pause(20)
  }
  throw new Error(`${what} does not come`)
}
