// Package present turns what the domain returns into what user.api answers. Its
// functions take a result together with its error, to be wrapped around a call.
package present

import (
	"context"
	"fmt"
	"math"
	"time"

	"user-api/internal/locale"
	"user-api/internal/otp"
	"user-api/internal/reqctx"
	"user-api/internal/session"
	"user-api/internal/signin"
	"user-api/internal/types"
	"user-api/model"
)

// AdminUser describes a user at a time to an administrator, without its sessions.
func AdminUser(u *model.User, now time.Time) types.AdminUser {
	described := types.AdminUser{
		Id: u.Id, Username: u.Username.String, Phone: u.Phone.String, Email: u.Email.String,
		Role: u.Role, CreatedAt: u.Created / 1000, Status: u.Standing(now.UnixMilli()),
	}
	if described.Status == model.StatusBanned {
		described.BanReason, described.BanUntil = u.BanReason, u.BanUntil/1000
	}
	return described
}

// Locale is the language asked for, or else what the client's header prefers:
// canonical tags, best first.
func Locale(ctx context.Context, asked string) string {
	if tag, _ := locale.Canonical(asked); tag != "" {
		return tag
	}
	return locale.Preferred(reqctx.ClientFrom(ctx).Languages)
}

// Export tells everything held about a user; current is the id of the session that asks.
func Export(e signin.Export, current string) (*types.ExportResp, error) {
	user, err := User(e.User, nil)
	return &types.ExportResp{
		User: *user, HasPassword: e.HasPassword, Sessions: Sessions(e.Sessions, current), ExportedAt: e.At.Unix(),
	}, err
}

// Sessions describes sessions; current is the id of the one that asks.
func Sessions(list []session.Info, current string) []types.SessionInfo {
	infos := make([]types.SessionInfo, 0, len(list))
	for _, s := range list {
		infos = append(infos, types.SessionInfo{
			Id: s.ID, Current: s.ID == current, UserAgent: s.UserAgent, Ip: s.IP,
			CreatedAt: s.Created.Unix(), LastUsedAt: s.LastUsed.Unix(), ExpiresAt: s.ExpiresAt.Unix(),
		})
	}
	return infos
}

// CodeStatus tells what became of a message.
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

// Ticket tells of a challenge.
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

// TokenPair tells of a sign-in.
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

// User tells who one is.
func User(u *model.User, err error) (*types.UserInfo, error) {
	if err != nil {
		return nil, err
	}
	return &types.UserInfo{
		Id: u.Id, Username: u.Username.String, Phone: u.Phone.String, Email: u.Email.String,
		Role: u.Role, CreatedAt: u.Created / 1000, Avatar: avatarPath(u),
	}, nil
}

// avatarPath is where the picture of a user is, below the address of the service: it
// changes with the picture, so what it leads to may be kept for ever.
func avatarPath(u *model.User) string {
	if u.Avatar == "" {
		return ""
	}
	return fmt.Sprintf("/user/avatar/%d?v=%s", u.Id, u.Avatar)
}

// seconds rounds up, so that what is left is never told as nothing.
func seconds(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }
