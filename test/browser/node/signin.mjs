// The sign-in page by codes: all that becomes of one.
import { advance, api, code, complaints, inbox, open, run, service, until, verified, want } from './lib.mjs'
import { axe, first, keyboard, look, press, quick, zoom, picture } from './judge.mjs'

const phoneField = (page) => page.getByLabel('Phone number', { exact: true })
const codeField = (page) => page.getByLabel('Code', { exact: true })
const button = (page, name) => page.getByRole('button', { name, exact: true })

// ask asks for a code to a number, as far as the field for it.
async function ask(page, number) {
  await phoneField(page).fill(number)
  await button(page, 'Continue').click()
  await codeField(page).waitFor()
}

async function asking() {
  const page = await open('/', { clock: true })
  await phoneField(page).waitFor()
  await look(page, 'signin-ask')
  await zoom(page, 'signin-ask')
  await keyboard(page, 'signin-ask')

  await page.getByRole('button', { name: /^Country/ }).click()
  await page.getByRole('combobox').fill('espa')
  await page.getByRole('option').first().waitFor({ state: 'detached' }) // no country is called so in English
  await page.getByRole('combobox').fill('mexi')
  await look(page, 'signin-countries')
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Country: Mexico, +52' }).waitFor()
  for (const [typed, shown, country] of [
    ['5512345678', '55 1234 5678', 'Mexico'],
    ['+91 98111-12222', '98111 12222', 'India'],
    ['tel:+44(0)7400123456', '7400 123456', 'United Kingdom'],
    ['０９０１２３４５６７８', '09012 345678', 'United Kingdom'],
    ['Call me: +1 (204) 555-0199', '204-555-0199', 'United States'],
  ]) {
    await phoneField(page).fill(typed)
    want(`${typed} is shown`, await phoneField(page).inputValue(), shown)
    await page.getByRole('button', { name: `Country: ${country}` }).waitFor()
  }
  await phoneField(page).fill('')
  await phoneField(page).pressSequentially('123456789')
  await phoneField(page).press('End')
  await phoneField(page).press('@')
  want('what turns out to be an address', await page.getByLabel('E-mail address').inputValue(), '123456789@')
  await button(page, 'Continue').click()
  await page.getByText('This is not an e-mail address.').waitFor()
  await axe(page, 'an address that is none')
  await button(page, 'Phone').click()
  await phoneField(page).fill('12')
  await button(page, 'Continue').click()
  await page.getByText('This is not a phone number').waitFor()
  want('the field in error', await phoneField(page).getAttribute('aria-invalid'), 'true')
  verified('numbers and addresses are taken in any form')
  await page.context().close()
}

async function signingUp() {
  const page = await open('/', { clock: true })
  // By keyboard alone.
  await phoneField(page).waitFor()
  await press(page, page.getByRole('button', { name: /^Country/ }))
  await page.keyboard.type('+91')
  await page.keyboard.press('Enter')
  await page.keyboard.type('9811112222')
  await page.keyboard.press('Enter')
  await codeField(page).waitFor()
  await look(page, 'signin-code')
  await zoom(page, 'signin-code')
  const right = await code('+919811112222')
  await codeField(page).fill(right === '000000' ? '000001' : '000000')
  await page.getByText('Attempts left: 4.').waitFor()
  await look(page, 'signin-wrong')
  want('a resend before its time', await page.getByRole('button', { name: /^Send it again in 0:/ }).getAttribute('aria-disabled'), 'true')
  await advance(61, page)
  await button(page, 'Send it again').click()
  want('the code of the second message', (await inbox('+919811112222', 2))[0].otp, right)
  await codeField(page).fill(`Your Example code is ${right}. Do not share it.`)
  await page.waitForURL('**/account')
  verified('signs up by a code, after a wrong one and a resend, by keyboard alone')

  const next = await open('/?returnTo=%2Faccount%3Fx%3D1', { context: page.context() })
  await next.waitForURL('**/account?x=1')
  for (const bad of ['//evil.example', '/\\evil.example', 'https://evil.example/', '/.//evil.example', 'javascript:alert(1)', '/\t/evil.example']) {
    await next.goto(`${service}/?returnTo=${encodeURIComponent(bad)}`)
    await next.waitForURL('**/account')
  }
  verified('who is signed in goes on, and nowhere else')
  const before = await next.evaluate(() => JSON.parse(localStorage.getItem('user-api')).accessToken)
  await next.goto(`${service}/?fresh=1&login_hint=%2B919811112222`)
  want('what is filled in', await until('the hint', () => phoneField(next).inputValue()), '98111 12222')
  await advance(120, page)
  await button(next, 'Continue').click()
  await codeField(next).fill(await code('+919811112222', 3))
  await next.waitForURL('**/account')
  want('the sign-in before', (await api('GET', '/user/info', undefined, before)).code, 'session_ended')
  verified('fresh=1 asks again, and ends the sign-in that was there')
  await page.context().close()
}

async function goingWrong() {
  const page = await open('/', { clock: true })
  await ask(page, '+91 98111 13333')
  await advance(301, page)
  await page.getByText('This code has expired.').waitFor()
  await axe(page, 'an expired code')
  await button(page, 'Send a new code').click()
  await page.getByText(/6 digits, valid for/).waitFor()
  const right = await code('+919811113333', 2)
  const wrong = right === '000000' ? '000001' : '000000'
  await codeField(page).fill(wrong)
  for (let left = 4; left >= 1; left--) {
    await page.getByText(`Attempts left: ${left}.`).waitFor()
    if (left > 1) await button(page, 'Sign in').click()
  }
  await button(page, 'Sign in').click()
  await page.getByText('The code is wrong or has expired.').waitFor()
  await advance(121, page)
  await button(page, 'Send a new code').click()
  await page.getByText(/6 digits, valid for/).waitFor()
  const newest = await code('+919811113333', 3)
  await codeField(page).fill(newest === '000000' ? '000001' : '000000')
  for (let left = 4; left >= 1; left--) {
    await page.getByText(`Attempts left: ${left}.`).waitFor()
    await button(page, 'Sign in').click()
  }
  await page.getByText('The code is wrong or has expired.').waitFor()
  await advance(181, page)
  await button(page, 'Send a new code').click()
  await page.getByText('Too many wrong codes.').waitFor()
  await axe(page, 'a locked number')
  verified('expired, exhausted, locked')

  await button(page, 'Use another number or address').click()
  await ask(page, '+1 500 555 0009')
  await page.getByText('This number cannot receive text messages.').waitFor()
  await look(page, 'signin-failed')
  await button(page, 'Call me').click()
  await page.getByText('We are calling').waitFor()
  verified('a message that fails, and the next channel')

  await button(page, 'Use another number or address').click()
  // What became of it is not known until the code is over.
  await page.route('**/user/otp/*', (route) => route.fulfill({
    contentType: 'application/json', body: JSON.stringify({ status: 'sent', channel: 'sms', expiresIn: 300, resendIn: 60 }),
  }))
  await ask(page, '+91 98111 15555')
  await advance(65, page)
  await page.getByText('This is taking longer than usual.').waitFor()
  await button(page, 'Send it by WhatsApp').click()
  await page.getByText('We sent a WhatsApp message').waitFor()
  await page.unroute('**/user/otp/*')
  verified('a message that is late, and another way')

  await button(page, 'Use another number or address').click()
  await page.context().setOffline(true)
  await phoneField(page).fill('+91 98111 14444')
  await button(page, 'Continue').click()
  await until('the end of the retries', async () => {
    await page.clock.fastForward(2000)
    return page.getByText('No response.').isVisible()
  })
  want('what was typed', await phoneField(page).inputValue(), '98111 14444')
  await page.context().setOffline(false)
  want('complaints beside the network', complaints().filter((one) => !one.includes('ERR_INTERNET_DISCONNECTED')), [])
  verified('without a network nothing that was typed is lost')

  await button(page, 'E-mail').click()
  await page.getByLabel('E-mail address').fill('ann@example.com')
  await button(page, 'Continue').click()
  await codeField(page).fill(await code('ann@example.com'))
  await page.waitForURL('**/account')
  verified('signs up by e-mail')
  await page.context().close()
}

async function languages() {
  for (const [locale, label] of [['ko', '전화번호'], ['zh', '手机号码'], ['ja', '電話番号'], ['es', 'Número de teléfono'], ['hi', 'फ़ोन नंबर']]) {
    const page = await open(`/?ui_locales=${locale}`)
    await page.getByLabel(label, { exact: true }).waitFor()
    await axe(page, `in ${locale}`)
    await picture(page, `signin-ask-${locale}`)
    await page.context().close()
  }
  const page = await open('/')
  await page.locator('#app h1').waitFor()
  await page.evaluate(() => (document.documentElement.dir = 'rtl'))
  await axe(page, 'from the right')
  await picture(page, 'signin-ask-rtl')
  verified('in six languages, and from the right')
  await page.context().close()
}

await run(async () => {
  await first('/', '#app input', { width: 360 })
  await quick('/', '#app input')
  await asking()
  await signingUp()
  await goingWrong()
  await languages()
})
