// What the sign-in page makes of texts: numbers, codes and addresses to go on to.
import { pathToFileURL } from 'node:url'
import { given, verified, want, done } from '../../interop/node/lib.mjs'

const { account, clock, codeIn, countryOf, countries, format, international, read, returnTo, western } = await import(pathToFileURL(given.module))

const country = (region) => countryOf(region)
for (const [region, digits, shown] of [
  ['IN', '9811112222', '98111 12222'], ['IN', '09811112222', '098111 12222'], ['IN', '98111', '98111'], ['IN', '981111', '98111 1'],
  ['US', '2045550199', '204-555-0199'], ['US', '12045550199', '1 204-555-0199'], ['GB', '07400123456', '07400 123456'],
  ['JP', '09012345678', '090-1234-5678'], ['KR', '01012345678', '010-1234-5678'], ['CN', '13123456789', '131 2345 6789'],
  ['MX', '5512345678', '55 1234 5678'], ['MX', '2221234567', '222 123 4567'], ['BR', '11961234567', '11 96123-4567'],
  ['RU', '89123456789', '8 912 345-67-89'], ['IN', '98111122223333', '98111 122223333'], ['IN', '', ''],
]) want(`${digits} in ${region}`, format(digits, country(region)), shown)

for (const one of countries) {
  for (const digits of ['1234567', '123456789012345']) {
    want(`the digits of a number in ${one.region}`, format(digits, one).replace(/\D/g, ''), digits)
  }
}

for (const [text, at, region, digits] of [
  ['+91 98111-12222', 'US', 'IN', '9811112222'], ['0091 98111 12222', 'US', 'IN', '9811112222'], ['tel:+91-98111-12222', 'US', 'IN', '9811112222'],
  ['(+91) 98111 12222', 'US', 'IN', '9811112222'], ['+44 (0)7400 123456', 'IN', 'GB', '7400123456'], ['98111 12222', 'IN', 'IN', '9811112222'],
  ['Mobile (2): +91 98111 12222', 'IN', 'IN', '9811112222'], ['+1 876 555 0123', 'IN', 'JM', '8765550123'], ['+1 204 555 0199', 'CA', 'CA', '2045550199'],
  ['+1 204 555 0199', 'IN', 'US', '2045550199'], ['+7 701 123 4567', 'RU', 'KZ', '7011234567'], ['９８１１１１２２２２', 'IN', 'IN', '9811112222'],
  ['९८१११ १२२२२', 'IN', 'IN', '9811112222'], ['\u202a+91 98111 12222\u202c', 'US', 'IN', '9811112222'], ['98.111/12222', 'IN', 'IN', '9811112222'],
]) {
  const found = read(text, country(at))
  want(`${text} at ${at}`, [found?.country.region, found?.digits], [region, digits])
}
for (const text of ['', 'ann', '+', '+999 1']) want(`${text} is read as`, read(text, country('IN')), undefined)
want('a dial code that is not whole', international('9'), undefined)
want('a plus of another script', western('＋٩١'), '+91')
want('countries', countries.length > 240, true)
verified('numbers are read and written as they are in their countries')

for (const [text, length, code] of [
  ['123456', 6, '123456'], [' 123 456 ', 6, '123456'], ['123-456', 6, '123456'], ['Your code is 123456. It is good for 5 minutes.', 6, '123456'],
  ['<#> 654321 is your code for Example 2026\nAbCdEf', 6, '654321'], ['Code: 12345678', 8, '12345678'], ['१२३४५६', 6, '123456'], ['G-123456', 6, '123456'],
  ['no digits', 6, ''], ['', 6, ''], ['12', 6, '12'],
]) want(`the code in ${text}`, codeIn(text, length), code)
want('times', [299.2, 60, 59, 0, -3].map(clock), ['5:00', '1:00', '0:59', '0:00', '0:00'])
want('names', ['ann', 'ann@example.com', '+91 98111', '098111'].map((name) => Object.keys(account(name, 'IN'))), [['username'], ['email'], ['phone', 'region'], ['phone', 'region']])
verified('codes are found in messages')

const origin = 'https://id.example.com'
for (const path of ['/account', '/account?x=1#y', '/oauth/authorize?client_id=1', '/%09/evil.example', '/a/../account']) {
  want(`${path} leads to`, new URL(returnTo(path, origin)).origin, origin)
}
for (const bad of [
  null, '', '/', '/?x', '//evil.example', '///evil.example', '/\\evil.example', '\\\\evil.example', '\\/evil.example', 'https://evil.example', 'https:evil.example',
  'javascript:alert(1)', 'data:text/html,x', ' /account', '/\t/evil.example', '/\n/evil.example', '\t//evil.example', '/account\u0000', '/.//evil.example',
  '/a/..//evil.example', '/%2e//evil.example', '/./', 'account', '@evil.example', '/a\\b', `/${'a'.repeat(2001)}`, '/ a',
]) want(`${JSON.stringify(bad)} leads to`, returnTo(bad, origin), undefined)
verified('who signs in is sent to no other origin')
done()
