// oauth4webapi and openid-client find everything by the address of the issuer, under both
// well-known names, and every address they find is there.
import { given, verified, want, done } from './lib.mjs'
import * as oauth from 'oauth4webapi'
import * as oidc from 'openid-client'

const { issuer } = given
const insecure = { [oauth.allowInsecureRequests]: true } // loopback has no TLS

const documents = {}
for (const algorithm of ['oauth2', 'oidc']) {
  const response = await oauth.discoveryRequest(new URL(issuer), { algorithm, ...insecure })
  documents[algorithm] = await oauth.processDiscoveryResponse(new URL(issuer), response)
  verified(`oauth4webapi discovery by ${algorithm}`)
  const config = await oidc.discovery(new URL(issuer), 'anyone', undefined, undefined, {
    algorithm,
    execute: [oidc.allowInsecureRequests],
  })
  want('the issuer of openid-client', config.serverMetadata().issuer, issuer)
  verified(`openid-client discovery by ${algorithm}`)
}
want('the document of the other name', documents.oidc, documents.oauth2)

const as = documents.oauth2
const includes = (member, ...values) => {
  for (const value of values) {
    if (!as[member]?.includes(value)) throw new Error(`${member} ${JSON.stringify(as[member])} lacks ${value}`)
  }
}
want('response_types_supported', as.response_types_supported, ['code'])
want('code_challenge_methods_supported', as.code_challenge_methods_supported, ['S256'])
want('authorization_response_iss_parameter_supported', as.authorization_response_iss_parameter_supported, true)
includes('grant_types_supported', 'authorization_code', 'refresh_token', 'client_credentials')
includes('token_endpoint_auth_methods_supported', 'client_secret_basic', 'client_secret_post', 'none')
verified('what RFC 8414 requires, PKCE and iss (RFC 9207)')
for (const [member, address] of Object.entries(as)) {
  if (!/_endpoint$|^jwks_uri$/.test(member)) continue
  want(`the origin of ${member}`, new URL(address).origin, new URL(issuer).origin)
  const { status } = await fetch(address, { redirect: 'manual' })
  if (status === 404 || status >= 500) throw new Error(`${member} ${address}: ${status}`)
  verified(`${member} is there: ${status} for a GET`)
}
done()
