// A developer watches messages come, and plays what goes wrong.
import { inbox, open, run, verified, want } from './lib.mjs'
import { keyboard, look, press, shot, still, zoom } from './judge.mjs'

const phone = '+919811112222'
const mail = 'asha@example.com'

await run(async () => {
  const page = await open('/dev/inbox')
  const cards = page.locator('.cards > li:visible')
  await page.getByText('No messages yet.').waitFor()
  await page.getByText('Live', { exact: true }).waitFor()
  await look(page, 'inbox-empty')
  await keyboard(page, 'inbox-empty')
  await zoom(page, 'inbox-empty')
  await still(page, 'inbox-empty')

  // A message comes to the page that is open.
  await page.getByLabel('Phone number or e-mail').fill(phone)
  await press(page, page.getByRole('button', { name: 'Send a code' }))
  const sms = cards.filter({ hasText: phone })
  await sms.locator('.bubble').waitFor()
  const [{ otp }] = await inbox(phone)
  want('the code that stands out', await sms.locator('.code').textContent(), otp)
  await press(page, sms.getByRole('button', { name: 'Copy code' }))
  await sms.getByRole('button', { name: 'Copied' }).waitFor()
  want('what was copied', await page.evaluate(() => navigator.clipboard.readText()), otp)
  await sms.getByText('delivered').waitFor()
  await press(page, sms.getByText('What the guard counted'))
  await sms.getByRole('row', { name: 'address' }).waitFor()
  verified(`the guard has counted ${(await sms.getByRole('row').allInnerTexts()).join('; ')}`)
  verified('a message comes to the page, its code is copied')

  // Too soon: nothing is sent, and the page says why.
  await press(page, page.getByRole('button', { name: 'Send a code' }))
  await page.getByText(`Refused for ${phone}`).waitFor()
  await page.getByText('Refused by the limit “cooldown”').waitFor()

  await page.getByLabel('Phone number or e-mail').fill(mail)
  await page.getByRole('button', { name: 'Send a code' }).click()
  const letter = cards.filter({ hasText: mail })
  await press(page, letter.getByRole('button', { name: 'Show the e-mail' }))
  const frame = letter.frameLocator('iframe')
  await frame.getByText((await inbox(mail))[0].otp).first().waitFor()
  await letter.locator('iframe').scrollIntoViewIfNeeded()

  for (const number of ['+15005550001', '+15005550103', '+15005550107']) await page.getByRole('button', { name: number }).click()
  await cards.filter({ hasText: '+15005550001' }).getByText('invalid_number').waitFor()
  await cards.filter({ hasText: '+15005550103' }).locator('.bubble').waitFor()
  await cards.filter({ hasText: '+15005550107' }).getByText('filtered').waitFor()
  await look(page, 'inbox')
  await zoom(page, 'inbox')
  await keyboard(page, 'inbox')
  verified('failures are played')

  await page.setViewportSize({ width: 1280, height: 900 })
  await page.evaluate(() => (document.activeElement.blur(), scrollTo(0, 0)))
  await shot(page, 'inbox')

  // Another language, and one address alone.
  const ko = await open(`/dev/inbox?to=${encodeURIComponent(phone)}`, { locale: 'ko', dark: true })
  await ko.getByText('실시간').waitFor()
  await ko.locator('.cards > li:visible').getByText('코드 복사').first().waitFor()
  want('messages to one address', (await ko.locator('.cards > li:visible .head strong').allTextContents()).every((to) => to === phone), true)
  await ko.context().close()
})
