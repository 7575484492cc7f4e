package auth

import (
	"context"

	"user-api/internal/signin"
	"user-api/internal/svc"
	"user-api/internal/types"
)

// ResetPasswordLogic handles a request of the route "Reset the password with a code".
type ResetPasswordLogic struct {
	ctx    context.Context
	svcCtx *svc.ServiceContext
}

// NewResetPasswordLogic returns the logic for a request with the context ctx.
func NewResetPasswordLogic(ctx context.Context, svcCtx *svc.ServiceContext) *ResetPasswordLogic {
	return &ResetPasswordLogic{ctx: ctx, svcCtx: svcCtx}
}

// ResetPassword sets a new password with a code.
func (l *ResetPasswordLogic) ResetPassword(req *types.ResetPasswordReq) error {
	return l.svcCtx.Signin.ResetPassword(l.ctx, req.OtpId, req.Otp, req.NewPassword, signin.Confirmation{
		OtpID: req.SecondOtpId, Code: req.SecondOtp,
	})
}
