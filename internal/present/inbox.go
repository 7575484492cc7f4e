package present

import (
	"user-api/internal/delivery/inbox"
	"user-api/internal/types"
)

// InboxMessage converts a message of the developer inbox.
func InboxMessage(m inbox.Message) types.InboxMessage {
	return types.InboxMessage{
		To: m.To, Channel: string(m.Channel), Body: m.Body, Otp: m.Otp, At: m.At.Unix(), Id: m.ID, Subject: m.Subject, Html: m.HTML != "",
	}
}
