// Code generated from user.api by tools/tstypes. DO NOT EDIT.

export interface SendCodeReq {
  /** E.164, or national format together with region */
  phone?: string
  /** instead of phone */
  email?: string
  /** instead of both: sends the same code again */
  otpId?: string
  /** login (the default), reset or delete */
  purpose?: string
  /** for a phone sms (the default), whatsapp or voice; for an e-mail address email; with otpId another channel, once the first has failed */
  channel?: string
  /** ISO 3166 country of a number in national format, in upper or lower case */
  region?: string
  /** language of the message: a BCP 47 tag, or the spelling of Android, Java or POSIX */
  locale?: string
  /** the captcha token, after captcha_required */
  captcha?: string
}

export interface Ticket {
  /** identifies the challenge in /user/login */
  otpId: string
  channel: string
  /** masked */
  to: string
  /** seconds */
  expiresIn: number
  /** seconds */
  resendIn: number
  /** seconds such a message usually takes, if known */
  expectedIn?: number
}

export interface CodeStatusResp {
  /** queued, sent, delivered or failed */
  status: string
  channel: string
  /** why it failed */
  reason?: string
  /** seconds */
  expiresIn: number
  /** seconds */
  resendIn: number
  /** seconds such a message usually takes, if known */
  expectedIn?: number
  /** other channels to offer now, if this one has failed permanently */
  offer?: string[]
}

export interface LoginReq {
  /** with otp: sign in with a code */
  otpId?: string
  otp?: string
  /** or phone or email, with password */
  username?: string
  phone?: string
  email?: string
  /** ISO 3166 country of a number in national format, in upper or lower case */
  region?: string
  password?: string
  /** with password: the captcha token, after captcha_required */
  captcha?: string
  /** with a code, if mfa_required asks for it: a code sent to the other address */
  secondOtpId?: string
  secondOtp?: string
  /** or the password */
  secondPassword?: string
  /** with a code: the Idempotency-Key of the request for it; the code then works for no other browser */
  askedWith?: string
  /** with a code: the invitation that a new account needs if sign-up is restricted */
  invite?: string
}

export interface MfaLoginReq {
  /** from the answer mfa_required */
  mfaToken: string
  /** one of these: the code of the authenticator app */
  totp?: string
  recoveryCode?: string
  /** the credential, as JSON */
  passkey?: Record<string, unknown>
}

export interface MfaEnrollReq {
  /** from the answer mfa_required whose methods are enroll */
  mfaToken: string
}

export interface RegisterReq {
  /** 3 to 64 of a-z 0-9 . _ - */
  username: string
  /** 8 to 128 characters */
  password: string
  /** needed if sign-up is restricted */
  invite?: string
}

export interface ResetPasswordReq {
  /** a challenge of purpose reset */
  otpId: string
  otp: string
  newPassword: string
  /** a code sent to the other address, if mfa_required asks for it */
  secondOtpId?: string
  secondOtp?: string
}

export interface RefreshReq {
  refreshToken: string
}

export interface LogoutReq {
  /** instead of a bearer token, or in addition to one */
  refreshToken?: string
}

export interface TokenPair {
  accessToken: string
  refreshToken: string
  /** Bearer */
  tokenType: string
  /** seconds */
  expiresIn: number
  /** seconds */
  refreshExpiresIn: number
  /** this sign-in created the account */
  isNewUser: boolean
}

export interface AnonymousReq {
  /** the captcha token, after captcha_required */
  captcha?: string
}

export interface UserInfo {
  id: number
  username?: string
  /** E.164 */
  phone?: string
  email?: string
  role: string
  /** this session is the only way to sign in */
  anonymous?: boolean
  /** Unix seconds */
  createdAt: number
  displayName?: string
  /** the language that the user has chosen, a BCP 47 tag */
  locale?: string
  /** path of the picture, with its hash; add &size=128 for the small one */
  avatar?: string
  /** data of the app, written by the user */
  metadata?: Record<string, unknown>
  /** data of the app, written by administrators */
  appMetadata?: Record<string, unknown>
}

export interface CheckResp {
  active: boolean
  userId: number
  sessionId: string
  role: string
  /** seconds */
  expiresIn: number
}

export interface ChangeInfoReq {
  /** 3 to 64 of a-z 0-9 . _ - */
  username?: string
  /** 1 to 64 characters; "" removes it */
  displayName?: string
  /** a BCP 47 tag, or the spelling of Android, Java or POSIX; "" removes it */
  locale?: string
  /** merged key by key; null removes a key; at most 8 KiB after merging */
  metadata?: Record<string, unknown>
}

export interface PasswordState {
  /** the user has a password */
  set: boolean
  /** Unix seconds */
  changedAt?: number
  /** a reset has set a new password that has not taken effect yet */
  waiting?: boolean
}

export interface ChangePasswordReq {
  /** required if the user has a password */
  oldPassword?: string
  newPassword: string
}

export interface BindEmailReq {
  email: string
  locale?: string
  /** the captcha token, after captcha_required */
  captcha?: string
}

export interface BindPhoneReq {
  phone: string
  /** sms (the default), whatsapp or voice */
  channel?: string
  /** ISO 3166 country of a number in national format, in upper or lower case */
  region?: string
  locale?: string
  /** the captcha token, after captcha_required */
  captcha?: string
}

export interface VerifyBindingReq {
  otpId: string
  otp: string
}

export interface SessionInfo {
  id: string
  /** the session of this request */
  current: boolean
  /** of the sign-in or the latest refresh */
  userAgent: string
  /** as userAgent */
  ip: string
  /** the OAuth client for which it was opened */
  clientId?: string
  /** Unix seconds */
  createdAt: number
  /** Unix seconds */
  lastUsedAt: number
  /** Unix seconds */
  expiresAt: number
}

export interface SessionsResp {
  /** newest first */
  sessions: SessionInfo[]
}

export interface OwnEvent {
  id: string
  /** Unix milliseconds */
  at: number
  /** a type listed in docs/audit.md */
  type: string
  /** a reason listed in docs/audit.md */
  reason?: string
  /** administrator or operator, if it was not the user; application, if the user acted through one */
  by?: string
  /** the address concerned, masked, while it belongs to the user */
  to?: string
  /** the session concerned or used */
  sessionId?: string
  /** it is the session of this request */
  current?: boolean
  /** of that session, while it is open */
  userAgent?: string
  /** the network of the client */
  ip?: string
}

export interface OwnEventsResp {
  /** newest first */
  events: OwnEvent[]
  /** cursor of the next page */
  next?: string
}

export interface ExportAccount {
  /** active or banned */
  status: string
  banReason?: string
  /** Unix seconds; absent if permanent */
  banUntil?: number
  /** Unix seconds; absent if the user can sign in */
  anonymousSince?: number
  /** Unix seconds, exact to a day */
  lastSignInAt?: number
  /** the language of the last sign-in */
  lastLocale?: string
}

export interface ExportCredential {
  /** password, or reset: a new password that has not taken effect yet */
  kind: string
  /** Unix seconds */
  changedAt: number
}

export interface TotpState {
  enabled: boolean
  /** Unix seconds */
  since?: number
  /** number of unused codes */
  recoveryCodes: number
  /** the user must have a second factor */
  required: boolean
  /** Unix seconds: from then on the user cannot sign in without one */
  requiredBy?: number
}

export interface MfaEnrollment {
  /** base32, to be typed in */
  secret: string
  /** otpauth:// URI for authenticator apps */
  uri: string
  /** a QR code of the URI */
  svg: string
}

export interface ConfirmTotpReq {
  /** the code of the authenticator app */
  totp: string
}

export interface RecoveryCodesResp {
  /** ten codes, each works once; they are shown only now */
  recoveryCodes: string[]
}

export interface ExportMfa {
  createdAt?: number
  /** Unix seconds, like all times below */
  totpSince?: number
  lastCodeAt?: number
  lastTryAt?: number
  failedInARow?: number
  requiredSince?: number
  /** when a reset by an administrator takes effect */
  resetDueAt?: number
  recoveryCodes: ExportRecoveryCode[]
}

export interface ExportRecoveryCode {
  createdAt: number
  usedAt?: number
}

export interface ExportPasskey {
  id: string
  name: string
  credentialId: string
  /** COSE, base64url */
  publicKey: string
  /** the authenticator's id of the user */
  userHandle: string
  /** the kind of authenticator */
  aaguid?: string
  transports?: string[]
  /** the signature count, if the authenticator counts */
  signatures?: number
  synced: boolean
  backedUp: boolean
  /** Unix seconds, like all its times */
  createdAt: number
  lastUsedAt?: number
  /** when a copy was detected */
  clonedAt?: number
}

export interface ExportOrigin {
  source: string
  externalId: string
}

export interface WrongCodes {
  inARow: number
  hour: number
  /** Unix seconds */
  hourEndsAt: number
  day: number
  /** Unix seconds */
  dayEndsAt: number
  /** Unix seconds */
  lastAt: number
  /** Unix seconds */
  forgottenAt: number
}

export interface ExportAddress {
  /** phone or email */
  kind: string
  value: string
  /** its pseudonym in the field to of events */
  pseudonym: string
  /** wrong codes counted for it */
  wrongCodes?: WrongCodes
}

export interface ExportSession {
  id: string
  /** the session of this request */
  current: boolean
  userAgent: string
  ip: string
  /** Unix seconds, like all times of a session */
  createdAt: number
  authenticatedAt: number
  lastUsedAt: number
  /** if it is not used before */
  expiresAt: number
  /** at the latest */
  endsAt: number
  endedAt?: number
  refreshes: number
  scope: string
  /** the OAuth client for which it was opened */
  clientId?: string
  /** how the user authenticated (RFC 8176), separated by spaces */
  methods?: string
}

export interface ExportMessage {
  id: string
  /** phone or email */
  to: string
  channel: string
  country?: string
  /** oldest first */
  steps: DeliveryStep[]
}

export interface ExportEvent {
  id: string
  /** Unix milliseconds */
  at: number
  type: string
  /** administrator or operator, if it was not the user; application, if the user acted through one */
  by?: string
  sessionId?: string
  /** a pseudonym of the address */
  to?: string
  ip?: string
  reason?: string
  requestId?: string
}

export interface ExportLink {
  provider: string
  subject: string
  /** as reported by the provider; not verified here */
  email?: string
  /** Unix seconds */
  createdAt: number
  lastUsedAt: number
  /** when the provider last caused sessions to end */
  endedAt?: number
}

export interface ExportResp {
  /** version of this format: 1 */
  version: number
  /** Unix seconds */
  exportedAt: number
  user: UserInfo
  account: ExportAccount
  credentials: ExportCredential[]
  /** second factors, without secrets */
  mfa: ExportMfa
  passkeys: ExportPasskey[]
  /** where the account was imported from */
  origins: ExportOrigin[]
  /** accounts at other providers */
  links: ExportLink[]
  addresses: ExportAddress[]
  /** newest first, including ended ones that are still stored */
  sessions: ExportSession[]
  /** newest first, per address */
  messages: ExportMessage[]
  /** newest first */
  events: ExportEvent[]
  /** the last member: without it the document is incomplete */
  complete: boolean
}

export interface DeleteUserReq {
  /** or otpId and otp of a code; an anonymous user sends neither */
  password?: string
  otpId?: string
  otp?: string
}

export interface AdminUser {
  id: number
  username?: string
  phone?: string
  email?: string
  role: string
  /** the session is the only way to sign in */
  anonymous?: boolean
  /** Unix seconds */
  createdAt: number
  /** active or banned */
  status: string
  banReason?: string
  /** Unix seconds; absent if permanent */
  banUntil?: number
  /** only for a single user */
  sessions?: SessionInfo[]
  displayName?: string
  /** the language that the user has chosen */
  locale?: string
  /** only for a single user, like appMetadata */
  metadata?: Record<string, unknown>
  appMetadata?: Record<string, unknown>
}

export interface ListUsersResp {
  users: AdminUser[]
  /** cursor of the next page */
  next?: string
}

export interface BanReq {
  reason: string
  /** Unix seconds; absent: permanently */
  until?: number
}

export interface ChangeMetadataReq {
  /** merged key by key; null removes a key; at most 8 KiB after merging */
  appMetadata: Record<string, unknown>
}

export interface SetRoleReq {
  /** user or admin */
  role: string
}

export interface MfaResetResp {
  /** Unix seconds: it takes effect at the first sign-in after this time */
  dueAt: number
}

export interface InviteReq {
  /** only for this number */
  phone?: string
  /** or only for this e-mail address */
  email?: string
  /** ISO 3166 country of a number in national format, in upper or lower case */
  region?: string
  /** seconds, 60 to 7776000 */
  expiresIn: number
}

export interface InviteResp {
  /** shown only now */
  invite: string
  /** Unix seconds */
  expiresAt: number
}

export interface OAuthAgreeReq {
  /** the query of the page, unchanged */
  query: string
}

export interface OAuthAgreeResp {
  /** the URL to which the browser goes */
  location: string
}

export interface OAuthTokenResp {
  /** for a user, or for the client itself */
  access_token: string
  /** Bearer */
  token_type: string
  /** seconds */
  expires_in: number
  /** for a user */
  refresh_token?: string
  /** separated by spaces */
  scope?: string
}

export interface Jwk {
  /** ES256 or EdDSA */
  alg: string
  /** P-256 or Ed25519 */
  crv: string
  /** the thumbprint of RFC 7638 */
  kid: string
  /** EC or OKP */
  kty: string
  /** sig */
  use: string
  x: string
  /** for EC */
  y?: string
}

export interface JwksResp {
  keys: Jwk[]
}

export interface MetadataResp {
  issuer: string
  authorization_endpoint: string
  token_endpoint: string
  jwks_uri: string
  introspection_endpoint: string
  scopes_supported: string[]
  response_types_supported: string[]
  response_modes_supported: string[]
  grant_types_supported: string[]
  code_challenge_methods_supported: string[]
  token_endpoint_auth_methods_supported: string[]
  introspection_endpoint_auth_methods_supported: string[]
  /** RFC 9207 */
  authorization_response_iss_parameter_supported: boolean
}

export interface IntrospectResp {
  /** if false, there are no other members */
  active: boolean
  iss?: string
  /** the user's id as text, or the client */
  sub?: string
  aud?: string
  /** Unix seconds */
  exp?: number
  /** Unix seconds */
  iat?: number
  jti?: string
  /** the client that requested the token */
  client_id?: string
  /** separated by spaces */
  scope?: string
  /** Bearer */
  token_type?: string
  /** the session */
  sid?: string
  userId?: number
  /** the current role, which may differ from the token's */
  role?: string
  /** Unix seconds: when the user signed in */
  auth_time?: number
  /** how the user signed in (RFC 8176) */
  amr?: string[]
}

export interface AuditEvent {
  id: string
  /** Unix milliseconds */
  at: number
  type: string
  /** also of an erased account, where it identifies nobody */
  userId?: number
  sessionId?: string
  /** the administrator, if somebody other than the user acted */
  actorId?: number
  /** a pseudonym of the address */
  to?: string
  ip?: string
  reason?: string
  requestId?: string
  /** who acted, if not a user: cli:<user>@<host> or client:<name> */
  actor?: string
}

export interface ListEventsResp {
  /** newest first */
  events: AuditEvent[]
  /** cursor of the next page */
  next?: string
}

export interface DeliveryStep {
  /** Unix milliseconds */
  at: number
  /** asked, limited, queued, provider, delivered, failed, tried or used */
  step: string
  provider?: string
  reason?: string
  /** the provider's error number */
  code?: number
}

export interface Delivery {
  id: string
  /** a pseudonym of the address */
  to: string
  channel: string
  country?: string
  /** oldest first */
  steps: DeliveryStep[]
}

export interface ListDeliveriesResp {
  /** newest first */
  deliveries: Delivery[]
  /** cursor of the next page */
  next?: string
}

export interface StatsSeries {
  /** asked, sent, used, failed, sign_in, spend (in millionths of a US dollar) or refused */
  kind: string
  /** a country or email; for failed the reason, for sign_in the method, for refused the limit; or other */
  label: string
  /** one for each step */
  points: number[]
}

export interface StatsResp {
  /** Unix milliseconds: when the first point begins */
  from: number
  /** when the last one ends */
  to: number
  /** seconds */
  step: number
  series: StatsSeries[]
}

export interface QueueLength {
  waiting: number
  running: number
  /** to be retried */
  later: number
  /** seconds for which the oldest has been waiting */
  oldest: number
}

export interface CircuitState {
  /** delivery or social */
  kind: string
  provider: string
  /** for delivery */
  channel?: string
  /** closed: requests go to the provider; open: only occasional probes do */
  state: string
}

export interface ServiceHealthResp {
  /** Unix milliseconds */
  at: number
  /** as in /readyz */
  status: string
  /** as this node sees them */
  parts: ReadyParts
  /** of all nodes together; absent while Redis cannot be reached */
  queue?: QueueLength
  /** of this node */
  circuits: CircuitState[]
}

export interface SocialProvider {
  /** as used in the routes */
  name: string
  kind: string
}

export interface SocialProvidersResp {
  providers: SocialProvider[]
}

export interface SocialLoginReq {
  provider: string
  /** the ID token that an app got from the provider */
  idToken?: string
  /** with idToken: the nonce of the request for it */
  nonce?: string
  /** or the code of /user/login/social/{provider}/callback */
  code?: string
  /** with code: the verifier whose SHA-256 was the challenge */
  verifier?: string
  /** or the code that a mini program got from wx.login */
  providerCode?: string
  /** with providerCode: the code from the phone number button */
  phoneCode?: string
  /** the invitation that a new account needs if sign-up is restricted */
  invite?: string
}

export interface HealthResp {
  status: string
}

export interface ReadyParts {
  /** ok, down or read_only, like every part */
  database: string
  redis: string
  migrations: string
  queue: string
}

export interface ReadyResp {
  /** ok, or degraded if a part is not */
  status: string
  parts: ReadyParts
}

export interface InboxMessage {
  to: string
  channel: string
  body: string
  otp: string
  /** Unix seconds */
  at: number
  id: string
  /** of an e-mail */
  subject?: string
  /** GET /dev/inbox/mail/{id} shows it */
  html?: boolean
}

export interface InboxResp {
  /** newest first */
  messages: InboxMessage[]
}

export interface RevocationEvent {
  /** the same from every node; sorts by time */
  id: string
  /** Unix milliseconds */
  at: number
  /** a kind listed in docs/revocations.md */
  kind: string
  userId?: number
  /** for session-revoked */
  sessionId?: string
  /** the new role, for token-claims-change */
  role?: string
  /** for key-revoked and keys-changed */
  keyId?: string
}

export interface RevocationsResp {
  /** oldest first */
  events: RevocationEvent[]
  /** after of the next request */
  next: string
  /** more entries are waiting */
  more: boolean
  /** after is unknown or too old: discard everything cached, and start with this answer */
  reset: boolean
  /** milliseconds: everything older than this is in this answer or earlier ones, unless more is true */
  age: number
  /** milliseconds for which the answer was held */
  waited: number
  /** the same as age, in Unix milliseconds by the clock of the service */
  completeUntil: number
  /** seconds for which the feed keeps entries */
  keep: number
}

export interface PasskeyOptionsResp {
  /** input for PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON */
  publicKey: Record<string, unknown>
}

export interface AddPasskeyReq {
  /** the result of navigator.credentials.create, as its toJSON returns it */
  credential: Record<string, unknown>
  /** at most 64 characters */
  name?: string
}

export interface PasskeyLoginOptionsReq {
  /** from mfa_required: for a passkey as second factor */
  mfaToken?: string
}

export interface PasskeyLoginReq {
  /** the result of navigator.credentials.get, as its toJSON returns it */
  credential: Record<string, unknown>
}

export interface Passkey {
  id: string
  /** chosen by the user */
  name: string
  /** its model, if known */
  authenticator?: string
  /** the id of its model, as it reports it */
  aaguid?: string
  /** Unix seconds */
  createdAt: number
  /** Unix seconds */
  lastUsedAt?: number
  /** it can be on several devices of the user */
  synced: boolean
  /** it is on several devices */
  backedUp: boolean
  /** a copy was detected: it no longer signs anybody in */
  cloned?: boolean
}

export interface PasskeysResp {
  /** oldest first */
  passkeys: Passkey[]
}

export interface RenamePasskeyReq {
  /** at most 64 characters */
  name: string
}

export interface RelatedOriginsResp {
  origins: string[]
}

export interface LinkInfo {
  provider: string
  /** who the user is there, masked */
  subject: string
  /** as the provider told it, masked */
  email?: string
  /** Unix seconds */
  createdAt: number
  /** Unix seconds */
  lastUsedAt: number
}

export interface LinksResp {
  /** in the order of their providers */
  links: LinkInfo[]
}
