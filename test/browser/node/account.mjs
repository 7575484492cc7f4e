// The account page: what a user does there, and what is told when it does not work.
import { readFile } from 'node:fs/promises'
import { api, code, control, given, open, run, signIn, until, verified, want } from './lib.mjs'
import { button, says, section, view } from './accountlib.mjs'
import { axe, first, keyboard, look, press, quick, still, zoom } from './judge.mjs'

const phone = '+919811110001'
const mail = 'ann@example.com'
const picture = { name: 'me.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(given.picture, 'base64') }

async function withoutSignIn() {
  const page = await open('/account')
  const link = page.getByRole('link', { name: 'Sign in' })
  want('where the link leads', await link.getAttribute('href'), '/?returnTo=%2Faccount')
  await look(page, 'account-out')
  await keyboard(page, 'account-out')
  await page.close()
  await first('/account', 'a.button')
  await quick('/account', 'a.button')
}

async function profile(page) {
  await page.getByLabel('Name', { exact: true }).fill('<img src=x onerror=alert(1)>')
  await page.getByLabel('Username').fill('Ann Other')
  await button(page, 'Save').click()
  await says(page, 'This username cannot be used')
  await page.getByLabel('Username').fill('ann.one')
  await page.getByLabel('Language').selectOption('hi')
  await press(page, button(page, 'Save'))
  await says(page, 'Saved.')
  want('the name in the header', await page.locator('header bdi').textContent(), '<img src=x onerror=alert(1)>')
  await page.getByLabel('Name', { exact: true }).fill('Ann O’Neil')
  await button(page, 'Save').click()
  await until('the new name', async () => (await page.locator('header bdi').textContent()) === 'Ann O’Neil')

  const input = page.locator('input[type=file]')
  await input.setInputFiles({ name: 'me.txt', mimeType: 'text/plain', buffer: Buffer.from('x') })
  await says(page, 'We cannot use this file')
  await input.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.from('GIF89a') })
  await says(page, 'We cannot use this file')
  await input.setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer: Buffer.alloc((1 << 20) + 1, 'x') })
  await says(page, 'The picture is too large')
  await input.setInputFiles(picture)
  await says(page, 'The picture is changed.')
  await until('the picture', () => page.locator('section#profile img').evaluate((img) => img.complete && img.naturalWidth === 512 || img.naturalWidth > 0))
  await look(page, 'account-profile')
  await keyboard(page, 'account-profile')
  await zoom(page, 'account-profile')
  await button(page, 'Remove picture').click()
  await says(page, 'The picture is removed.')
  verified('profile and picture')
}

async function addresses(page) {
  const part = section(page, 'addresses')
  await button(part, 'Remove Phone number').click()
  await button(page.getByRole('dialog'), 'Remove').click()
  await says(part, 'This is your last way to sign in')
  await button(part, 'Add E-mail address').click()
  await part.getByLabel('New e-mail address').fill('nothing')
  await button(part, 'Send code').click()
  await says(part, 'This is not an e-mail address.')
  await part.getByLabel('New e-mail address').fill(mail)
  await button(part, 'Send code').click()
  await part.getByLabel('Code').fill('000000')
  await button(part, 'Confirm').click()
  await says(part, 'Attempts left: 4')
  await part.getByLabel('Code').fill(` ${await code(mail)} `)
  await button(part, 'Confirm').click()
  await says(page, 'The address is confirmed.')
  await part.getByText(mail).waitFor()
  await button(part, 'Remove E-mail address').click()
  await axe(page, 'the question before an address is removed')
  await page.keyboard.press('Escape')
  want('what Escape has removed', await part.getByText(mail).count(), 1)
  await button(part, 'Remove E-mail address').click()
  await button(page.getByRole('dialog'), 'Remove').click()
  await until('the address to go', async () => (await part.getByText(mail).count()) === 0)
  verified('addresses')
}

async function password(page) {
  const part = section(page, 'password')
  await part.getByLabel('New password').fill('password1')
  await button(part, 'Set password').click()
  await says(part, 'This password is not safe')
  await part.getByLabel('New password').fill('correct horse battery')
  await button(part, 'Set password').click()
  await says(page, 'The password is set.')
  await part.getByLabel('Current password').fill('wrong horse battery')
  await part.getByLabel('New password').fill('another horse battery')
  await button(part, 'Change password').click()
  await says(part, 'The current password is wrong.')
  await part.getByLabel('Current password').fill('correct horse battery')
  await button(part, 'Change password').click()
  await says(page, 'The password is changed.')
  verified('the password')
}

async function passkeys(page) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', { options: {
    protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true,
  } })
  const part = section(page, 'passkeys')
  await button(part, 'Add a passkey').click()
  await says(page, 'The passkey is added.')
  await button(part, 'Add a passkey').click()
  await says(part, 'This device already has a passkey for your account.')
  await button(part, /^Rename/).click()
  await page.getByRole('dialog').getByLabel('Name of the passkey').fill('"><script>alert(1)</script>')
  await button(page.getByRole('dialog'), 'Save').click()
  await part.getByRole('heading', { name: '"><script>alert(1)</script>' }).waitFor()
  await button(part, /^Remove/).click()
  await button(page.getByRole('dialog'), 'Remove').click()
  await says(part, 'You have no passkeys yet.')
  verified('passkeys')
}

async function factors(page) {
  const part = section(page, 'factors')
  await button(part, 'Set up an authenticator app').click()
  const image = part.getByRole('img', { name: 'QR code' })
  await image.waitFor()
  want('what is drawn is an image', await image.evaluate((img) => [img.tagName, img.src.slice(0, 14), img.naturalWidth > 0]), ['IMG', 'data:image/svg', true])
  await axe(page, 'a new secret')
  await part.getByLabel('Code from the app').fill('000000')
  await button(part, 'Turn on').click()
  await says(part, 'The code is wrong.')
  const secret = await part.locator('code').textContent()
  await part.getByLabel('Code from the app').fill(await control('totp', { secret }))
  await button(part, 'Turn on').click()
  const dialog = page.getByRole('dialog', { name: 'Your recovery codes' })
  await dialog.waitFor()
  const codes = await dialog.getByRole('listitem').allTextContents()
  want('how many codes there are', codes.length, 10)
  await axe(page, 'recovery codes')
  await zoom(page, 'account-recovery')
  await button(dialog, 'Copy').click()
  await says(dialog, 'Copied.')
  want('what was copied', (await page.evaluate(() => navigator.clipboard.readText())).trim().split('\n'), codes)
  want('what is downloaded', (await downloaded(page, button(dialog, 'Download'))).text.trim().split('\n'), codes)
  await button(dialog, 'I have saved them').click()
  await says(part, 'Recovery codes left: 10')
  await button(part, 'New recovery codes').click()
  await button(page.getByRole('dialog'), 'New recovery codes').click()
  await dialog.waitFor()
  want('whether the codes are others', (await dialog.getByRole('listitem').allTextContents()).some((one) => codes.includes(one)), false)
  await button(dialog, 'I have saved them').click()
  await button(part, 'Turn off').click()
  await button(page.getByRole('dialog'), 'Remove').click()
  await says(part, 'Off.')
  verified('second factors')
}

async function downloaded(page, control) {
  const [download] = await Promise.all([page.waitForEvent('download'), control.click()])
  return { name: download.suggestedFilename(), text: await readFile(await download.path(), 'utf8') }
}

async function devices(page, others) {
  await view(page, 'Devices')
  const part = section(page, 'devices')
  want('how many devices there are', await part.getByRole('listitem').count(), 3)
  await part.getByRole('heading', { name: /^Go-http-client\s*This device$/ }).waitFor()
  await look(page, 'account-devices')
  await button(part, /^Sign out/).first().click()
  await says(page, 'The device is signed out.')
  const living = () => Promise.all(others.map(async (one) => (await api('GET', '/user/check', undefined, one.accessToken)).status))
  want('who is signed in', (await living()).sort(), [200, 401])
  await button(part, 'Sign out all other devices').click()
  await button(page.getByRole('dialog'), 'Sign out all other devices').click()
  await says(page, 'All other devices are signed out.')
  want('who is signed in', await living(), [401, 401])
  verified('devices')
}

async function activity(page) {
  await view(page, 'Activity')
  const part = section(page, 'activity')
  await part.getByText('Two-step sign-in was turned off').first().waitFor()
  const shown = await part.getByRole('listitem').count()
  await look(page, 'account-activity')
  await button(part, 'Show more').click()
  await until('more', async () => (await part.getByRole('listitem').count()) > shown)
  want('texts that are missing', (await part.innerText()).match(/account\.\w+/g), null)
  verified('activity')
}

async function data(page) {
  await view(page, 'Your data')
  const file = await downloaded(page, button(page, 'Download'))
  const { complete, user } = JSON.parse(file.text)
  want('the export', [file.name.startsWith('Example-'), complete, user.displayName], [true, true, 'Ann O’Neil'])
  await button(page, 'Delete account').click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Current password').fill('another horse battery')
  await button(dialog, 'Delete permanently').click()
  await says(dialog, 'first.')
  await axe(page, 'the deletion')
  await dialog.getByLabel(/^Type/).fill('Delete')
  await dialog.getByLabel('Current password').fill('wrong')
  await button(dialog, 'Delete permanently').click()
  await says(dialog, 'The current password is wrong.')
  await dialog.getByLabel('Current password').fill('another horse battery')
  await button(dialog, 'Delete permanently').click()
  await says(page, 'Your account is deleted.')
  want('the tokens that are left', await page.evaluate(() => localStorage.getItem('user-api')), null)
  verified('export and deletion')
}

await run(async () => {
  await withoutSignIn()
  const tokens = await signIn(phone)
  await first('/account', 'section#profile', { tokens })
  const page = await open('/account', { tokens })
  await section(page, 'profile').waitFor()
  await still(page, 'the account page')
  await profile(page)
  await view(page, 'Sign-in')
  await addresses(page)
  await password(page)
  await passkeys(page)
  await factors(page)
  await keyboard(page, 'account-security')
  await zoom(page, 'account-security')
  const others = [await api('POST', '/user/login', { username: 'ann.one', password: 'another horse battery' }), await api('POST', '/user/login', { username: 'ann.one', password: 'another horse battery' })]
  await devices(page, others)
  await activity(page)
  await data(page)
})
