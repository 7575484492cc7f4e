// Package avatar keeps the pictures of users. An upload is judged by its header,
// decoded, cut to a square and encoded anew in each of Sizes, so that what is served
// holds pixels that were drawn here and nothing of what was sent.
//
// A picture has a row in the table of avatars before it is in the store of blobs, and
// until it is not: so whatever the store may hold is known, and what a crash, an
// outage or an erased account leaves there is removed by Sweep. The order of an upload
// is row, blobs, user; a picture is a user's only once it is whole.
//
// Pictures are public: whoever knows the id of a user can see the picture, and whoever
// has its address as UserInfo tells it may keep it for ever.
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
	// uploadTime is how long an upload that was broken off may still go on elsewhere;
	// its blobs are removed after it.
	uploadTime = time.Hour
	// hashBytes of SHA-256 name a picture.
	hashBytes = 16
)

var (
	// Sizes are all sides that are kept, the largest first.
	Sizes = []int{Large, Small}
	// Types are the content types that an upload may have. Which of them it is, its
	// content tells.
	Types = []string{"image/jpeg", "image/png", "image/webp"}
)

var busy = metrics.Counter("user_api_avatar_busy_total",
	"uploads refused because memory, cores or slots were exhausted")

type (
	// Users changes which picture a user has.
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
		// Cores is how many pictures are decoded at a time, Wait how long an upload waits
		// for its turn.
		Cores int
		Wait  time.Duration
	}

	// Avatars keeps the pictures of users. It is safe for concurrent use.
	Avatars struct {
		Options

		room *room
	}

	// Picture is a user's picture as it is now.
	Picture struct {
		// Hash is of its content.
		Hash string
		id   string
	}
)

// New returns Avatars.
func New(o Options) *Avatars { return &Avatars{Options: o, room: newRoom(o.Cores, o.Wait)} }

// Put makes a picture the user's. It is read only once there is room for it. Fails
// with what read fails with, with apperr.UnsupportedMedia, InvalidRequest and
// BodyTooLarge for what is no picture to be taken, and with Unavailable.
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

// prepare reads an upload and makes the squares.
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
	head, err := judge(data)
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

// insert notes that there may be blobs from now on.
func (a *Avatars) insert(ctx context.Context, hash string) (*model.Avatar, error) {
	var raw [16]byte
	if _, err := io.ReadFull(a.Rand, raw[:]); err != nil {
		return nil, fmt.Errorf("avatar: new id: %w", err)
	}
	now := a.Now()
	picture := &model.Avatar{Id: hex.EncodeToString(raw[:]), Hash: hash, Created: now.UnixMilli(), Due: now.Add(uploadTime).UnixMilli()}
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

// Remove takes the picture from a user. It is gone from the store soon after.
func (a *Avatars) Remove(ctx context.Context, userID int64) (had bool, err error) {
	if had, err = a.Users.ClearAvatar(ctx, userID, a.Now().UnixMilli()); err != nil {
		return false, apperr.Down(err)
	}
	return had, nil
}

// Find returns the picture of a user. Fails with apperr.NotFound, whether there is no
// such user or the user has none.
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

// Load returns the square of a size, as a JPEG. Fails with apperr.NotFound where it
// was removed meanwhile, and with Unavailable.
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

// name is the name of the blob of a picture in a size.
func name(id string, size int) string { return fmt.Sprintf("%s-%d", id, size) }
