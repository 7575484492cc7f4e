package webhook_test

import (
	"slices"
	"testing"

	"user-api/internal/event"
	"user-api/model"
)

// webhooksOf says which webhooks each kind of event causes. The model writes them, in the
// transaction of the change. Every kind is either here or in noWebhook.
var webhooksOf = map[event.Kind][]string{
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

// Reasons why an event causes no webhook.
const (
	refused  = "nothing has changed"
	readOnly = "data was only read"
	message  = "it concerns a message, which may contain a code"
	operator = "it concerns the operator and no user"
	proof    = "how a user signs in does not concern other services"
)

// noWebhook are the kinds that cause no webhook, with the reasons.
var noWebhook = map[event.Kind]string{
	event.AccountDeleteFailed:  refused,
	event.AccountExported:      readOnly,
	event.AddressBindFailed:    refused,
	event.AddressRemoveFailed:  refused,
	event.AdminRead:            readOnly,
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
	event.CodeVerified:         "what the code was used for causes one",
	event.InviteCreated:        "there is no user yet",
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
	event.MfaResetAsked:        "the second factors do not change until the owner has had time to object",
	event.MfaResetStopped:      "the second factors have not changed",
	event.NoticeAsked:          message,
	event.PasskeyAdded:         proof,
	event.PasskeyCloned:        refused,
	event.PasskeyRemoved:       proof,
	event.PasskeyRenamed:       proof,
	event.PasswordChangeFailed: refused,
	event.PasswordResetAsked:   "the password does not change until the owner has had time to object",
	event.PasswordResetFailed:  refused,
	event.RecoveryCodeUsed:     "the session that it opened causes one",
	event.RecoveryCodesMade:    proof,
	event.RegistrationFailed:   refused,
	event.SecondFactorFailed:   refused,
	event.SignInFailed:         refused,
	event.TotpAdded:            proof,
	event.TotpRemoved:          proof,
	event.UsernameChangeFailed: refused,
}

// Every kind of event either causes a webhook or has a reason why not, and every webhook is
// caused by some event.
func TestKinds(t *testing.T) {
	caused := map[string]bool{}
	for kind := range event.Kinds {
		webhooks, reason := webhooksOf[kind], noWebhook[kind]
		if (len(webhooks) > 0) == (reason != "") {
			t.Errorf("%s must be in either webhooksOf or noWebhook: %v, %q", kind, webhooks, reason)
		}
		for _, webhook := range webhooks {
			caused[webhook] = true
			if !slices.Contains(model.OutboxKinds, webhook) {
				t.Errorf("%s causes %s, which is not a kind", kind, webhook)
			}
		}
	}
	for _, kind := range model.OutboxKinds {
		if !caused[kind] {
			t.Errorf("no event causes %s", kind)
		}
	}
	if n := len(webhooksOf) + len(noWebhook); n != len(event.Kinds) {
		t.Errorf("webhooksOf and noWebhook have %d kinds, event.Kinds %d", n, len(event.Kinds))
	}
}
