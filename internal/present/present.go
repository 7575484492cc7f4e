// Package present converts results of the domain into the responses of user.api. Its
// functions take a result together with its error, so that they can wrap a call.
package present

import (
	"context"
	"math"
	"strconv"
	"time"

	"user-api/internal/account"
	"user-api/internal/locale"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/signin"
	"user-api/internal/types"
	"user-api/model"
)

// AdminUser converts a user for an administrator, without the fields that only the view of a
// single user has.
func AdminUser(u *model.User, now time.Time) types.AdminUser {
	described := types.AdminUser{
		Id: u.Id, Username: u.Username.String, Phone: u.Phone.String, Email: u.Email.String,
		Role: u.Role, Anonymous: u.Anonymous != 0, CreatedAt: u.Created / 1000, Status: u.StatusAt(now.UnixMilli()),
		DisplayName: u.DisplayName, Locale: u.Language,
	}
	if described.Status == model.StatusBanned {
		described.BanReason, described.BanUntil = u.BanReason, u.BanUntil/1000
	}
	return described
}

// Users converts a page of users. It must have been read with one more than limit.
func Users(now time.Time, limit int) func([]*model.User, error) (*types.ListUsersResp, error) {
	return func(users []*model.User, err error) (*types.ListUsersResp, error) {
		next := ""
		if len(users) > limit {
			users, next = users[:limit], strconv.FormatInt(users[limit-1].Id, 10)
		}
		return Found(now)(users, next, err)
	}
}

// Found converts the result of a search for users.
func Found(now time.Time) func(users []*model.User, next string, err error) (*types.ListUsersResp, error) {
	return func(users []*model.User, next string, err error) (*types.ListUsersResp, error) {
		if err != nil {
			return nil, err
		}
		resp := &types.ListUsersResp{Users: make([]types.AdminUser, 0, len(users)), Next: next}
		for _, user := range users {
			resp.Users = append(resp.Users, AdminUser(user, now))
		}
		return resp, nil
	}
}

// OneUser converts a user like AdminUser, with its sessions and the documents of the app.
func OneUser(ctx context.Context, read documents, now time.Time) func(*model.User, []session.Info, error) (*types.AdminUser, error) {
	return func(u *model.User, sessions []session.Info, err error) (*types.AdminUser, error) {
		if err != nil {
			return nil, err
		}
		docs, err := read(ctx, u)
		if err != nil {
			return nil, err
		}
		described := AdminUser(u, now)
		described.Sessions = Sessions(sessions, "")
		described.Metadata, described.AppMetadata = docs.Metadata.Values(), docs.AppMetadata.Values()
		return &described, nil
	}
}

// Locale returns the requested language as a canonical tag, or "" if it is unknown.
func Locale(asked string) string {
	tag, _ := locale.Canonical(asked)
	return tag
}

// Languages returns the preferences of the client's header as canonical tags, best first.
func Languages(ctx context.Context) string {
	return locale.Preferred(reqctx.ClientFrom(ctx).Languages)
}

// Sessions converts sessions. current is the id of the requesting session.
func Sessions(list []session.Info, current string) []types.SessionInfo {
	infos := make([]types.SessionInfo, 0, len(list))
	for _, s := range list {
		infos = append(infos, types.SessionInfo{
			Id: s.ID, Current: s.ID == current, UserAgent: s.UserAgent, Ip: s.IP, ClientId: s.ClientID,
			CreatedAt: s.Created.Unix(), LastUsedAt: s.LastUsed.Unix(), ExpiresAt: s.ExpiresAt.Unix(),
		})
	}
	return infos
}

// CodeStatus converts the status of a message.
func CodeStatus(s otp.Status, err error) (*types.CodeStatusResp, error) {
	if err != nil {
		return nil, err
	}
	return &types.CodeStatusResp{
		Status: s.Status, Channel: s.Channel, Reason: s.Reason,
		ExpiresIn: seconds(s.ExpiresIn), ResendIn: seconds(s.ResendIn),
		ExpectedIn: seconds(s.ExpectedIn), Offer: s.Offer,
	}, nil
}

// Ticket converts the result of requesting a code.
func Ticket(t otp.Ticket, err error) (*types.Ticket, error) {
	if err != nil {
		return nil, err
	}
	return &types.Ticket{
		OtpId: t.ID, Channel: t.Channel, To: t.To,
		ExpiresIn: int64(t.ExpiresIn.Seconds()), ResendIn: int64(math.Ceil(t.ResendIn.Seconds())),
		ExpectedIn: seconds(t.ExpectedIn),
	}, nil
}

// TokenPair converts the result of a sign-in.
func TokenPair(p signin.Pair, err error) (*types.TokenPair, error) {
	if err != nil {
		return nil, err
	}
	return &types.TokenPair{
		AccessToken: p.AccessToken, RefreshToken: p.RefreshToken, TokenType: "Bearer",
		ExpiresIn: int64(p.AccessExpires.Seconds()), RefreshExpiresIn: int64(p.RefreshExpires.Seconds()),
		IsNewUser: p.IsNew,
	}, nil
}

// documents reads the documents that an app stores with a user. After a change they must
// come from the database, because the cache may still have the old ones.
type documents func(context.Context, *model.User) (account.Documents, error)

// User converts the signed-in user.
func User(ctx context.Context, read documents) func(*model.User, error) (*types.UserInfo, error) {
	return func(u *model.User, err error) (*types.UserInfo, error) {
		if err != nil {
			return nil, err
		}
		docs, err := read(ctx, u)
		if err != nil {
			return nil, err
		}
		return &types.UserInfo{
			Id: u.Id, Username: u.Username.String, Phone: u.Phone.String, Email: u.Email.String,
			Role: u.Role, Anonymous: u.Anonymous != 0, CreatedAt: u.Created / 1000, Avatar: u.AvatarPath(), DisplayName: u.DisplayName, Locale: u.Language,
			Metadata: docs.Metadata.Values(), AppMetadata: docs.AppMetadata.Values(),
		}, nil
	}
}

// seconds rounds up, so that remaining time is never shown as zero.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
