// A browser with tabs that run the client.
import { after } from 'node:test'
import { code, given, phone, proxy } from './lib.mjs'

const { chromium } = await import(given.playwright)
export const front = await proxy(given.port)
export const other = await proxy(given.otherPort)
const browser = await chromium.launch({ executablePath: given.chromium, args: ['--no-sandbox'] })
after(async () => {
  await browser.close()
  front.close()
  other.close()
})
export const home = `http://localhost:${front.port}`
/** Rejections that a page has left unhandled. */
export const unhandled = []

/** A browser of a person. */
export async function person(script) {
  const context = await browser.newContext()
  if (script) await context.addInitScript(script)
  context.on('weberror', (err) => unhandled.push(String(err.error())))
  return context
}

/** A tab with a client. */
export async function tab(context, options = { storage: 'local' }, at = home) {
  const page = await context.newPage()
  await page.goto(`${at}/page`)
  await page.waitForFunction(() => window.make)
  await page.evaluate((options) => void make(options), options)
  return page
}

/** Signs somebody new in, in a tab. */
export async function signIn(page, to = phone()) {
  const { otpId } = await page.evaluate((phone) => c.otp({ phone }), to)
  await page.evaluate((proof) => c.login(proof).then(() => {}), { otpId, otp: await code(to) })
  return to
}

export const user = (page) => page.evaluate(() => c.user().then(({ phone }) => phone, (err) => err.code ?? String(err)))
export const signedIn = (page) => page.evaluate(() => c.signedIn)
export const becomes = (page, wanted) => page.waitForFunction((wanted) => c.signedIn === wanted, wanted)
/** Waits until a tab has the tokens of another: minutes pass at once for the service, but not for messages. */
export async function follows(page, other) {
  const token = await other.evaluate(() => c.accessToken())
  await page.waitForFunction((token) => c.accessToken().then((own) => own === token), token)
}
export const changes = (page) => page.evaluate(() => changes)
