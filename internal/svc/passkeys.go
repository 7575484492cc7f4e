package svc

import (
	"user-api/internal/keyring"
	"user-api/internal/passkey"
	"user-api/model"
)

// wirePasskeys creates the storage of passkeys unless they are disabled.
func (s *ServiceContext) wirePasskeys(ring *keyring.Ring) (err error) {
	party, ok := s.Config.RelyingParty()
	if !ok {
		return nil
	}
	s.Passkeys, err = passkey.New(passkey.Options{
		Table: model.NewPasskeyModel(s.db.Conn), Users: s.users, Ring: ring, Now: s.Now, Rand: s.Rand,
		RPID: party.RpId, RPName: party.RpName, Origins: party.Origins, Related: party.Related,
	})
	return err
}
