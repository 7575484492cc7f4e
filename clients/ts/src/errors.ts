/** The codes of docs/errors.md, in the same order. A test compares this list with the service. */
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

/** A refusal by the service, or `offline` with status 0 if no answer came. */
export class ApiError extends Error {
  /** The HTTP status; 0 if no answer came. */
  readonly status: number
  /** For programs. A newer service may return codes that this client does not know. */
  readonly code: ErrorBody['code']
  /** The input that is wrong. */
  readonly field?: string
  /** Seconds after which to try again. */
  readonly retryAfter?: number
  /** Attempts that a one-time code has left. */
  readonly attemptsLeft?: number
  /** The id to report to the operator. */
  readonly requestId?: string
  /** For `mfa_required`: represents the first proof. */
  readonly mfaToken?: string
  /** For `mfa_required`: the accepted second proofs. */
  readonly methods?: string[]
  /** For `rate_limited`: the limit that refused the request. */
  readonly limit?: string
  /** For `captcha_required`: the provider, its public key, and the action to solve it for. */
  readonly captcha?: string
  readonly siteKey?: string
  readonly captchaAction?: string
  /** For `rate_limited`: the open challenge, for the client that requested it. */
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

/** Reports whether the same request may get another answer soon. */
export function passing(err: unknown): boolean {
  return err instanceof ApiError && (err.status === 0 || err.status === 429 || err.status >= 502)
}
