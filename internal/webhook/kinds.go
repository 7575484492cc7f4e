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
	event.AppMetadataChanged: {model.UserUpdated},
	event.AvatarChanged:      {model.UserUpdated},
	event.AvatarRemoved:      {model.UserUpdated},
	event.Banned:             {model.UserBanned, model.SessionEnded},
	event.Imported:           {model.UserCreated},
	event.NumberChanged:      {model.UserUpdated},
	event.PasswordChanged:    {model.PasswordChanged, model.SessionEnded},
	event.PasswordReset:      {model.PasswordChanged, model.SessionEnded},
	event.ProfileChanged:     {model.UserUpdated},
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
	event.MessageAnswered:      message,
	event.MessageDelivered:     message,
	event.MessageFailed:        message,
	event.MessageQueued:        message,
	event.NoticeAsked:          message,
	event.PasswordChangeFailed: refused,
	event.PasswordResetAsked:   "the password is as it was until the owner has had time to object",
	event.PasswordResetFailed:  refused,
	event.RegistrationFailed:   refused,
	event.SignInFailed:         refused,
	event.UsernameChangeFailed: refused,
}
