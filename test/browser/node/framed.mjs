import { open, service } from './lib.mjs'

// framed reports whether a page of another origin shows a page of the service in a frame.
export async function framed(origin, path) {
  const page = await open(`${origin}/?show=${encodeURIComponent(service + path)}`)
  await page.waitForTimeout(300)
  const shown = page.frames()[1]?.url() ?? ''
  const there = shown.startsWith(service) && (await page.frames()[1].locator('main').count()) > 0
  await page.context().close()
  return there
}
