package event

import "slices"

// Events of an account. docs/audit.md explains each word.
const (
	AccountDeleted       Kind = "account_deleted"
	AccountDeleteFailed  Kind = "account_delete_failed"
	AccountExported      Kind = "account_exported"
	AddressBindFailed    Kind = "address_bind_failed"
	AddressBound         Kind = "address_bound"
	AdminRead            Kind = "admin_read"
	AppMetadataChanged   Kind = "app_metadata_changed"
	AddressRemoved       Kind = "address_removed"
	AddressRemoveFailed  Kind = "address_remove_failed"
	AvatarChanged        Kind = "avatar_changed"
	AvatarRemoved        Kind = "avatar_removed"
	Banned               Kind = "banned"
	BudgetAlert          Kind = "budget_alert"
	ClientChanged        Kind = "client_changed"
	ClientCreated        Kind = "client_created"
	ClientDisabled       Kind = "client_disabled"
	ClientEnabled        Kind = "client_enabled"
	ClientRefused        Kind = "client_refused"
	ClientRemoved        Kind = "client_removed"
	ClientRotated        Kind = "client_rotated"
	ClientToken          Kind = "client_token"
	CodeAsked            Kind = "code_asked"
	CodeRefused          Kind = "code_refused"
	CodeVerified         Kind = "code_verified"
	Imported             Kind = "imported"
	InviteCreated        Kind = "invite_created"
	InviteRefused        Kind = "invite_refused"
	KeyActivated         Kind = "key_activated"
	KeyCreated           Kind = "key_created"
	KeyRevoked           Kind = "key_revoked"
	Limited              Kind = "limited"
	NumberChanged        Kind = "number_changed"
	PasswordChangeFailed Kind = "password_change_failed"
	PasswordChanged      Kind = "password_changed"
	PasswordReset        Kind = "password_reset"
	PasswordResetAsked   Kind = "password_reset_asked"
	PasswordResetFailed  Kind = "password_reset_failed"
	ProfileChanged       Kind = "profile_changed"
	RefreshReused        Kind = "refresh_reused"
	Registered           Kind = "registered"
	RegistrationFailed   Kind = "registration_failed"
	RoleChanged          Kind = "role_changed"
	SessionEnded         Kind = "session_ended"
	SessionsEnded        Kind = "sessions_ended"
	SignIn               Kind = "sign_in"
	SignInFailed         Kind = "sign_in_failed"
	SignOut              Kind = "sign_out"
	Unbanned             Kind = "unbanned"
	UsernameChangeFailed Kind = "username_change_failed"
	UsernameChanged      Kind = "username_changed"
)

// Events of the credentials of an account. docs/audit.md explains each word.
const (
	AnonymousCreated   Kind = "anonymous_created"
	AnonymousUpgraded  Kind = "anonymous_upgraded"
	LinkAdded          Kind = "link_added"
	LinkFailed         Kind = "link_failed"
	LinkRemoved        Kind = "link_removed"
	MfaReset           Kind = "mfa_reset"
	MfaResetAsked      Kind = "mfa_reset_asked"
	MfaResetStopped    Kind = "mfa_reset_stopped"
	PasskeyAdded       Kind = "passkey_added"
	PasskeyCloned      Kind = "passkey_cloned"
	PasskeyRemoved     Kind = "passkey_removed"
	PasskeyRenamed     Kind = "passkey_renamed"
	ProviderEvent      Kind = "provider_event"
	RecoveryCodesMade  Kind = "recovery_codes_made"
	RecoveryCodeUsed   Kind = "recovery_code_used"
	SecondFactorFailed Kind = "second_factor_failed"
	TotpAdded          Kind = "totp_added"
	TotpRemoved        Kind = "totp_removed"
)

// Events of a message.
const (
	MessageAnswered  Kind = "message_answered"
	MessageDelivered Kind = "message_delivered"
	MessageFailed    Kind = "message_failed"
	MessageQueued    Kind = "message_queued"
	NoticeAsked      Kind = "notice_asked"
)

// How, for what purpose, or why not. The reason of a limit is what it rejected. The reasons
// of messages are those of package delivery.
const (
	ByAnonymous    Reason = "anonymous"
	ByApplication  Reason = "application"
	ByCode         Reason = "code"
	ByPasskey      Reason = "passkey"
	ByPassword     Reason = "password"
	ByRecoveryCode Reason = "recovery_code"
	BySocial       Reason = "social"
	ByTotp         Reason = "totp"

	ForBindEmail Reason = "bind-email"
	ForBindPhone Reason = "bind-phone"
	ForDelete    Reason = "delete"
	ForLogin     Reason = "login"
	ForNotice    Reason = "notice"
	ForReset     Reason = "reset"

	WhenActing      Reason = "act"
	WhenProving     Reason = "second_factor"
	WhenAsking      Reason = "ask_code"
	WhenRefreshing  Reason = "refresh"
	WhenRegistering Reason = "register"
	WhenSigningIn   Reason = "sign_in"
	WhenTrying      Reason = "try_code"

	AtHard Reason = "hard"
	AtSoft Reason = "soft"

	ToAdmin Reason = "admin"
	ToUser  Reason = "user"

	OfDeliveries Reason = "deliveries"
	OfEvents     Reason = "events"
	OfEveryone   Reason = "everyone"
	OfUser       Reason = "user_data"
	OfUsers      Reason = "users"

	BannedAccount   Reason = "banned_account"
	Cloned          Reason = "cloned"
	Closed          Reason = "closed"
	LastMethod      Reason = "last_sign_in_method"
	LinkedElsewhere Reason = "linked_elsewhere"
	NoInvite        Reason = "no_invite"
	NotRecent       Reason = "not_recent"
	Taken           Reason = "taken"
	UnknownAccount  Reason = "unknown_account"
	WrongCode       Reason = "wrong_code"
	WrongPasskey    Reason = "wrong_passkey"
	WrongPassword   Reason = "wrong_password"
	WrongSecond     Reason = "wrong_second_factor"
	WrongToken      Reason = "wrong_token"
)

// The steps of a message, as GET /admin/deliveries names them.
const (
	StepAsked     Step = "asked"
	StepDelivered Step = "delivered"
	StepFailed    Step = "failed"
	StepLimited   Step = "limited"
	StepProvider  Step = "provider"
	StepQueued    Step = "queued"
	StepTried     Step = "tried"
	StepUsed      Step = "used"
)

type (
	// Kind is the kind of an event.
	Kind string

	// Reason is how, for what purpose, or why not.
	Reason string

	// Step is the name of an event in the timeline of a message.
	Step string

	// Keeping says what the sinks keep of a kind.
	Keeping struct {
		// Audit reports whether the audit trail keeps it.
		Audit bool
		// Step is its step in the timeline of a message; empty if it has none.
		Step Step
		// Notice reports whether the owner of the account is notified.
		Notice bool
		// Owner reports whether GET /user/events shows it to the owner. What the audit trail
		// keeps only for the operator is not shown.
		Owner bool
		// Refusal reports whether it is a rejected request; floods of these are thinned out,
		// see Throttle.
		Refusal bool
	}
)

// Kinds is the closed list of kinds, with what each sink keeps of them. Metrics count every
// kind.
var Kinds = map[Kind]Keeping{
	AccountDeleted:       {Audit: true},
	AccountDeleteFailed:  {Audit: true, Owner: true, Refusal: true},
	AccountExported:      {Audit: true, Owner: true},
	AddressBindFailed:    {Audit: true, Owner: true, Refusal: true},
	AddressBound:         {Audit: true, Owner: true, Notice: true},
	AdminRead:            {Audit: true},
	AppMetadataChanged:   {Audit: true},
	AddressRemoved:       {Audit: true, Owner: true, Notice: true},
	AddressRemoveFailed:  {Audit: true, Owner: true, Refusal: true},
	AvatarChanged:        {Audit: true, Owner: true},
	AvatarRemoved:        {Audit: true, Owner: true},
	Banned:               {Audit: true, Owner: true},
	BudgetAlert:          {Audit: true},
	ClientChanged:        {Audit: true},
	ClientCreated:        {Audit: true},
	ClientDisabled:       {Audit: true},
	ClientEnabled:        {Audit: true},
	ClientRefused:        {Audit: true, Refusal: true},
	ClientRemoved:        {Audit: true},
	ClientRotated:        {Audit: true},
	ClientToken:          {Audit: true},
	CodeAsked:            {Audit: true, Owner: true, Step: StepAsked},
	CodeRefused:          {Audit: true, Step: StepTried, Refusal: true},
	CodeVerified:         {Audit: true, Step: StepUsed},
	Imported:             {Audit: true, Owner: true},
	InviteCreated:        {Audit: true},
	InviteRefused:        {Audit: true, Refusal: true},
	KeyActivated:         {Audit: true},
	KeyCreated:           {Audit: true},
	KeyRevoked:           {Audit: true},
	Limited:              {Audit: true, Owner: true, Step: StepLimited, Refusal: true},
	NumberChanged:        {Audit: true, Owner: true},
	PasswordChangeFailed: {Audit: true, Owner: true, Refusal: true},
	PasswordChanged:      {Audit: true, Owner: true, Notice: true},
	PasswordReset:        {Audit: true, Owner: true, Notice: true},
	PasswordResetAsked:   {Audit: true, Owner: true, Notice: true},
	PasswordResetFailed:  {Audit: true, Owner: true, Refusal: true},
	ProfileChanged:       {Audit: true, Owner: true},
	RefreshReused:        {Audit: true, Owner: true, Refusal: true},
	Registered:           {Audit: true, Owner: true},
	RegistrationFailed:   {Audit: true, Refusal: true},
	RoleChanged:          {Audit: true, Owner: true},
	SessionEnded:         {Audit: true, Owner: true},
	SessionsEnded:        {Audit: true, Owner: true},
	SignIn:               {Audit: true, Owner: true, Notice: true},
	SignInFailed:         {Audit: true, Owner: true, Refusal: true},
	SignOut:              {Audit: true, Owner: true},
	Unbanned:             {Audit: true, Owner: true},
	UsernameChangeFailed: {Audit: true, Owner: true, Refusal: true},
	UsernameChanged:      {Audit: true, Owner: true},

	AnonymousCreated:   {Audit: true, Owner: true},
	AnonymousUpgraded:  {Audit: true, Owner: true},
	LinkAdded:          {Audit: true, Owner: true, Notice: true},
	LinkFailed:         {Audit: true, Owner: true, Refusal: true},
	LinkRemoved:        {Audit: true, Owner: true, Notice: true},
	MfaReset:           {Audit: true, Owner: true, Notice: true},
	MfaResetAsked:      {Audit: true, Owner: true, Notice: true},
	MfaResetStopped:    {Audit: true, Owner: true},
	PasskeyAdded:       {Audit: true, Owner: true, Notice: true},
	PasskeyCloned:      {Audit: true, Owner: true, Notice: true},
	PasskeyRemoved:     {Audit: true, Owner: true, Notice: true},
	PasskeyRenamed:     {Audit: true, Owner: true},
	ProviderEvent:      {Audit: true, Owner: true},
	RecoveryCodesMade:  {Audit: true, Owner: true, Notice: true},
	RecoveryCodeUsed:   {Audit: true, Owner: true, Notice: true},
	SecondFactorFailed: {Audit: true, Owner: true, Refusal: true},
	TotpAdded:          {Audit: true, Owner: true, Notice: true},
	TotpRemoved:        {Audit: true, Owner: true, Notice: true},

	MessageAnswered:  {Step: StepProvider},
	MessageDelivered: {Step: StepDelivered},
	MessageFailed:    {Step: StepFailed},
	MessageQueued:    {Step: StepQueued},
	NoticeAsked:      {Step: StepAsked},
}

// Reasons lists all reasons of events that the audit trail keeps.
var Reasons = []Reason{
	ByAnonymous, ByApplication, ByCode, ByPasskey, ByPassword, ByRecoveryCode, BySocial, ByTotp, ForBindEmail, ForBindPhone, ForDelete, ForLogin, ForNotice, ForReset, AtHard, AtSoft, ToAdmin, ToUser,
	WhenActing, WhenAsking, WhenProving, WhenRefreshing, WhenRegistering, WhenSigningIn, WhenTrying,
	OfDeliveries, OfEvents, OfEveryone, OfUser, OfUsers,
	BannedAccount, Cloned, Closed, LastMethod, LinkedElsewhere, NoInvite, NotRecent, Taken, UnknownAccount, WrongCode, WrongPasskey, WrongPassword,
	WrongSecond, WrongToken,
}

// OwnerKinds returns the kinds that are shown to the owner, sorted.
func OwnerKinds() []string {
	var kinds []string
	for kind, keeping := range Kinds {
		if keeping.Owner {
			kinds = append(kinds, string(kind))
		}
	}
	slices.Sort(kinds)
	return kinds
}
