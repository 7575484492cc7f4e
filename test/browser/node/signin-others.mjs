// The sign-in page of a service that demands invites and second factors: other sites, and
// applications.
import { createServer } from 'node:http'
import { code, complaints, control, given, open, run, service, verified, want } from './lib.mjs'
import { axe, look } from './judge.mjs'

const button = (page, name) => page.getByRole('button', { name, exact: true })

// enrolls sets up the second factor that is demanded, and keeps the recovery codes.
async function enrolls(page, pictures) {
  const app = page.getByLabel('Code from the app')
  await app.waitFor()
  const picture = page.getByRole('img', { name: 'QR code for an authenticator app' })
  want('the picture is drawn', await picture.evaluate((e) => e.complete && e.naturalWidth > 0), true)
  if (pictures) await look(page, 'signin-enroll')
  const secret = (await page.locator('code').first().innerText()).replaceAll(' ', '')
  await app.fill(await control('totp', { secret }))
  await page.getByText('Save your recovery codes').waitFor()
  want('how many there are', await page.locator('.recovery li').count(), 10)
  if (pictures) await look(page, 'signin-recovery')
  await button(page, 'Copy').click()
  await page.getByText('Copied.').waitFor()
  await button(page, 'I have saved them').click()
  return secret
}

async function invited() {
  const page = await open('/')
  await page.getByLabel('Phone number', { exact: true }).fill('+919811112222')
  await button(page, 'Continue').click()
  await page.getByLabel('Code', { exact: true }).fill(await code('+919811112222'))
  await page.getByLabel('Invite code').fill('x')
  await button(page, 'Continue').click()
  await page.getByText('This invite is wrong, used or expired.').waitFor()
  await axe(page, 'an invite')
  await page.getByLabel('Invite code').fill(await control('invite'))
  await button(page, 'Continue').click()
  await enrolls(page, true)
  await page.waitForURL('**/account')
  verified('an invite, and a second factor that is set up')
  await page.context().close()
}

async function bySite() {
  const page = await open('/?returnTo=%2Faccount%3Ffrom%3Dsite')
  await control('person', { sub: '1', email: 'ann@gmail.com', email_verified: true })
  await axe(page, 'sites')
  await button(page, 'Continue with Google').click()
  await page.getByText('The sign-in was cancelled, or it cannot create an account here.').waitFor()
  want('what is left in the address', await page.evaluate(() => location.search), '')
  await control('person', null)
  await button(page, 'Continue with Google').click()
  await page.getByText('The sign-in was cancelled').waitFor()
  await control('linked', { sub: '2' })
  await control('person', { sub: '2' })
  await page.goto(`${service}/?returnTo=%2Faccount%3Ffrom%3Dsite`)
  await button(page, 'Continue with Google').click()
  await enrolls(page)
  await page.waitForURL('**/account?from=site')
  want('complaints', complaints().filter((one) => !one.startsWith('request to ')), [])
  verified('signs in by another site, and comes back to where it was asked for')
  await page.context().close()
}

async function forApplication() {
  const came = new Promise((resolve) => {
    const server = createServer((req, res) => {
      res.end('signed in')
      resolve(new URL(req.url, given.redirect))
    })
    server.listen(new URL(given.redirect).port, '127.0.0.1')
    server.unref()
  })
  const query = new URLSearchParams({
    response_type: 'code', client_id: given.client, redirect_uri: given.redirect, state: 'xyz', code_challenge_method: 'S256',
    code_challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM', login_hint: 'ann@example.com', ui_locales: 'es en',
  })
  const page = await open(`/oauth/authorize?${query}`)
  await page.getByText('para continuar en shop').waitFor()
  want('the hint', await page.getByLabel('Dirección de correo').inputValue(), 'ann@example.com')
  await look(page, 'signin-authorize')
  // By the site, from which it comes back to another address of the service.
  await control('linked', { sub: '3' })
  await control('person', { sub: '3' })
  await button(page, 'Continuar con Google').click()
  await page.getByText('Configura un segundo paso').waitFor()
  const secret = (await page.locator('code').first().innerText()).replaceAll(' ', '')
  await page.getByLabel('Código de la aplicación').fill(await control('totp', { secret }))
  await page.getByRole('button', { name: 'Los he guardado' }).click()
  const back = await came
  await page.getByText('signed in').waitFor() // or the next address would interrupt this one
  want('what came back', [[...back.searchParams.keys()].sort(), back.searchParams.get('state')], [['code', 'iss', 'state'], 'xyz'])
  await page.goto(`${service}/`)
  want('what is kept', await page.evaluate(() => [localStorage.length, sessionStorage.length]), [0, 0])
  complaints()
  verified('signs in for an application, in its language, and keeps nothing')
  await page.context().close()
}

await run(async () => {
  await invited()
  await bySite()
  await forApplication()
})
