// Code generated from user.api by tools/tstypes. DO NOT EDIT.

export interface SendCodeReq {
  /** E.164, or national together with region */
  phone?: string
  /** instead of phone */
  email?: string
  /** instead of both: sends the same code again */
  otpId?: string
  /** login (the default), reset or delete */
  purpose?: string
  /** of a phone sms (the default), whatsapp or voice; of an e-mail address email; with otpId another one, once the first has failed */
  channel?: string
  /** ISO 3166 country of a national number, in any case */
  region?: string
  /** language of the message: a BCP 47 tag, or as Android, Java and POSIX spell it */
  locale?: string
  /** the captcha's token, after captcha_required */
  captcha?: string
}

export interface Ticket {
  /** names the challenge in /user/login */
  otpId: string
  channel: string
  /** masked */
  to: string
  /** seconds */
  expiresIn: number
  /** seconds */
  resendIn: number
  /** seconds such a message takes as a rule, once that is known */
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
  /** seconds such a message takes as a rule, once that is known */
  expectedIn?: number
  /** other channels to ask for now, when this one failed for good */
  offer?: string[]
}

export interface LoginReq {
  /** with otp: sign in by code */
  otpId?: string
  otp?: string
  /** or phone or email, with password */
  username?: string
  phone?: string
  email?: string
  /** ISO 3166 country of a national number, in any case */
  region?: string
  password?: string
  /** with password: the captcha's token, after captcha_required */
  captcha?: string
  /** beside a code, where mfa_required asks for it: a code to the other address */
  secondOtpId?: string
  secondOtp?: string
  /** or the password */
  secondPassword?: string
  /** beside a code: the Idempotency-Key that it was asked with; it then signs in nobody else */
  askedWith?: string
  /** beside a code: the invite that a new account needs where not everybody may sign up */
  invite?: string
}

export interface MfaLoginReq {
  /** of the answer mfa_required */
  mfaToken: string
  /** one of these: the code of the authenticator app */
  totp?: string
  recoveryCode?: string
  /** the credential, as JSON */
  passkey?: Record<string, unknown>
}

export interface MfaEnrollReq {
  /** of the answer mfa_required whose methods are enroll */
  mfaToken: string
}

export interface RegisterReq {
  /** 3 to 64 of a-z 0-9 . _ - */
  username: string
  /** 8 to 128 characters */
  password: string
  /** where not everybody may sign up */
  invite?: string
}

export interface ResetPasswordReq {
  /** a challenge of purpose reset */
  otpId: string
  otp: string
  newPassword: string
  /** a code sent to the other address, where mfa_required asks for it */
  secondOtpId?: string
  secondOtp?: string
}

export interface RefreshReq {
  refreshToken: string
}

export interface LogoutReq {
  /** in place of a bearer token, or beside one */
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
  /** this sign-in made the account */
  isNewUser: boolean
}

export interface AnonymousReq {
  /** the captcha's token, after captcha_required */
  captcha?: string
}

export interface UserInfo {
  id: number
  username?: string
  /** E.164 */
  phone?: string
  email?: string
  role: string
  /** there is no way in but this session */
  anonymous?: boolean
  /** Unix seconds */
  createdAt: number
  displayName?: string
  /** the language that the user has chosen, a BCP 47 tag */
  locale?: string
  /** path of the picture, with its hash; ?size=128 or 512 */
  avatar?: string
  /** of the app, written by the user */
  metadata?: Record<string, unknown>
  /** of the app, written by administrators */
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
  /** a BCP 47 tag, or as Android, Java and POSIX spell it; "" removes it */
  locale?: string
  /** merged key by key, null removes a key; at most 8 KiB once merged */
  metadata?: Record<string, unknown>
}

export interface PasswordState {
  /** there is one */
  set: boolean
  /** Unix seconds */
  changedAt?: number
  /** a new one, by a reset, is still to take effect */
  waiting?: boolean
}

export interface ChangePasswordReq {
  /** needed when there is one */
  oldPassword?: string
  newPassword: string
}

export interface BindEmailReq {
  email: string
  locale?: string
  /** the captcha's token, after captcha_required */
  captcha?: string
}

export interface BindPhoneReq {
  phone: string
  /** sms (the default), whatsapp or voice */
  channel?: string
  /** ISO 3166 country of a national number, in any case */
  region?: string
  locale?: string
  /** the captcha's token, after captcha_required */
  captcha?: string
}

export interface VerifyBindingReq {
  otpId: string
  otp: string
}

export interface SessionInfo {
  id: string
  /** the one that asks */
  current: boolean
  /** of the sign-in or, later, of the last refresh */
  userAgent: string
  /** as userAgent */
  ip: string
  /** the OAuth client that it was opened for */
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
  /** one of docs/audit.md */
  type: string
  /** a word of docs/audit.md */
  reason?: string
  /** administrator or operator, where it was not the user; application, where it was the user for one */
  by?: string
  /** the address it is about, masked, while it is the user's */
  to?: string
  /** the session it is about, or was done in */
  sessionId?: string
  /** that is the one that asks */
  current?: boolean
  /** of that session, while it lives */
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
  /** Unix seconds; left out for good */
  banUntil?: number
  /** Unix seconds; left out where there is a way in */
  anonymousSince?: number
  /** Unix seconds, exact to a day */
  lastSignInAt?: number
  /** the language of the last sign-in */
  lastLocale?: string
}

export interface ExportCredential {
  /** password, or reset: one that is still to take effect */
  kind: string
  /** Unix seconds */
  changedAt: number
}

export interface TotpState {
  enabled: boolean
  /** Unix seconds */
  since?: number
  /** that are left */
  recoveryCodes: number
  /** a second factor is demanded of the user */
  required: boolean
  /** Unix seconds: from when there is no sign-in without */
  requiredBy?: number
}

export interface MfaEnrollment {
  /** in base32, to be typed in */
  secret: string
  /** otpauth://, as authenticator apps read it */
  uri: string
  /** a QR code of it */
  svg: string
}

export interface ConfirmTotpReq {
  /** the code of the authenticator app */
  totp: string
}

export interface RecoveryCodesResp {
  /** ten, each works once; told this once */
  recoveryCodes: string[]
}

export interface ExportMfa {
  createdAt?: number
  /** Unix seconds, as all the others */
  totpSince?: number
  lastCodeAt?: number
  lastTryAt?: number
  failedInARow?: number
  requiredSince?: number
  /** when an administrator takes the factors away */
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
  /** what the authenticator knows the user by */
  userHandle: string
  /** the kind of authenticator */
  aaguid?: string
  transports?: string[]
  /** as far as the authenticator counts them */
  signatures?: number
  synced: boolean
  backedUp: boolean
  /** Unix seconds, as all times of it */
  createdAt: number
  lastUsedAt?: number
  /** since when a copy is suspected */
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
  /** what stands for it in the to of events */
  pseudonym: string
  /** that were given for it */
  wrongCodes?: WrongCodes
}

export interface ExportSession {
  id: string
  /** the one that asks */
  current: boolean
  userAgent: string
  ip: string
  /** Unix seconds, as all times of a session */
  createdAt: number
  authenticatedAt: number
  lastUsedAt: number
  /** unless it is used before */
  expiresAt: number
  /** at the latest */
  endsAt: number
  endedAt?: number
  refreshes: number
  scope: string
  /** the OAuth client that it was opened for */
  clientId?: string
  /** how its user was proven, by RFC 8176, separated by spaces */
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
  /** administrator or operator, where it was not the user; application, where it was the user for one */
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
  /** as the provider gave it, which proves nothing */
  email?: string
  /** Unix seconds */
  createdAt: number
  lastUsedAt: number
  /** when the provider last ended what it had proven */
  endedAt?: number
}

export interface ExportResp {
  /** of this form: 1 */
  version: number
  /** Unix seconds */
  exportedAt: number
  user: UserInfo
  account: ExportAccount
  credentials: ExportCredential[]
  /** second factors, and no secret */
  mfa: ExportMfa
  passkeys: ExportPasskey[]
  /** where the account was imported from */
  origins: ExportOrigin[]
  /** accounts at other sites */
  links: ExportLink[]
  addresses: ExportAddress[]
  /** newest first, with those that have ended and are still kept */
  sessions: ExportSession[]
  /** newest first of each address */
  messages: ExportMessage[]
  /** newest first */
  events: ExportEvent[]
  /** the last member: without it the document was cut off */
  complete: boolean
}

export interface DeleteUserReq {
  /** or otpId and otp of a code to sign in; an anonymous user gives nothing */
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
  /** there is no way in but the session */
  anonymous?: boolean
  /** Unix seconds */
  createdAt: number
  /** active or banned */
  status: string
  banReason?: string
  /** Unix seconds; left out for good */
  banUntil?: number
  /** of one user, not in a list */
  sessions?: SessionInfo[]
  displayName?: string
  /** the language that the user has chosen */
  locale?: string
  /** of one user, not in a list, as appMetadata */
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
  /** Unix seconds; for good without it */
  until?: number
}

export interface ChangeMetadataReq {
  /** merged key by key, null removes a key; at most 8 KiB once merged */
  appMetadata: Record<string, unknown>
}

export interface SetRoleReq {
  /** user or admin */
  role: string
}

export interface MfaResetResp {
  /** Unix seconds: from when it takes effect, at the next sign-in */
  dueAt: number
}

export interface InviteReq {
  /** for this number alone */
  phone?: string
  /** or for this e-mail address alone */
  email?: string
  /** ISO 3166 country of a national number, in any case */
  region?: string
  /** seconds, 60 to 7776000 */
  expiresIn: number
}

export interface InviteResp {
  /** told this once */
  invite: string
  /** Unix seconds */
  expiresAt: number
}

export interface OAuthAgreeReq {
  /** that of the page, as it came */
  query: string
}

export interface OAuthAgreeResp {
  /** where the browser goes */
  location: string
}

export interface OAuthTokenResp {
  /** of a user, or of the client itself */
  access_token: string
  /** Bearer */
  token_type: string
  /** seconds */
  expires_in: number
  /** of a user */
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
  /** of EC */
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
  /** without it nothing else is told */
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
  /** who asked for the token */
  client_id?: string
  /** separated by spaces */
  scope?: string
  /** Bearer */
  token_type?: string
  /** the session */
  sid?: string
  userId?: number
  /** in force, which may be another than the token's */
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
  /** of an erased account too, where it stands for nobody */
  userId?: number
  sessionId?: string
  /** the administrator, where another than the user acted */
  actorId?: number
  /** a pseudonym of the address */
  to?: string
  ip?: string
  reason?: string
  requestId?: string
  /** who acted, if it was no user: cli:<user>@<host> or client:<name> */
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
  /** the provider's number for its answer */
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
  /** a country or email; of failed why, of sign_in by what, of refused the limit; or other */
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
  /** to be tried again */
  later: number
  /** for how many seconds the oldest has been waiting */
  oldest: number
}

export interface CircuitState {
  /** delivery or social */
  kind: string
  provider: string
  /** of delivery */
  channel?: string
  /** closed: the provider is asked; open: it is tried now and then */
  state: string
}

export interface ServiceHealthResp {
  /** Unix milliseconds */
  at: number
  /** as /readyz */
  status: string
  /** as this node sees them */
  parts: ReadyParts
  /** of all nodes together; left out while Redis cannot be asked */
  queue?: QueueLength
  /** of this node */
  circuits: CircuitState[]
}

export interface SocialProvider {
  /** of the routes */
  name: string
  kind: string
}

export interface SocialProvidersResp {
  providers: SocialProvider[]
}

export interface SocialLoginReq {
  provider: string
  /** that an app was given by the provider */
  idToken?: string
  /** beside idToken: what it was asked with */
  nonce?: string
  /** or the code of /user/login/social/{provider}/callback */
  code?: string
  /** beside code: whose SHA-256 was the challenge */
  verifier?: string
  /** or the code that a mini program was given by wx.login */
  providerCode?: string
  /** beside providerCode: that of the button for the number */
  phoneCode?: string
  /** that a new account needs where not everybody may sign up */
  invite?: string
}

export interface HealthResp {
  status: string
}

export interface ReadyParts {
  /** ok, down or read_only, as every part */
  database: string
  redis: string
  migrations: string
  queue: string
}

export interface ReadyResp {
  /** ok, or degraded: a part is not */
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
  /** there is GET /dev/inbox/mail/{id} */
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
  /** one of docs/revocations.md */
  kind: string
  userId?: number
  /** of session-revoked */
  sessionId?: string
  /** the new one, of token-claims-change */
  role?: string
  /** of key-revoked and keys-changed */
  keyId?: string
}

export interface RevocationsResp {
  /** oldest first */
  events: RevocationEvent[]
  /** after of the next request */
  next: string
  /** there is more already */
  more: boolean
  /** after is unknown or too old: forget what was cached, and begin here */
  reset: boolean
  /** milliseconds before this answer, until when everything is in it or in those before it, unless more */
  age: number
  /** milliseconds that the answer was held */
  waited: number
  /** the same as age, in Unix milliseconds by the clock of the service */
  completeUntil: number
  /** seconds that are remembered */
  keep: number
}

export interface PasskeyOptionsResp {
  /** what PublicKeyCredential.parseCreationOptionsFromJSON or parseRequestOptionsFromJSON takes */
  publicKey: Record<string, unknown>
}

export interface AddPasskeyReq {
  /** what navigator.credentials.create has given, as its toJSON writes it */
  credential: Record<string, unknown>
  /** at most 64 characters */
  name?: string
}

export interface PasskeyLoginOptionsReq {
  /** of mfa_required: for a passkey beside that proof */
  mfaToken?: string
}

export interface PasskeyLoginReq {
  /** what navigator.credentials.get has given, as its toJSON writes it */
  credential: Record<string, unknown>
}

export interface Passkey {
  id: string
  /** that the user has given */
  name: string
  /** the kind of it, where that has a name */
  authenticator?: string
  /** the number of the kind, as it says itself */
  aaguid?: string
  /** Unix seconds */
  createdAt: number
  /** Unix seconds */
  lastUsedAt?: number
  /** it may be on several devices of the user */
  synced: boolean
  /** it is */
  backedUp: boolean
  /** a copy was noticed: it admits nobody any more */
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
