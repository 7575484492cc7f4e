import type { Parts } from './client.ts'
import type { CallOptions } from './send.ts'
import type {
  BindEmailReq, BindPhoneReq, ChangeInfoReq, ChangePasswordReq, DeleteUserReq, ExportResp, OwnEventsResp, PasswordState, SessionInfo, SessionsResp, Ticket, UserInfo,
} from './types.ts'

export type AddressKind = 'phone' | 'email'

/** The methods for a user's own account. */
export function account({ url, call, forget, locale }: Parts) {
  return {
    /** Returns the signed-in user. */
    user: (options?: CallOptions) => call<UserInfo>('GET', '/user/info', undefined, options),

    /** Changes the given fields: all of them or none. */
    updateUser: (change: ChangeInfoReq, options?: CallOptions) => call<UserInfo>('PATCH', '/user/info', change, options),

    avatar: {
      /** Sets the picture: a PNG, JPEG or WebP of at most 1 MiB. */
      set: (image: Blob, options?: CallOptions) =>
        call('PUT', '/user/avatar', undefined, { ...options, raw: image, headers: { 'Content-Type': image.type, ...options?.headers } }),
      remove: (options?: CallOptions) => call('DELETE', '/user/avatar', undefined, options),
      /** Returns the URL of a user's picture, for an `<img>`, or nothing for a user without one. */
      url: ({ avatar }: Pick<UserInfo, 'avatar'>, size: 128 | 512 = 512): string | undefined =>
        avatar && `${url}${avatar}${avatar.includes('?') ? '&' : '?'}size=${size}`,
    },

    addresses: {
      /** Sends a code to a new address. */
      ask(ask: BindPhoneReq | BindEmailReq, options?: CallOptions): Promise<Ticket> {
        const kind: AddressKind = 'phone' in ask ? 'phone' : 'email'
        return call<Ticket>('POST', `/user/${kind}/otp`, { locale, ...ask }, options)
      },
      /** Adds the address with the code. */
      verify: (kind: AddressKind, otpId: string, otp: string, options?: CallOptions) =>
        call<UserInfo>('POST', `/user/${kind}/verify`, { otpId, otp }, options),
      remove: (kind: AddressKind, options?: CallOptions) => call<UserInfo>('DELETE', `/user/${kind}`, undefined, options),
    },

    /** Returns whether there is a password, and since when. */
    passwordState: (options?: CallOptions) => call<PasswordState>('GET', '/user/password', undefined, options),
    /** Sets or changes the password, which ends the other sessions. */
    setPassword: (change: ChangePasswordReq, options?: CallOptions) => call('POST', '/user/password', change, options),

    sessions: {
      list: async (options?: CallOptions): Promise<SessionInfo[]> => (await call<SessionsResp>('GET', '/user/sessions', undefined, options)).sessions,
      end: (id: string, options?: CallOptions) => call('DELETE', `/user/sessions/${encodeURIComponent(id)}`, undefined, options),
      endOthers: (options?: CallOptions) => call('DELETE', '/user/sessions', undefined, options),
      /** Ends all sessions, including this one. */
      async endAll(options?: CallOptions): Promise<void> {
        await call('DELETE', '/user/sessions?scope=all', undefined, options)
        await forget()
      },
    },

    /**
     * Lists the events of the account, newest first. Pass `next` of the previous answer for the
     * next page.
     */
    events({ cursor, limit }: { cursor?: string; limit?: number } = {}, options?: CallOptions): Promise<OwnEventsResp> {
      const query = new URLSearchParams()
      if (cursor) query.set('cursor', cursor)
      if (limit) query.set('limit', String(limit))
      return call<OwnEventsResp>('GET', `/user/events?${query}`, undefined, options)
    },

    /** Exports all data about the user. The document is complete if its last member says so. */
    exportData: (options?: CallOptions) => call<ExportResp>('GET', '/user/export', undefined, { timeout: 120, ...options }),

    /** Erases the account. */
    async deleteAccount(proof: DeleteUserReq = {}, options?: CallOptions): Promise<void> {
      await call('DELETE', '/user', proof, options)
      await forget()
    },
  }
}
