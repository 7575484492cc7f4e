package webhook

import (
	"user-api/internal/event"
	"user-api/model"
)

// TestKind is the type of what `webhooks test` sends. It is of no user, is not kept and
// not tried again.
const TestKind = "webhook.test"

// Told says which webhooks an event of the service comes to. A kind of event is either
// here or in Untold. The model writes them, with the change itself, so that they are
// there exactly if it is.
var Told = map[event.Kind][]string{
	event.AccountDeleted:     {model.UserDeleted, model.SessionEnded},
	event.AddressBound:       {model.AddressBound},
	event.AddressRemoved:     {model.AddressRemoved, model.SessionEnded},
	event.AnonymousCreated:   {model.UserCreated},
	event.AnonymousUpgraded:  {model.UserUpdated},
	event.AppMetadataChanged: {model.UserUpdated},
	event.AvatarChanged:      {model.UserUpdated},
	event.AvatarRemoved:      {model.UserUpdated},
	event.Banned:             {model.UserBanned, model.SessionEnded},
	event.Imported:           {model.UserCreated},
	event.MfaReset:           {model.SessionEnded},
	event.NumberChanged:      {model.UserUpdated},
	event.PasswordChanged:    {model.PasswordChanged, model.SessionEnded},
	event.PasswordReset:      {model.PasswordChanged, model.SessionEnded},
	event.ProfileChanged:     {model.UserUpdated},
	event.ProviderEvent:      {model.SessionEnded},
	event.RefreshReused:      {model.SessionEnded},
	event.Registered:         {model.UserCreated},
	event.RoleChanged:        {model.UserRoleChanged},
	event.SessionEnded:       {model.SessionEnded},
	event.SessionsEnded:      {model.SessionEnded},
	event.SignIn:             {model.SessionCreated, model.UserCreated},
	event.SignOut:            {model.SessionEnded},
	event.Unbanned:           {model.UserUnbanned},
	event.UsernameChanged:    {model.UserUpdated},
}

// Why an event is told to nobody.
const (
	refused  = "nothing has changed"
	reading  = "somebody has read"
	message  = "a message is on its way, and may hold a code"
	operator = "concerns the operator and no user"
	proof    = "how a user signs in concerns no other service"
)

// Untold are the events that come to no webhook, each for its reason.
var Untold = map[event.Kind]string{
	event.AccountDeleteFailed:  refused,
	event.AccountExported:      reading,
	event.AddressBindFailed:    refused,
	event.AddressRemoveFailed:  refused,
	event.AdminRead:            reading,
	event.BudgetAlert:          operator,
	event.ClientChanged:        operator,
	event.ClientCreated:        operator,
	event.ClientDisabled:       operator,
	event.ClientEnabled:        operator,
	event.ClientRefused:        refused,
	event.ClientRemoved:        operator,
	event.ClientRotated:        operator,
	event.ClientToken:          operator,
	event.CodeAsked:            message,
	event.CodeRefused:          refused,
	event.CodeVerified:         "what the code was for tells of it",
	event.InviteCreated:        "nobody has come yet",
	event.InviteRefused:        refused,
	event.KeyActivated:         operator,
	event.KeyCreated:           operator,
	event.KeyRevoked:           operator,
	event.Limited:              refused,
	event.LinkAdded:            proof,
	event.LinkFailed:           refused,
	event.LinkRemoved:          proof,
	event.MessageAnswered:      message,
	event.MessageDelivered:     message,
	event.MessageFailed:        message,
	event.MessageQueued:        message,
	event.MfaResetAsked:        "the second factors are as they were until the owner has had time to object",
	event.MfaResetStopped:      "the second factors are as they were",
	event.NoticeAsked:          message,
	event.PasskeyAdded:         proof,
	event.PasskeyCloned:        refused,
	event.PasskeyRemoved:       proof,
	event.PasskeyRenamed:       proof,
	event.PasswordChangeFailed: refused,
	event.PasswordResetAsked:   "the password is as it was until the owner has had time to object",
	event.PasswordResetFailed:  refused,
	event.RecoveryCodeUsed:     "the session that it opened is told of",
	event.RecoveryCodesMade:    proof,
	event.RegistrationFailed:   refused,
	event.SecondFactorFailed:   refused,
	event.SignInFailed:         refused,
	event.TotpAdded:            proof,
	event.TotpRemoved:          proof,
	event.UsernameChangeFailed: refused,
}
