import { code, complaints, control, given, open, run, service, until, verified, want } from './lib.mjs'
import { axe, look } from './judge.mjs'

const host = new URL(given.friend).host
const provider = 'https://challenges.cloudflare.com'

// only wants that nothing was complained of but what is expected.
function only(what, expected) {
  want(what, complaints().filter((one) => !expected.some((text) => one.includes(text))), [])
}

// embed opens the application with attributes of the element, and notes its events.
async function embed(query = '', options = {}) {
  const page = await open('about:blank', options)
  await page.addInitScript(() => {
    window.events = []
    for (const name of ['signed-in', 'signed-out', 'error']) addEventListener(name, (event) => events.push([name, event.detail?.accessToken ? 'tokens' : (event.detail?.code ?? null)]))
  })
  const requests = []
  page.on('request', (request) => requests.push(request.url()))
  await page.goto(`${given.friend}/app${query}`)
  return { page, requests, events: () => page.evaluate(() => events) }
}

// challenge stands in for the provider's script: a button that hands out a token which was
// earned for an action. It counts how often it is asked for.
async function challenge(page, action) {
  const token = await control('earn', { action })
  const asked = []
  await page.context().route(`${provider}/**`, (route) => {
    asked.push(route.request().url())
    return route.fulfill({ contentType: 'text/javascript', body: `turnstile = { render(place, o) {
      const button = document.createElement('button')
      button.textContent = [o.action, o.sitekey, o.language].join(' ')
      button.onclick = () => o.callback(${JSON.stringify(token)})
      place.append(button)
    } }` })
  })
  return asked
}

async function ask(page, phone) {
  await page.getByLabel('Phone number').fill(phone)
  await page.getByRole('button', { name: 'Continue' }).click()
}

await run(async () => {
  const { page, requests, events } = await embed()
  const asked = await challenge(page, 'login')
  await page.getByLabel('Phone number').waitFor()
  await look(page, 'component')
  const colour = (locator, name) => locator.evaluate((e, name) => getComputedStyle(e)[name], name)
  want('the button is in the colour of the brand', await colour(page.getByRole('button', { name: 'Continue' }), 'backgroundColor'), 'rgb(255, 212, 0)')
  want('and can be read', await colour(page.getByRole('button', { name: 'Continue' }), 'color'), 'rgb(0, 0, 0)')
  want('the terms', await page.getByRole('link', { name: 'Terms' }).getAttribute('href'), 'https://example.com/terms')
  want('what is loaded of the languages', requests.filter((url) => url.endsWith('.json')).map((url) => url.split('.').at(-2)), ['en'])
  await ask(page, '9811110001')
  await page.getByLabel('Code', { exact: true }).fill(await code('+919811110001'))
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  want('what the application hears', await events(), [['signed-in', 'tokens']])
  want('the address stays', page.url(), `${given.friend}/app`)
  want('no request has a token in its address', requests.filter((url) => /ey[A-Za-z0-9_-]{10}/.test(url)), [])
  want('who is signed in', await page.evaluate(() => document.querySelector('user-api-signin').client.user().then(({ phone }) => phone)), '+919811110001')
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByLabel('Phone number').waitFor()
  want('what the application hears then', (await events()).at(-1), ['signed-out', null])
  want('the provider of the captcha is not asked until it is demanded', asked, [])
  only('embedding complains', [`request to ${host}`])
  verified('a page of another origin signs in under a policy without styles')

  // Attributes.
  const korean = await embed('?locale=ko-KR&theme=dark&methods=password')
  await korean.page.getByLabel('비밀번호').first().waitFor()
  want('the language', korean.requests.filter((url) => url.endsWith('.json')).map((url) => url.split('.').at(-2)), ['ko'])
  want('dark', await colour(korean.page.locator('user-api-signin .card'), 'backgroundColor'), 'rgb(25, 28, 34)')
  want('ways in', await korean.page.locator('user-api-signin .links button').count(), 1)
  await axe(korean.page, 'the component, dark and Korean')
  await korean.page.context().close()

  // The captcha, in the component: dismissed, then solved.
  await ask(page, '9811110002')
  await page.getByLabel('Code', { exact: true }).waitFor()
  await page.reload()
  await ask(page, '9811110003')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await until('the script of the provider', () => asked.length === 1)
  await look(page, 'captcha')
  await dialog.getByRole('button', { name: 'Cancel' }).click()
  await page.getByRole('alert').filter({ hasText: /./ }).waitFor()
  want('what the application hears of it', (await events()).at(-1), ['error', 'captcha_required'])
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.frameLocator('user-api-signin iframe').getByRole('button', { name: `login ${given.siteKey} en` }).click()
  await page.getByLabel('Code', { exact: true }).fill(await code('+919811110003'))
  await page.getByRole('button', { name: 'Sign out' }).waitFor()
  want('no request to the provider has who it is about', asked.filter((url) => url.includes('98111')), [])
  await page.context().close()
  only('the captcha complains', [`request to ${host}`, `request to ${new URL(provider).host}`])
  verified('a captcha is solved in a frame of the service, in a page of another origin')

  // On the page of the service itself, and where it does not load.
  const own = await open('/')
  const scripts = await challenge(own, 'login')
  await ask(own, '9811110004')
  await own.frameLocator('iframe').getByRole('button', { name: /^login/ }).click()
  await own.getByLabel('Code', { exact: true }).fill(await code('+919811110004'))
  await own.waitForURL('**/account')
  want('scripts of the provider', scripts.length, 1)
  await own.context().close()
  const cut = await open('/')
  await cut.context().route(`${provider}/**`, (route) => route.abort())
  await ask(cut, '9811110005')
  await cut.frameLocator('iframe').getByRole('alert').waitFor()
  await cut.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click()
  await cut.getByText('The captcha did not load').waitFor()
  await cut.context().close()
  only('the page with a captcha complains', [`request to ${new URL(provider).host}`, 'net::ERR_FAILED'])
  verified('the page of the service shows the captcha, and says so where it does not load')

  // A page that may not.
  const other = await open(`${given.stranger}/app`)
  const refused = await until('a refusal', () => { const heard = complaints(); return heard.some((one) => one.includes('CORS')) && heard })
  want('it is CORS that refuses', refused.some((one) => one.includes('/signin.js')), true)
  want('the element is unknown there', await other.evaluate(() => customElements.get('user-api-signin') === undefined), true)
  await other.context().close()
  complaints()
  verified('a page of an origin that is not in Web.Embed cannot use it')
})
