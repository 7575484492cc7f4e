// openid-client goes through the grants as an application does.
import { given, verified, want, refused, approve, done } from './lib.mjs'
import * as client from 'openid-client'

const { issuer, redirect, shop, app, machine } = given

const discover = ({ id, secret }, algorithm) =>
  client.discovery(new URL(issuer), id, undefined, secret ? client.ClientSecretBasic(secret) : client.None(), {
    algorithm,
    execute: [client.allowInsecureRequests], // loopback has no TLS
  })

for (const [kind, algorithm, one] of [['public', 'oauth2', app], ['confidential', 'oidc', shop]]) {
  const config = await discover(one, algorithm)
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const address = client.buildAuthorizationUrl(config, {
    redirect_uri: redirect,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
    state: expectedState,
  })
  const callback = await approve(address)
  const checks = { pkceCodeVerifier, expectedState }
  await refused(`${kind} client: another state`, client.authorizationCodeGrant(config, callback, { ...checks, expectedState: 'x' }), 'OAUTH_INVALID_RESPONSE')
  const first = await client.authorizationCodeGrant(config, callback, checks)
  want('expiry', first.expiresIn() > 0, true)
  verified(`${kind} client: authorization_code with PKCE S256, state and iss`)
  const second = await client.refreshTokenGrant(config, first.refresh_token)
  verified(`${kind} client: refresh_token`)
  const answer = await client.fetchProtectedResource(config, second.access_token, new URL(`${issuer}/user/check`), 'GET')
  want('the service itself', answer.status, 200)
  verified(`${kind} client: the token works at the service`)
}

const config = await discover(machine, 'oauth2')
const own = await client.clientCredentialsGrant(config, { scope: machine.scope })
want('scope', own.scope, machine.scope)
verified('client_credentials')
done()
