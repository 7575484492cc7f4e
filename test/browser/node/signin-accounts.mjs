// The sign-in page beyond codes: passwords, second factors, passkeys and unused accounts.
import { advance, api, code, control, inbox, open, run, service, signIn, until, verified, want } from './lib.mjs'
import { axe, keyboard, look } from './judge.mjs'

const phoneField = (page) => page.getByLabel('Phone number', { exact: true })
const codeField = (page) => page.getByLabel('Code', { exact: true })
const button = (page, name) => page.getByRole('button', { name, exact: true })
const good = 'violet-harbour-42-lantern'

// begin is a page on its first step, and how one gets there again.
async function begin(page) {
  await page.goto(`${service}/?fresh=1`)
  await phoneField(page).waitFor()
}

// byCode asks for a code, and types it. There are notices among the messages.
async function byCode(page, number) {
  const codes = async () => (await inbox(number, 0)).flatMap(({ otp }) => otp || [])
  const before = (await codes()).length
  await begin(page)
  await phoneField(page).fill(number)
  await button(page, 'Continue').click()
  const [newest] = await until('a code', async () => {
    const all = await codes()
    return all.length > before && all
  })
  await codeField(page).fill(newest)
}

async function passwords() {
  const page = await open('/', { clock: true })
  await button(page, 'Create an account').click()
  await look(page, 'signin-register')
  await keyboard(page, 'signin-register')
  await page.getByLabel('Username').fill('Admin')
  await page.getByLabel('New password').fill('12345678')
  await button(page, 'Create account').click()
  await page.getByText('This name cannot be used.').waitFor()
  await page.getByLabel('Username').fill('ann.example')
  await button(page, 'Create account').click()
  await page.getByText('This password is too short or too common.').waitFor()
  want('the field that has the cursor', await page.evaluate(() => document.activeElement.autocomplete), 'new-password')
  await page.getByLabel('New password').fill(good)
  await button(page, 'Show').click()
  want('the password is shown', await page.getByLabel('New password').getAttribute('type'), 'text')
  await button(page, 'Create account').click()
  await page.waitForURL('**/account')
  verified('makes an account with a username and a password')

  await begin(page)
  await button(page, 'Use a password').click()
  await look(page, 'signin-password')
  await page.getByLabel('Username, phone number or e-mail').fill('ann.example')
  await page.getByLabel('Password', { exact: true }).fill('wrong')
  await page.keyboard.press('Enter')
  await page.getByText('The name or the password is wrong.').waitFor()
  await page.getByLabel('Password', { exact: true }).fill(good)
  await page.keyboard.press('Enter')
  await page.waitForURL('**/account')
  verified('signs in by a password')

  await signIn('+919811115555')
  await advance(120, page)
  await begin(page)
  await button(page, 'Use a password').click()
  await button(page, 'Forgot your password?').click()
  await axe(page, 'a forgotten password')
  await phoneField(page).fill('+919811115555')
  await button(page, 'Continue').click()
  await codeField(page).fill(await code('+919811115555', 2))
  await look(page, 'signin-reset')
  await page.getByLabel('New password').fill('password')
  await button(page, 'Set password and sign in').click()
  await page.getByText('This password is too short or too common.').waitFor()
  await page.getByLabel('New password').fill(good)
  await button(page, 'Set password and sign in').click()
  await page.waitForURL('**/account')
  verified('resets a password, and signs in by it')
  await page.context().close()
}

async function factors() {
  const page = await open('/', { clock: true })
  const number = '+919811116666'
  const { accessToken } = await signIn(number)
  const { secret } = await api('POST', '/user/totp', undefined, accessToken)
  const { recoveryCodes } = await api('POST', '/user/totp/confirm', { totp: await control('totp', { secret }) }, accessToken)
  await advance(120, page)
  await byCode(page, number)
  const app = page.getByLabel('Code from the app')
  await app.waitFor()
  await look(page, 'signin-factor')
  await app.fill('000000')
  await page.getByText('This code is wrong or was already used.').waitFor()
  await app.fill(await control('totp', { secret }))
  await page.waitForURL('**/account')
  verified('signs in by a code and an authenticator app')

  await advance(120, page)
  await byCode(page, number)
  await button(page, 'Use a recovery code').click()
  await axe(page, 'a recovery code')
  await page.getByLabel('Recovery code').fill(recoveryCodes[0].toUpperCase())
  await button(page, 'Sign in').click()
  await page.waitForURL('**/account')
  verified('signs in by a recovery code')

  await advance(120, page)
  await byCode(page, number)
  await app.waitFor()
  await advance(301, page)
  await app.fill(await control('totp', { secret }))
  await page.getByText('That took too long.').waitFor()
  verified('what took too long begins anew')
  await page.context().close()
}

async function passkeys() {
  const number = '+919811117777'
  const tokens = await signIn(number)
  const page = await open('/account', { tokens })
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  const options = { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: false }
  const { authenticatorId } = await cdp.send('WebAuthn.addVirtualAuthenticator', { options })
  const present = (enabled) => cdp.send('WebAuthn.setAutomaticPresenceSimulation', { authenticatorId, enabled })
  await present(true)
  await page.evaluate(async (accessToken) => {
    const call = async (path, body) => (await fetch(path, {
      method: 'POST', headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${accessToken}` }, body: JSON.stringify(body),
    })).json()
    const { publicKey } = await call('/user/passkeys/options', {})
    const credential = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) })
    await call('/user/passkeys', { credential: credential.toJSON(), name: 'test' })
  }, tokens.accessToken)
  await page.evaluate(() => localStorage.removeItem('user-api'))
  await page.goto(`${service}/`)
  await page.waitForURL('**/account') // the browser has offered it where the number is typed
  verified('signs in by a passkey in the field')

  await present(false)
  await begin(page)
  await present(true)
  await button(page, 'Sign in with a passkey').click()
  await page.waitForURL('**/account')
  want('who signed in', (await api('GET', '/user/info', undefined, await page.evaluate(() => JSON.parse(localStorage.getItem('user-api')).accessToken))).phone, number)
  verified('signs in by a passkey and a button')
  await page.context().close()
}

async function unused() {
  const page = await open('/', { clock: true })
  const number = '+919811118888'
  const { accessToken } = await signIn(number)
  want('a password', (await api('POST', '/user/password', { newPassword: good }, accessToken)).status, 204)
  await control('advance', { seconds: 40 * 86400 })
  await byCode(page, number)
  await page.getByText('This account has not been used for a long time.').waitFor()
  await look(page, 'signin-second')
  await page.getByLabel('Password', { exact: true }).fill('wrong')
  await button(page, 'Continue').click()
  await page.getByText('The name or the password is wrong.').waitFor()
  await page.getByLabel('Password', { exact: true }).fill(good)
  await button(page, 'Continue').click()
  await page.waitForURL('**/account')
  verified('an account that nobody has used needs a second proof')
  await page.context().close()
}

await run(async () => {
  await passwords()
  await factors()
  await passkeys()
  await unused()
})
