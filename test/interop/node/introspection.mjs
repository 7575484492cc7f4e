// oauth4webapi and openid-client ask the service about tokens, as a gateway does that
// verifies none itself (RFC 7662).
import { given, verified, want, done } from './lib.mjs'
import * as oauth from 'oauth4webapi'
import * as oidc from 'openid-client'

const { issuer, machine, tokens } = given
const insecure = { [oauth.allowInsecureRequests]: true } // loopback has no TLS

const response = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...insecure })
const as = await oauth.processDiscoveryResponse(new URL(issuer), response)
const client = { client_id: machine.id }

async function byOauth4webapi(token) {
  const answer = await oauth.introspectionRequest(as, client, oauth.ClientSecretBasic(machine.secret), token, insecure)
  return oauth.processIntrospectionResponse(as, client, answer)
}

const config = await oidc.discovery(new URL(issuer), machine.id, undefined, oidc.ClientSecretBasic(machine.secret), {
  algorithm: 'oauth2',
  execute: [oidc.allowInsecureRequests],
})
const byOpenidClient = (token) => oidc.tokenIntrospection(config, token)

for (const [library, ask] of Object.entries({ oauth4webapi: byOauth4webapi, 'openid-client': byOpenidClient })) {
  for (const { name, token, sub } of tokens) {
    const { active, iss, ...rest } = await ask(token)
    want(name, [active, iss, rest.sub], [true, issuer, sub])
    verified(`${library}: ${name} token holds`)
  }
  want('nonsense', await ask('nonsense'), { active: false })
  want('a token that has ended', await ask(given.ended), { active: false })
  verified(`${library}: nonsense, and a token whose session has ended, do not`)
}
done()
