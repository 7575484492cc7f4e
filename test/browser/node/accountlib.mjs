// What the scripts of the account page share.
import { until } from './lib.mjs'

export const button = (page, name, options) => page.getByRole('button', { name, ...options })
export const section = (page, id) => page.locator(`section#${id}`)
export const says = (page, text) => page.getByText(text).first().waitFor()
export const view = async (page, name) => {
  await page.getByRole('navigation').getByRole('link', { name }).click()
  await until('the view', () => page.locator('#view:not([aria-busy])').count())
}
