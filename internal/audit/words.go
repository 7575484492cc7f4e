package audit

// What happened. The words are a closed list, which docs/audit.md explains.
const (
	AccountDeleted       Type = "account_deleted"
	AccountDeleteFailed  Type = "account_delete_failed"
	AccountExported      Type = "account_exported"
	AddressBindFailed    Type = "address_bind_failed"
	AddressBound         Type = "address_bound"
	Banned               Type = "banned"
	BudgetAlert          Type = "budget_alert"
	CodeAsked            Type = "code_asked"
	CodeRefused          Type = "code_refused"
	CodeVerified         Type = "code_verified"
	Limited              Type = "limited"
	PasswordChangeFailed Type = "password_change_failed"
	PasswordChanged      Type = "password_changed"
	PasswordReset        Type = "password_reset"
	PasswordResetFailed  Type = "password_reset_failed"
	RefreshReused        Type = "refresh_reused"
	Registered           Type = "registered"
	RegistrationFailed   Type = "registration_failed"
	RoleChanged          Type = "role_changed"
	SessionEnded         Type = "session_ended"
	SessionsEnded        Type = "sessions_ended"
	SignIn               Type = "sign_in"
	SignInFailed         Type = "sign_in_failed"
	SignOut              Type = "sign_out"
	Unbanned             Type = "unbanned"
	UsernameChangeFailed Type = "username_change_failed"
	UsernameChanged      Type = "username_changed"
)

// By what means, for what, or why not; of a limit, what it refused.
const (
	ByCode     Reason = "code"
	ByPassword Reason = "password"

	ForBindEmail Reason = "bind-email"
	ForBindPhone Reason = "bind-phone"
	ForLogin     Reason = "login"
	ForReset     Reason = "reset"

	WhenAsking      Reason = "ask_code"
	WhenRefreshing  Reason = "refresh"
	WhenRegistering Reason = "register"
	WhenSigningIn   Reason = "sign_in"
	WhenTrying      Reason = "try_code"

	AtHard Reason = "hard"
	AtSoft Reason = "soft"

	ToAdmin Reason = "admin"
	ToUser  Reason = "user"

	BannedAccount  Reason = "banned_account"
	NotRecent      Reason = "not_recent"
	Taken          Reason = "taken"
	UnknownAccount Reason = "unknown_account"
	WrongCode      Reason = "wrong_code"
	WrongPassword  Reason = "wrong_password"
)

type (
	// Type says what happened.
	Type string

	// Reason says by what means, for what, or why not.
	Reason string
)

// Types are all of them.
func Types() []Type {
	return []Type{
		AccountDeleted, AccountDeleteFailed, AccountExported, AddressBindFailed, AddressBound, Banned, BudgetAlert, CodeAsked,
		CodeRefused, CodeVerified, Limited, PasswordChangeFailed, PasswordChanged, PasswordReset, PasswordResetFailed,
		RefreshReused, Registered, RegistrationFailed, RoleChanged, SessionEnded, SessionsEnded, SignIn, SignInFailed, SignOut,
		Unbanned, UsernameChangeFailed, UsernameChanged,
	}
}

// Reasons are all of them.
func Reasons() []Reason {
	return []Reason{
		ByCode, ByPassword, ForBindEmail, ForBindPhone, ForLogin, ForReset, AtHard, AtSoft, ToAdmin, ToUser,
		WhenAsking, WhenRefreshing, WhenRegistering, WhenSigningIn, WhenTrying,
		BannedAccount, NotRecent, Taken, UnknownAccount, WrongCode, WrongPassword,
	}
}
