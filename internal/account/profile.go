package account

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"unicode/utf8"

	"user-api/internal/apperr"
	"user-api/internal/document"
	"user-api/model"
)

const (
	// maxClaimText bounds a string claim in access tokens in bytes, maxClaimNumber a number in
	// characters.
	maxClaimText   = 128
	maxClaimNumber = 32
)

type (
	// Change is a change of a user's profile. Nil fields stay as they are.
	Change struct {
		Username *string
		// DisplayName and Locale are in stored form; "" removes them.
		DisplayName, Locale *string
		// Metadata is merged into that of the user.
		Metadata document.Document
	}

	// Documents are the data that an app stores with a user. The user writes Metadata,
	// administrators write AppMetadata. Nil means empty.
	Documents struct {
		Metadata, AppMetadata document.Document
	}
)

// Describe applies a change, all or nothing, and returns the user. Concurrent changes of metadata
// are merged one after the other. It fails with apperr.UsernameTaken, and with
// apperr.InvalidRequest if the metadata would be too large.
func (a *Accounts) Describe(ctx context.Context, id int64, c Change) (*model.User, error) {
	d := model.ProfileUpdate{Username: c.Username, DisplayName: c.DisplayName, Language: c.Locale}
	if c.Metadata != nil {
		d.Merged = "metadata"
		d.Merge = func(p *model.Profile) (err error) {
			p.Metadata, err = merge(p.Metadata, c.Metadata, "metadata")
			return err
		}
	}
	return a.described(ctx, id, d)
}

// ChangeAppMetadata merges patch into the appMetadata of a user. It fails with
// apperr.InvalidRequest if the result would be too large or a value for an access token is not
// allowed there.
func (a *Accounts) ChangeAppMetadata(ctx context.Context, id int64, patch document.Document) error {
	for _, key := range a.ClaimKeys {
		if value := patch[key]; value != nil && string(value) != "null" && !claimable(value) {
			return apperr.New(apperr.InvalidRequest).WithField("appMetadata").
				WithDetail("The value of a key that goes into access tokens must be a string of at most 128 bytes, a number, true or false.")
		}
	}
	_, err := a.described(ctx, id, model.ProfileUpdate{Merged: "appMetadata", Merge: func(p *model.Profile) (err error) {
		p.AppMetadata, err = merge(p.AppMetadata, patch, "appMetadata")
		return err
	}})
	return err
}

// Documents reads the user's documents for display, from the cache if possible.
func (a *Accounts) Documents(ctx context.Context, user *model.User) (Documents, error) {
	if user.Profile == 0 {
		return Documents{}, nil
	}
	return a.documents(a.Profiles.FindOne(ctx, user.Id))
}

// Locale returns the user's language as a BCP 47 tag: the chosen one, else that of the last
// sign-in, or "" if neither is known.
func (a *Accounts) Locale(ctx context.Context, id int64) string {
	user, err := a.Current(ctx, id) // the cached row may have an old language
	if err != nil {
		return "" // a notice in another language is better than none
	}
	return cmp.Or(user.Language, user.Locale)
}

// ChosenLocale returns the language that a user has chosen, or "". User 0 does not exist and takes
// as long.
func (a *Accounts) ChosenLocale(ctx context.Context, id int64) string {
	user, err := a.Current(ctx, id)
	if err != nil {
		return "" // see Locale
	}
	return user.Language
}

// ListOrigins returns the systems from which a user was imported.
func (a *Accounts) ListOrigins(ctx context.Context, id int64) ([]*model.Origin, error) {
	return apperr.ResultOrDown(a.Origins.OfUser(ctx, id))
}

// CurrentDocuments is Documents from the database.
func (a *Accounts) CurrentDocuments(ctx context.Context, user *model.User) (Documents, error) {
	if user.Profile == 0 {
		return Documents{}, nil
	}
	return a.documents(a.Profiles.FindCurrent(ctx, user.Id))
}

// Claims returns the extra claims of a user's access tokens by name, as stored in the database now.
// It omits values that are not allowed in a claim; they were written before the claim was
// configured.
func (a *Accounts) Claims(ctx context.Context, user *model.User) (map[string]json.RawMessage, error) {
	if len(a.ClaimKeys) == 0 {
		return nil, nil
	}
	docs, err := a.CurrentDocuments(ctx, user)
	if err != nil {
		return nil, err
	}
	claims := map[string]json.RawMessage{}
	for name, key := range a.ClaimKeys {
		if value := docs.AppMetadata[key]; claimable(value) {
			claims[name] = value
		}
	}
	return claims, nil
}

func (a *Accounts) documents(p *model.Profile, err error) (docs Documents, _ error) {
	if errors.Is(err, model.ErrNotFound) {
		return docs, nil // erased concurrently
	}
	if err != nil {
		return docs, apperr.Down(err)
	}
	if docs.Metadata, err = document.Kept(p.Metadata); err != nil {
		return docs, err
	}
	docs.AppMetadata, err = document.Kept(p.AppMetadata)
	return docs, err
}

func (a *Accounts) described(ctx context.Context, id int64, d model.ProfileUpdate) (*model.User, error) {
	err := a.Users.UpdateProfile(ctx, id, d)
	if typed, ok := errors.AsType[*apperr.Error](err); ok {
		return nil, typed
	}
	if model.Orphan(err) {
		return nil, apperr.New(apperr.SessionEnded)
	}
	return a.changed(ctx, id, err)
}

// merge returns the text of a document after a patch. field names the patch in errors.
func merge(kept string, patch document.Document, field string) (string, error) {
	d, err := document.Kept(kept)
	if err != nil {
		return "", err
	}
	text, err := d.Merge(patch).Text()
	if err == nil && len(text) > document.MaxSize {
		err = apperr.New(apperr.InvalidRequest).WithField(field).WithDetail("It would be larger than 8 KiB after merging.")
	}
	return text, err
}

// claimable reports whether a value can be a claim: a short scalar that every JSON parser accepts.
func claimable(value json.RawMessage) bool {
	if len(value) == 0 {
		return false
	}
	switch value[0] {
	case '"':
		var text string
		return json.Unmarshal(value, &text) == nil && len(text) <= maxClaimText && utf8.ValidString(text)
	case '{', '[', 'n':
		return false
	case 't', 'f':
		return true
	}
	_, err := strconv.ParseFloat(string(value), 64) // fails for values out of range, too
	return err == nil && len(value) <= maxClaimNumber
}
