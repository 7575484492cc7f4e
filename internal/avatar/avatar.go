// Package avatar stores the pictures of users. An upload is checked by its header, decoded,
// cropped to a square and encoded again in each of Sizes, so that served pictures contain
// only pixels drawn here and nothing of the uploaded file.
//
// A picture has a row in the database from before its blobs are written until they are
// deleted. So all blobs in the store are known, and Sweep removes what a crash, an outage
// or an erased account leaves behind. An upload writes the row, the blobs, and the user, in
// this order; a picture belongs to a user only when it is complete.
//
// Pictures are public: anyone who knows the ID of a user can see the picture, and anyone
// with its URL from UserInfo may cache it indefinitely.
package avatar

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"golang.org/x/sync/errgroup"

	"user-api/internal/apperr"
	"user-api/internal/blob"
	"user-api/internal/metrics"
	"user-api/model"
)

// The sides of the squares, in pixels.
const (
	Small = 128
	Large = 512
)

const (
	// uploadTimeoutout is how long an interrupted upload may continue elsewhere; afterwards
	// its blobs are removed.
	uploadTimeout = time.Hour
	// hashBytes is how many bytes of SHA-256 identify a picture.
	hashBytes = 16
)

var (
	// Sizes are the stored sizes, the largest first.
	Sizes = []int{Large, Small}
	// Types are the accepted content types. The actual type is detected from the content.
	Types = []string{"image/jpeg", "image/png", "image/webp"}
)

var busy = metrics.Counter("user_api_avatar_busy_total",
	"uploads refused for lack of memory, CPU cores or slots")

type (
	// Users sets the picture of a user.
	Users interface {
		PutAvatar(ctx context.Context, id int64, picture *model.Avatar, now int64) error
		ClearAvatar(ctx context.Context, id, now int64) (bool, error)
	}

	// Options configure Avatars.
	Options struct {
		Users    Users
		Pictures model.AvatarModel
		Blobs    blob.Store
		Now      func() time.Time
		Rand     io.Reader
		// Cores is the maximum number of pictures decoded concurrently; Wait is how long an
		// upload waits.
		Cores int
		Wait  time.Duration
	}

	// Avatars stores the pictures of users. It is safe for concurrent use.
	Avatars struct {
		Options

		room *room
	}

	// Picture is the current picture of a user.
	Picture struct {
		// Hash identifies its content.
		Hash string
		id   string
	}
)

// New returns Avatars.
func New(o Options) *Avatars { return &Avatars{Options: o, room: newRoom(o.Cores, o.Wait)} }

// Put sets the picture of a user. It reads the upload only when there is capacity. It fails
// with the error of read, with apperr.UnsupportedMedia, InvalidRequest or BodyTooLarge for
// an unacceptable picture, and with Unavailable.
func (a *Avatars) Put(ctx context.Context, userID int64, read func() ([]byte, error)) error {
	squares, err := a.prepare(ctx, read)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(squares[Large])
	picture, err := a.insert(ctx, base64.RawURLEncoding.EncodeToString(sum[:hashBytes]))
	if err != nil {
		return err
	}
	if err := a.write(ctx, picture.Id, squares); err != nil {
		return apperr.Down(err)
	}
	err = a.Users.PutAvatar(ctx, userID, picture, a.Now().UnixMilli())
	switch {
	case model.Orphan(err):
		return apperr.New(apperr.SessionEnded)
	case err != nil:
		return apperr.Down(err)
	}
	return nil
}

// prepare reads an upload and renders the squares.
func (a *Avatars) prepare(ctx context.Context, read func() ([]byte, error)) (map[int][]byte, error) {
	leave, err := a.room.forBody(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	data, err := read()
	if err != nil {
		return nil, err
	}
	if len(data) > MaxBytes {
		return nil, apperr.New(apperr.BodyTooLarge)
	}
	head, err := parseHeader(data)
	if err != nil {
		return nil, err
	}
	done, err := a.room.forPicture(ctx, head)
	if err != nil {
		return nil, err
	}
	defer done()
	return render(data, head)
}

// insert records that blobs may exist from now on.
func (a *Avatars) insert(ctx context.Context, hash string) (*model.Avatar, error) {
	var raw [16]byte
	if _, err := io.ReadFull(a.Rand, raw[:]); err != nil {
		return nil, fmt.Errorf("avatar: new id: %w", err)
	}
	now := a.Now()
	picture := &model.Avatar{Id: hex.EncodeToString(raw[:]), Hash: hash, Created: now.UnixMilli(), Due: now.Add(uploadTimeout).UnixMilli()}
	if _, err := a.Pictures.Insert(ctx, picture); err != nil {
		return nil, apperr.Down(err)
	}
	return picture, nil
}

func (a *Avatars) write(ctx context.Context, id string, squares map[int][]byte) error {
	group, ctx := errgroup.WithContext(ctx)
	for size, square := range squares {
		group.Go(func() error { return a.Blobs.Put(ctx, name(id, size), square) })
	}
	return group.Wait()
}

// Remove removes the picture of a user. Its blobs are deleted soon afterwards.
func (a *Avatars) Remove(ctx context.Context, userID int64) (had bool, err error) {
	if had, err = a.Users.ClearAvatar(ctx, userID, a.Now().UnixMilli()); err != nil {
		return false, apperr.Down(err)
	}
	return had, nil
}

// Find returns the picture of a user. It fails with apperr.NotFound if there is no such
// user or no picture.
func (a *Avatars) Find(ctx context.Context, userID int64) (Picture, error) {
	row, err := a.Pictures.FindByUser(ctx, userID)
	switch {
	case errors.Is(err, model.ErrNotFound):
		return Picture{}, apperr.New(apperr.NotFound)
	case err != nil:
		return Picture{}, apperr.Down(err)
	}
	return Picture{Hash: row.Hash, id: row.Id}, nil
}

// Load returns the square of a size as JPEG. It fails with apperr.NotFound if the picture
// has been removed, and with Unavailable.
func (a *Avatars) Load(ctx context.Context, p Picture, size int) ([]byte, error) {
	data, err := a.Blobs.Get(ctx, name(p.id, size))
	switch {
	case errors.Is(err, blob.ErrNotFound):
		return nil, apperr.New(apperr.NotFound)
	case err != nil:
		return nil, apperr.Down(err)
	}
	return data, nil
}

// name returns the blob name of a picture in a size.
func name(id string, size int) string { return fmt.Sprintf("%s-%d", id, size) }
