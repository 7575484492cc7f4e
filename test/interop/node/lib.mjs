// What the scripts share. It comes first in each: Node.js 18, which Debian 12 has, keeps
// its Web Crypto, which the libraries look for, out of the global scope.
import { webcrypto } from 'node:crypto'
import { text } from 'node:stream/consumers'

globalThis.crypto ??= webcrypto
globalThis.CryptoKey ??= webcrypto.CryptoKey

// The whole of an error of these libraries is pages long.
process.on('uncaughtException', (err) => {
  console.log(`${err.stack}\n${err.cause?.stack ?? JSON.stringify(err.cause?.body ?? '')}`)
  process.exit(1)
})

// given is what the test told the script.
export const given = JSON.parse(await text(process.stdin))

console.log(`node ${process.versions.node}`)

// verified prints what a library has found to be true.
export function verified(what) {
  console.log(`verified: ${what}`)
}

// want compares what is no matter of a library.
export function want(what, got, wanted) {
  const [a, b] = [JSON.stringify(got), JSON.stringify(wanted)]
  if (a !== b) throw new Error(`${what}: ${a}, want ${b}`)
}

// refused checks that a promise is rejected, with the error code that the library has
// for the reason.
export async function refused(what, promise, code) {
  let result
  try {
    result = await promise
  } catch (err) {
    if (err.code !== code) throw new Error(`${what} is refused for ${err.code} (${err.message}), want ${code}`, { cause: err })
    verified(`${what} is refused: ${code}`)
    return
  }
  throw new Error(`${what} is not refused: ${JSON.stringify(result)}`)
}

async function post(path, body, bearer) {
  const headers = { 'content-type': 'application/json', ...(bearer && { authorization: `Bearer ${bearer}` }) }
  const answer = await fetch(given.issuer + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

// approve does what the page of an authorization request does, for the person given, and
// returns where it sends the browser.
export async function approve(address) {
  const { accessToken } = await post('/user/login', given.person)
  const { location } = await post('/oauth/authorize', { query: new URL(address).search.slice(1) }, accessToken)
  return new URL(location)
}

// done ends a script: the test waits for this line.
export function done() {
  console.log('done')
}
