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
	// streamLength is the approximate maximum length of the stream, streamPage that of a read.
	streamLength = 10_000
	streamPage   = 1000
	streamTime   = time.Second
)

// stream is the Redis stream of entries. It is not safe for concurrent use.
type stream struct {
	redis redis.UniversalClient
	life  time.Duration
	// after is the id of the last entry that was read, "" before the first read.
	after string
}

func newStream(rdb redis.UniversalClient, life time.Duration) *stream {
	return &stream{redis: rdb, life: life}
}

// write adds entries. It fails if Redis accepts no writes, even if there are no entries.
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

// read returns the entries added since the last read, and whether these are all. The first
// read starts at the end: older entries are in the table, which has the order of changes.
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
	// A Redis that was restored from an old copy or has lost the stream continues from
	// there: new ids may be smaller than the last one that was read.
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

// less compares two stream ids: milliseconds and a sequence number.
func less(a, b string) bool {
	var of [2][2]uint64
	for i, id := range []string{a, b} {
		ms, seq, _ := strings.Cut(id, "-")
		of[i][0], _ = strconv.ParseUint(ms, 10, 64)
		of[i][1], _ = strconv.ParseUint(seq, 10, 64)
	}
	return of[0][0] < of[1][0] || of[0][0] == of[1][0] && of[0][1] < of[1][1]
}

// decode parses an entry. It returns nil if the message is not an entry.
func decode(values map[string]any) *model.Revocation {
	text := func(name string) string {
		value, _ := values[name].(string)
		return value
	}
	userID, err := strconv.ParseInt(text("user"), 10, 64)
	if err != nil {
		return nil
	}
	// Nodes of the release without ids set neither of these.
	at, _ := strconv.ParseInt(text("at"), 10, 64)
	return &model.Revocation{At: at, UserId: userID, SessionId: text("session"), Reason: text("reason"), Role: text("role"), Event: text("event")}
}
