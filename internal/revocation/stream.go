package revocation

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"user-api/model"
)

const (
	streamKey = "ua:{feed}:revocation"
	beatKey   = "ua:{feed}:beat"
	// streamLength bounds the stream, about; streamPage one reading of it.
	streamLength = 10_000
	streamPage   = 1000
	streamTime   = time.Second
)

// stream is the Redis stream of entries. It is not safe for concurrent use.
type stream struct {
	redis redis.UniversalClient
	life  time.Duration
	// after is the id of the last entry that was read, "" before the first reading.
	after string
}

func newStream(rdb redis.UniversalClient, life time.Duration) *stream {
	return &stream{redis: rdb, life: life}
}

// write adds entries, and fails where Redis does not take a write even if there is
// none.
func (s *stream) write(ctx context.Context, entries []*model.Revocation) error {
	ctx, cancel := context.WithTimeout(ctx, streamTime)
	defer cancel()
	pipe := s.redis.Pipeline()
	pipe.Set(ctx, beatKey, "1", s.life)
	for _, e := range entries {
		pipe.XAdd(ctx, &redis.XAddArgs{Stream: streamKey, MaxLen: streamLength, Approx: true, Values: []string{
			"user", strconv.FormatInt(e.UserId, 10), "session", e.SessionId, "reason", e.Reason, "role", e.Role,
			"event", e.Event, "at", strconv.FormatInt(e.At, 10),
		}})
	}
	if len(entries) > 0 {
		pipe.PExpire(ctx, streamKey, s.life)
	}
	_, err := pipe.Exec(ctx)
	return err
}

// read returns what was added since the last reading, and whether that is all. The
// first reading begins at the end: what is older is in the table, which knows the
// order of changes better.
func (s *stream) read(ctx context.Context) (entries []*model.Revocation, complete bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, streamTime)
	defer cancel()
	last, err := s.redis.XRevRangeN(ctx, streamKey, "+", "-", 1).Result()
	if err != nil {
		return nil, false, err
	}
	tip := "0-0"
	if len(last) > 0 {
		tip = last[0].ID
	}
	// A Redis that was put back from an old copy, or has forgotten the stream, goes on
	// from there: what comes may have less than the last id that was read.
	if s.after == "" || less(tip, s.after) {
		s.after = tip
	}
	found, err := s.redis.XRead(ctx, &redis.XReadArgs{Streams: []string{streamKey, s.after}, Count: streamPage, Block: -1}).Result()
	if errors.Is(err, redis.Nil) {
		return nil, true, nil
	}
	if err != nil || len(found) == 0 {
		return nil, err == nil, err
	}
	messages := found[0].Messages
	for _, message := range messages {
		s.after = message.ID
		if e := decode(message.Values); e != nil {
			entries = append(entries, e)
		}
	}
	return entries, len(messages) < streamPage, nil
}

// less compares two ids of a stream: milliseconds, and a number within these.
func less(a, b string) bool {
	var of [2][2]uint64
	for i, id := range []string{a, b} {
		ms, seq, _ := strings.Cut(id, "-")
		of[i][0], _ = strconv.ParseUint(ms, 10, 64)
		of[i][1], _ = strconv.ParseUint(seq, 10, 64)
	}
	return of[0][0] < of[1][0] || of[0][0] == of[1][0] && of[0][1] < of[1][1]
}

// decode reads an entry; what is none of ours is nil.
func decode(values map[string]any) *model.Revocation {
	text := func(name string) string {
		value, _ := values[name].(string)
		return value
	}
	userID, err := strconv.ParseInt(text("user"), 10, 64)
	if err != nil {
		return nil
	}
	// A node of the release without ids puts neither of these there.
	at, _ := strconv.ParseInt(text("at"), 10, 64)
	return &model.Revocation{At: at, UserId: userID, SessionId: text("session"), Reason: text("reason"), Role: text("role"), Event: text("event")}
}
