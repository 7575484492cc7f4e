package signin

import (
	"time"

	"user-api/internal/address"
	"user-api/internal/apperr"
	"user-api/internal/token"
	"user-api/model"
)

const (
	// mfaTokenLife is how long a first proof waits for the second factor.
	mfaTokenLife = 5 * time.Minute
	// mfaTokenContext is what tokens are sealed for.
	mfaTokenContext = "mfa token"
	// maxMfaToken bounds what is opened.
	maxMfaToken = 2048
)

// firstProof is what an mfaToken says: a proof that held, of a user in an epoch. The
// service keeps none of it. The token is good for one session, because Digest is.
type firstProof struct {
	UserID int64 `json:"u"`
	Epoch  int64 `json:"e"`
	// Kind and Address are those of Proof.Address.
	Kind    address.Kind `json:"k,omitempty"`
	Address string       `json:"a,omitempty"`
	Locale  string       `json:"l,omitempty"`
	Methods []string     `json:"m,omitempty"`
	// Digest is that of the Opener of the proof; empty stands for that of the token.
	Digest string `json:"d,omitempty"`
	// Enroll says that the user had no second factor and must set one up.
	Enroll bool `json:"n,omitempty"`
	// IsNew says that the proof made the account.
	IsNew   bool  `json:"w,omitempty"`
	Expires int64 `json:"x"` // Unix milliseconds
}

// mfaRequired is the answer to a proof that held and is not enough.
func (s *Service) mfaRequired(p Proof, user *model.User, isNew bool, methods []string) error {
	first := firstProof{
		UserID: user.Id, Epoch: user.Epoch, Kind: p.Address.Kind(), Address: p.Address.Canonical(), Locale: p.Locale,
		Methods: p.Opener.Methods, Digest: p.Opener.Digest, Enroll: methods[0] == methodEnroll, IsNew: isNew,
		Expires: s.Sessions.Now().Add(mfaTokenLife).UnixMilli(),
	}
	text, err := s.Ring.SealText(mfaTokenContext, first)
	if err != nil {
		return err
	}
	return apperr.New(apperr.MfaRequired).WithMethods(methods...).WithMfaToken(text)
}

// readMfaToken reads a token; ok is false for one that has expired, or is none of this
// service.
func (s *Service) readMfaToken(text string) (first firstProof, ok bool) {
	if !s.Ring.OpenText(mfaTokenContext, text, maxMfaToken, &first) || s.Sessions.Now().UnixMilli() >= first.Expires {
		return firstProof{}, false
	}
	if first.Digest == "" {
		first.Digest = token.Digest(text)
	}
	return first, true
}

func (f firstProof) address() address.Address { return address.Stored(f.Kind, f.Address) }
