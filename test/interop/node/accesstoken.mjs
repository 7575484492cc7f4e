// oauth4webapi validates access tokens as a resource server does by RFC 9068.
import { given, verified, want, refused, done } from './lib.mjs'
import * as oauth from 'oauth4webapi'

const { issuer, audience, signing, tokens } = given
const insecure = { [oauth.allowInsecureRequests]: true }

const response = await oauth.discoveryRequest(new URL(issuer), { algorithm: 'oauth2', ...insecure })
const as = await oauth.processDiscoveryResponse(new URL(issuer), response)
const validate = (token, aud = audience) => {
  const request = new Request('http://127.0.0.1/orders', { headers: { authorization: `Bearer ${token}` } })
  return oauth.validateJwtAccessToken(as, request, aud, { signingAlgorithms: [signing], ...insecure })
}

for (const { name, token, clientId, scope } of tokens) {
  const claims = await validate(token)
  want(`client_id of ${name}`, claims.client_id, clientId)
  want(`scope of ${name}`, claims.scope, scope)
  verified(`an access token by RFC 9068: ${name}`)
  await refused(`${name} for another audience`, validate(token, 'orders'), oauth.JWT_CLAIM_COMPARISON)
}
done()
