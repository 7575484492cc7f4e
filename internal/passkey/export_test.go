package passkey

import "encoding/json"

// Judge judges what a client says an authenticator has signed, without looking for the
// passkey: that of nobody.
func (p *Passkeys) Judge(answer json.RawMessage) error {
	_, err := p.judge(toSignIn, p.Read(answer), nil)
	return err
}

// Created judges what a client says an authenticator of a user has made.
func (p *Passkeys) Created(userID int64, answer json.RawMessage) error {
	_, _, err := p.read(userID, answer)
	return err
}
