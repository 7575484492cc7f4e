// What the account page tells when something does not work, how an account without a password
// is deleted, and the page in every language.
import { advance, api, code, complaints, open, run, signIn, until, verified, want } from './lib.mjs'
import { button, says, section, view } from './accountlib.mjs'
import { axe, look } from './judge.mjs'

// failing has what does not work: a store, the network, an old sign-in, one that has ended.
async function failing() {
  const tokens = await signIn('+919811110002')
  const page = await open('/account#devices', { tokens })
  await section(page, 'devices').getByRole('listitem').first().waitFor()
  await page.route('**/user/events*', (route) => route.fulfill({ status: 503, headers: { 'retry-after': '7' }, json: { code: 'unavailable', retryAfter: 7 } }))
  await view(page, 'Activity')
  await says(page, 'This is not working right now. Try again in 7 seconds.')
  await look(page, 'account-failed')
  await page.unroute('**/user/events*')
  await button(page, 'Try again').click()
  await section(page, 'activity').getByText('Signed in').first().waitFor()
  await view(page, 'Profile')
  await page.context().setOffline(true)
  await button(page, 'Save').click()
  await says(page, 'No connection.')
  await page.context().setOffline(false)
  complaints() // the browser's own, of having no connection

  await advance(601)
  await view(page, 'Sign-in')
  await button(section(page, 'factors'), 'Set up').click()
  const again = page.getByRole('dialog').getByRole('link', { name: 'Sign in again' })
  want('where a fresh proof is asked for', await again.getAttribute('href'), '/?returnTo=%2Faccount&fresh=1')
  await axe(page, 'the question for a fresh sign-in')
  await again.click()
  const fresh = await signIn('+919811110002')
  await page.evaluate((pair) => localStorage.setItem('user-api', JSON.stringify({ ...pair, at: Date.now(), session: 'fresh' })), fresh)
  await page.goto(new URL('/account', page.url()).href)
  await says(page, 'You can make the change now.')
  want('where the user is back', await page.evaluate(() => document.activeElement.id), 'factors-title')
  await button(section(page, 'factors'), 'Set up').click()
  await section(page, 'factors').getByRole('img').waitFor()

  await api('DELETE', '/user/sessions?scope=all', undefined, fresh.accessToken)
  await button(section(page, 'factors'), 'Turn on').click()
  await says(page, 'You are signed out.')
  await page.getByRole('link', { name: 'Sign in' }).waitFor()
  verified('what fails is told in plain words')
  await page.close()
}

// leaving is the deletion by a code, of a user without a password.
async function leaving() {
  const page = await open('/account#leave', { tokens: await signIn('+919811110003') })
  await button(page, 'Delete account').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel(/^Type/).fill('delete')
  await button(dialog, 'Delete permanently').click()
  await says(dialog, 'Request a code first')
  await advance(61)
  await button(dialog, 'Send code').click()
  await dialog.getByLabel('Code').fill(await code('+919811110003', 2))
  await button(dialog, 'Delete permanently').click()
  await says(page, 'Your account is deleted.')
  await page.close()
}

// languages shows each view in the other languages: no text is missing, and nothing is cut.
async function languages() {
  const tokens = await signIn('+919811110004')
  for (const locale of ['ko', 'zh', 'ja', 'es', 'hi']) {
    const page = await open('/account', { tokens, locale, width: 320 })
    for (const name of ['profile', 'security', 'devices', 'activity', 'data']) {
      await page.evaluate((hash) => (location.hash = hash), name)
      await page.locator(`a[aria-current][href="#${name}"]`).waitFor()
      await until('the view', () => page.locator('#view:not([aria-busy])').count())
      want(`texts that are missing in ${locale}`, (await page.locator('body').innerText()).match(/account\.\w+/g), null)
      want(`how wide ${name} is in ${locale}`, await page.evaluate(() => document.scrollingElement.scrollWidth), 320)
    }
    await page.close()
  }
  verified('no language lacks a text, and each fits 320 pixels')
}

await run(async () => {
  await failing()
  await leaving()
  await languages()
})
