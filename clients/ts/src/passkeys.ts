import { decode, encode } from './base64url.ts'
import type { Parts } from './client.ts'
import type { CallOptions } from './send.ts'
import type { Passkey, PasskeyOptionsResp, PasskeysResp, TokenPair } from './types.ts'

type Json = Record<string, any>

/**
 * The methods for passkeys. If the browser refuses, it throws a DOMException: `NotAllowedError` if
 * nothing was chosen.
 */
export function passkeys({ call, enter }: Parts) {
  return {
    /** Reports whether this browser supports passkeys on this page. */
    supported: (): boolean => typeof PublicKeyCredential === 'function' && !!navigator.credentials,

    /** Reports whether the browser can offer passkeys in a name field (`autofill`). */
    autofills: async (): Promise<boolean> =>
      typeof PublicKeyCredential === 'function' && !!(await PublicKeyCredential.isConditionalMediationAvailable?.()),

    /**
     * Signs in with a passkey; with an mfaToken, completes a sign-in with one. With `autofill` it
     * waits until one is chosen in a name field; abort it with the signal.
     */
    async signIn(options: CallOptions & { mfaToken?: string; autofill?: boolean } = {}): Promise<TokenPair> {
      const { mfaToken, autofill, ...rest } = options
      const { publicKey } = await call<PasskeyOptionsResp>('POST', '/user/login/passkey/options', { mfaToken }, { auth: false, ...rest })
      const mediation = autofill ? 'conditional' : undefined
      const credential = await navigator.credentials.get({ publicKey: requestOptions(publicKey), mediation, signal: rest.signal })
      const json = written(credential)
      return mfaToken ? enter('/user/login/mfa', { mfaToken, passkey: json }, rest) : enter('/user/login/passkey', { credential: json }, rest)
    },

    /** Creates a passkey and adds it to the account. Needs a fresh sign-in. */
    async add(name?: string, options?: CallOptions): Promise<Passkey> {
      const { publicKey } = await call<PasskeyOptionsResp>('POST', '/user/passkeys/options', undefined, options)
      const credential = await navigator.credentials.create({ publicKey: creationOptions(publicKey), signal: options?.signal })
      return call<Passkey>('POST', '/user/passkeys', { credential: written(credential), name }, options)
    },

    list: async (options?: CallOptions): Promise<Passkey[]> => (await call<PasskeysResp>('GET', '/user/passkeys', undefined, options)).passkeys,
    rename: (id: string, name: string, options?: CallOptions) => call<Passkey>('PATCH', `/user/passkeys/${id}`, { name }, options),
    remove: (id: string, options?: CallOptions) => call('DELETE', `/user/passkeys/${id}`, undefined, options),
  }
}

const ids = (list: Json[] = []) => list.map((one) => ({ ...one, id: decode(one.id) }))

/** Browsers before 2025 lack these. */
type Newer = 'parseCreationOptionsFromJSON' | 'parseRequestOptionsFromJSON'
const has = (name: Newer) => typeof PublicKeyCredential[name] === 'function'

function creationOptions(json: Json): PublicKeyCredentialCreationOptions {
  if (has('parseCreationOptionsFromJSON')) return PublicKeyCredential.parseCreationOptionsFromJSON(json as PublicKeyCredentialCreationOptionsJSON)
  return {
    ...json, challenge: decode(json.challenge), user: { ...json.user, id: decode(json.user.id) }, excludeCredentials: ids(json.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions
}

function requestOptions(json: Json): PublicKeyCredentialRequestOptions {
  if (has('parseRequestOptionsFromJSON')) return PublicKeyCredential.parseRequestOptionsFromJSON(json as PublicKeyCredentialRequestOptionsJSON)
  return { ...json, challenge: decode(json.challenge), allowCredentials: ids(json.allowCredentials) } as unknown as PublicKeyCredentialRequestOptions
}

function written(credential: Credential | null): Json {
  const key = credential as PublicKeyCredential
  if (typeof key.toJSON === 'function') return key.toJSON()
  const response: Json = {}
  for (const name of ['clientDataJSON', 'attestationObject', 'authenticatorData', 'signature', 'userHandle']) {
    const bytes = (key.response as Json)[name]
    if (bytes) response[name] = encode(bytes)
  }
  const transports = (key.response as AuthenticatorAttestationResponse).getTransports?.()
  if (transports) response.transports = transports
  const { id, type } = key
  return { id, rawId: id, type, clientExtensionResults: key.getClientExtensionResults(), response }
}
