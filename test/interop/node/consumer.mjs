// A service in Node.js that lets in whom jose verifies, with jose's own way of keeping the
// key set: it is fetched anew for a key that is not in it, and once it is old.
import { given } from './lib.mjs'
import { createServer } from 'node:http'
import { createRemoteJWKSet, jwtVerify } from 'jose'

const { issuer, audience, signing, cacheMaxAge } = given

// The test's clock, which the Now header of a request sets: jose takes the time from Date.
const clock = { now: given.clock }
if (given.clock) {
  const Real = Date
  globalThis.Date = class extends Real {
    constructor(...args) {
      super(...(args.length ? args : [clock.now]))
    }
    static now() {
      return clock.now
    }
  }
}
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`), { cacheMaxAge })
const rules = { issuer, audience, algorithms: [signing], typ: 'at+jwt' }

const server = createServer(async (req, res) => {
  if (given.clock) clock.now = Number(req.headers.now)
  try {
    const { payload } = await jwtVerify(req.headers.authorization.slice('Bearer '.length), keys, rules)
    res.writeHead(200).end(payload.sub)
  } catch (err) {
    res.writeHead(401).end(`${err.code}: ${err.message}`)
  }
})
server.listen(0, '127.0.0.1', () => console.log(`listening http://127.0.0.1:${server.address().port}`))
