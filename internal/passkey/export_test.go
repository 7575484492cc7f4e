package passkey

import "encoding/json"

// Check verifies an answer with the dummy key.
func (p *Passkeys) Check(answer json.RawMessage) error {
	_, err := p.check(toSignIn, p.Read(answer), nil)
	return err
}

// Created verifies the answer to a registration.
func (p *Passkeys) Created(userID int64, answer json.RawMessage) error {
	_, _, err := p.read(userID, answer)
	return err
}
