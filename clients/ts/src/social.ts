import { encode } from './base64url.ts'
import type { Parts } from './client.ts'
import { ApiError, passing, type Code } from './errors.ts'
import { random, type CallOptions } from './send.ts'
import type { LinkInfo, LinksResp, SocialLoginReq, SocialProvider, SocialProvidersResp, TokenPair } from './types.ts'

/** Where the state of a redirect is stored until the browser returns. */
const kept = 'user-api.social'

interface Way {
  provider: string
  verifier: string
  state: string
  link?: boolean
  invite?: string
  /** The parameters with which the browser returned. */
  code?: string
}

export interface RedirectOptions {
  /** Links the account to the signed-in user instead of signing in with it. */
  link?: boolean
  /** Asks for a new sign-in at the provider. */
  fresh?: boolean
  /** The invite that a new account needs if sign-up is restricted. */
  invite?: string
}

/** The methods to sign in with other providers. */
export function social({ url, call, enter }: Parts) {
  const link = async (proof: SocialLoginReq, options?: CallOptions): Promise<LinkInfo[]> =>
    (await call<LinksResp>('POST', '/user/links', proof, options)).links
  const login = (proof: SocialLoginReq, options?: CallOptions) => enter('/user/login/social', proof, options)

  async function exchange({ provider, code, verifier, invite, link: links }: Way, options?: CallOptions): Promise<TokenPair | undefined> {
    if (!links) return login({ provider, code, verifier, invite }, options)
    await link({ provider, code, verifier }, options)
    return undefined
  }

  return {
    providers: async (options?: CallOptions): Promise<SocialProvider[]> =>
      (await call<SocialProvidersResp>('GET', '/user/login/social', undefined, { auth: false, ...options })).providers,

    /**
     * Redirects the browser to a provider. It returns to `returnTo`, where `finish` must be called.
     */
    async redirect(provider: string, returnTo: string, { link, fresh, invite }: RedirectOptions = {}): Promise<void> {
      const way: Way = { provider, verifier: random() + random(), state: random(), link, invite }
      sessionStorage.setItem(kept, JSON.stringify(way))
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(way.verifier))
      const query = new URLSearchParams({ returnTo, challenge: encode(digest), state: way.state })
      if (fresh) query.set('fresh', 'true')
      location.assign(`${url}/user/login/social/${encodeURIComponent(provider)}?${query}`)
    },

    /**
     * Signs in or links with the parameters with which the browser returned, and removes them from
     * the URL. Resolves with nothing if the browser does not return from a provider, and after a
     * link only with what was done.
     */
    async finish(options?: CallOptions): Promise<TokenPair | undefined> {
      const way: Way | null = JSON.parse(sessionStorage.getItem(kept) ?? 'null')
      if (!way) return
      const at = new URL(location.href)
      const { code, error, state } = Object.fromEntries(at.searchParams)
      if (state === way.state && (code || error)) {
        for (const name of ['code', 'error', 'state']) at.searchParams.delete(name)
        history.replaceState(history.state, '', at)
        way.code = code
        if (error) {
          sessionStorage.removeItem(kept)
          throw new ApiError(400, { code: error as Code })
        }
      }
      if (!way.code) return
      try {
        const answer = await exchange(way, options)
        sessionStorage.removeItem(kept)
        return answer
      } catch (err) {
        // If no answer came, call this again.
        if (passing(err)) sessionStorage.setItem(kept, JSON.stringify(way))
        else sessionStorage.removeItem(kept)
        throw err
      }
    },

    /** Signs in with an ID token that an app got from the provider. */
    login,

    /** Lists the linked accounts of the user. */
    links: async (options?: CallOptions): Promise<LinkInfo[]> => (await call<LinksResp>('GET', '/user/links', undefined, options)).links,
    link,
    unlink: (provider: string, options?: CallOptions) => call('DELETE', `/user/links/${encodeURIComponent(provider)}`, undefined, options),
  }
}
