import { api, code, complaints, given, open, run, service, verified, want } from './lib.mjs'

const phone = '+919811112222'

await run(async () => {
  const page = await open(given.app)
  const addresses = []
  page.on('framenavigated', (frame) => addresses.push(frame.url()))
  await page.getByRole('link', { name: 'Sign in' }).click()
  await page.getByText('to continue to webapp').waitFor()
  want('the page is that of the service', new URL(page.url()).origin, service)
  await page.getByLabel('Phone number').fill('9811112222')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByLabel('Code', { exact: true }).fill(await code(phone))
  await page.getByText('Signed in as').waitFor()
  want('who is signed in', await page.locator('strong').innerText(), phone)
  want('back at', page.url(), `${given.app}/`)
  want('no address has a token', addresses.filter((at) => /ey[A-Za-z0-9_-]{10}/.test(at)), [])
  const cookies = await page.context().cookies(given.app)
  want('its cookie', cookies.map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite]), [['webapp_session', true, 'Lax']])
  want('what the service keeps in the browser', await page.context().storageState().then(({ origins }) => origins.filter(({ origin }) => origin === service)), [])
  await page.reload()
  want('after a reload', await page.locator('strong').innerText(), phone)

  // The same answer once more, from the history of the browser.
  const answer = addresses.find((at) => at.includes('/callback?')) ?? `${given.app}/callback?code=x&state=x&iss=${service}`
  await page.goto(answer)
  want('an answer that was used', await page.getByRole('alert').innerText(), 'This browser has not asked to sign in, or did so long ago.')
  await page.goto(given.app)
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
  want('its cookies then', (await page.context().cookies(given.app)).length, 0)
  await page.context().close()
  want('the service is well', (await api('GET', '/healthz')).status, 'ok')
  const host = new URL(given.app).host
  want('complaints', complaints().filter((one) => one !== `request to ${host}` && !one.includes('status of 400') && !one.includes('favicon')), [])
  verified('an application with an unmodified library signs a user in and out')
})
