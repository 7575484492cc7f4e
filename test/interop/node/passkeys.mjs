// The page of docs/passkeys.md in a browser whose authenticator is told what to do, and
// what a browser or an authenticator does that is not what it seems.
import { given, verified, want, done } from './lib.mjs'
import { chromium } from 'playwright-core'

const { home, below, token, service } = given

async function call(method, path, body, accessToken = token) {
  const answer = await fetch(service + path, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` },
    body: body && JSON.stringify(body),
  })
  const text = await answer.text()
  return { status: answer.status, ...(text && JSON.parse(text)) }
}
const signIn = (credential) => call('POST', '/user/login/passkey', { credential })
const list = async () => (await call('GET', '/user/passkeys')).passkeys
const refused = async (what, credential) => {
  const { status, code } = await signIn(credential)
  want(what, [status, code], [401, 'invalid_credentials'])
  verified(`${what} is refused`)
}

const browser = await chromium.launch({ executablePath: given.chromium, args: ['--no-sandbox'] })
try {
  const context = await browser.newContext()
  // The page itself is at no server; all else goes to the service.
  await context.route('**/passkeys.html', (route) => route.fulfill({ contentType: 'text/html', body: given.page }))
  const page = await context.newPage()
  const open = (origin) => page.goto(`${origin}/passkeys.html`)
  await open(home)
  const cdp = await context.newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true }
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options })
  const keys = async () => (await cdp.send('WebAuthn.getCredentials', { authenticatorId })).credentials
  const put = (credential) => cdp.send('WebAuthn.addCredential', { authenticatorId, credential })
  const drop = (key) => cdp.send('WebAuthn.removeCredential', { authenticatorId, credentialId: key.credentialId })
  const ask = () => page.evaluate(() => window.passkeys.ask())

  await page.evaluate((accessToken) => (sessionStorage.accessToken = accessToken), token)
  await page.click('#add')
  await page.waitForFunction(() => document.querySelector('#said').textContent)
  const [added] = await list()
  want('what the page says', await page.textContent('#said'), added.id)
  want('its name', added.name, 'This device')
  verified(`Chromium ${browser.version()} adds a passkey`)

  await page.click('#enter')
  await page.waitForFunction(() => document.querySelector('#said').textContent === 'Signed in.')
  const session = await page.evaluate(() => sessionStorage.accessToken)
  want('another session', session === token, false)
  want('who signed in', (await call('GET', '/user/info', undefined, session)).id, (await call('GET', '/user/info')).id)
  verified('it signs in')

  const once = await ask()
  want('the first time', (await signIn(once)).status, 200)
  await refused('the same signature once more', once)

  const [key] = await keys()
  // The same key, registered by the authenticator for a domain below.
  await open(below)
  await drop(key)
  await put({ ...key, rpId: 'login.localhost', signCount: 100 })
  const other = await page.evaluate(async () => {
    const { publicKey } = await window.passkeys.call('/user/login/passkey/options', {})
    const asked = PublicKeyCredential.parseRequestOptionsFromJSON({ ...publicKey, rpId: 'login.localhost' })
    return (await navigator.credentials.get({ publicKey: asked })).toJSON()
  })
  await refused('another domain', other)
  await drop(key)
  await put({ ...key, signCount: 200 })

  const elsewhere = home.replace(/\d+$/, (port) => (port === '9' ? '10' : '9'))
  await context.route(`${elsewhere}/user/**`, async (route) => {
    const answer = await fetch(service + new URL(route.request().url()).pathname, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' })
    await route.fulfill({ status: answer.status, contentType: 'application/json', body: await answer.text() })
  })
  await open(elsewhere)
  await refused('another origin', await ask())

  await open(home)
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: false })
  want('who is not verified', await page.evaluate(() => window.passkeys.ask().catch((err) => err.name)), 'NotAllowedError')
  await cdp.send('WebAuthn.setUserVerified', { authenticatorId, isUserVerified: true })
  verified('the browser itself refuses who is not verified')

  want('with a counter that has gone up', (await signIn(await ask())).status, 200)
  await drop(key)
  await put({ ...key, signCount: 1 })
  await refused('a copy whose counter is behind', await ask())
  want('the copy is noted', (await list())[0].cloned, true)
  await drop(key)
  await put({ ...key, signCount: 500 })
  await refused('the original, once there is a copy', await ask())
  want('its removal', (await call('DELETE', `/user/passkeys/${added.id}`)).status, 204)
  await refused('what was removed', await ask())
  await drop(key)

  await page.evaluate((accessToken) => window.passkeys.add(accessToken, 'another'), token)
  want('the list', (await list()).map(({ name, cloned }) => [name, cloned]), [['another', undefined]])
  want('another one in its place', (await signIn(await ask())).status, 200)
  verified('another one in its place signs in')

  const codes = async () => (await call('GET', `/dev/inbox?to=${encodeURIComponent(given.phone)}`)).messages.flatMap(({ otp }) => otp || [])
  const before = (await codes()).length
  const { otpId } = await call('POST', '/user/otp', { phone: given.phone })
  while ((await codes()).length === before) await new Promise((resolve) => setTimeout(resolve, 50))
  const first = await call('POST', '/user/login', { otpId, otp: (await codes())[0] })
  want('a code alone', [first.status, first.code, first.methods], [401, 'mfa_required', ['passkey']])
  const pair = await page.evaluate((mfaToken) => window.passkeys.complete(mfaToken), first.mfaToken)
  want('who signed in', (await call('GET', '/user/info', undefined, pair.accessToken)).phone, given.phone)
  verified('it completes a sign-in by code')
} finally {
  await browser.close()
}
done()
