/** The codes of docs/errors.md, in its order. A test holds this list against the service. */
export type Code =
  | 'invalid_request' | 'invalid_phone' | 'invalid_email' | 'invalid_username' | 'weak_password'
  | 'unauthorized' | 'session_ended' | 'invalid_credentials' | 'otp_invalid' | 'mfa_required'
  | 'refresh_invalid' | 'refresh_reused'
  | 'forbidden' | 'region_not_allowed' | 'captcha_required' | 'reauthentication_required'
  | 'not_found' | 'method_not_allowed' | 'request_timeout'
  | 'username_taken' | 'phone_taken' | 'email_taken' | 'last_sign_in_method' | 'link_taken'
  | 'body_too_large' | 'unsupported_media_type' | 'idempotency_mismatch'
  | 'rate_limited' | 'internal' | 'unavailable'

/** The body of an error, as the service writes it. */
export interface ErrorBody {
  code: Code | 'offline'
  msg?: string
  requestId?: string
  field?: string
  retryAfter?: number
  attemptsLeft?: number
  limit?: string
  nextAllowedAt?: number
  captcha?: string
  siteKey?: string
  captchaAction?: string
  mfaToken?: string
  methods?: string[]
  otpId?: string
}

/** What the service refuses, or `offline` with status 0 where no answer came. */
export class ApiError extends Error {
  /** The HTTP status; 0 where no answer came. */
  readonly status: number
  /** For programs. A service newer than this client may have codes that it does not know. */
  readonly code: ErrorBody['code']
  /** The input at fault. */
  readonly field?: string
  /** Seconds after which to try again. */
  readonly retryAfter?: number
  /** Tries that a one-time code has left. */
  readonly attemptsLeft?: number
  /** What to tell the operator. */
  readonly requestId?: string
  /** Of `mfa_required`: stands for the first proof. */
  readonly mfaToken?: string
  /** Of `mfa_required`: the second proofs that would do. */
  readonly methods?: string[]
  /** Of `rate_limited`: the limit that refuses. */
  readonly limit?: string
  /** Of `captcha_required`: the provider, its public key, and the action to solve it for. */
  readonly captcha?: string
  readonly siteKey?: string
  readonly captchaAction?: string
  /** Of `rate_limited`: the code that lives, for who asked for it. */
  readonly otpId?: string
  readonly body: ErrorBody

  constructor(status: number, body: ErrorBody, cause?: unknown) {
    super(body.msg || body.code, { cause })
    this.name = 'ApiError'
    this.status = status
    this.body = body
    this.code = body.code
    this.field = body.field
    this.retryAfter = body.retryAfter
    this.attemptsLeft = body.attemptsLeft
    this.requestId = body.requestId
    this.mfaToken = body.mfaToken
    this.methods = body.methods
    this.limit = body.limit
    this.captcha = body.captcha
    this.siteKey = body.siteKey
    this.captchaAction = body.captchaAction
    this.otpId = body.otpId
  }
}

/** Reports whether the same request may have another answer in a moment. */
export function passing(err: unknown): boolean {
  return err instanceof ApiError && (err.status === 0 || err.status === 429 || err.status >= 502)
}
