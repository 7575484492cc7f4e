// README's tour with the page: two tabs, a mouse, and a number to type.
import { open, run, verified } from './lib.mjs'
import { shot } from './judge.mjs'

await run(async () => {
  const page = await open('/', { width: 1280 })
  const inbox = await open('/dev/inbox', { context: page.context() })
  await page.bringToFront()
  await page.getByLabel('Phone number', { exact: true }).click()
  await page.keyboard.type('9811112222')
  await page.getByRole('button', { name: 'Continue', exact: true }).click()
  const field = page.getByLabel('Code', { exact: true })
  await field.waitFor()
  await shot(page, 'signin')
  await inbox.bringToFront()
  await inbox.getByRole('button', { name: 'Copy code' }).click()
  await inbox.getByRole('button', { name: 'Copied' }).waitFor()
  await page.bringToFront()
  await field.click()
  await page.keyboard.press('Control+V')
  await page.waitForURL('**/account')
  await page.getByRole('heading').first().waitFor()
  verified('a newcomer signs in with the page, by a code from the inbox')
})
