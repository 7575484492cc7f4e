package main

import "user-api/internal/channel"

// variant is one of the forms that a body may have.
type variant struct {
	name, text         string
	required, optional []string
	// channels are those that the variant's channel can be; nil leaves what the field has.
	channels []string
}

// variants are the bodies that have several forms, by type. A field that is in none of a
// variant's lists may not be there.
var variants = map[string][]variant{
	"SendCodeReq": {
		{"SendCodeToPhone", "A code to a phone.", []string{"phone"}, []string{"purpose", "channel", "region", "locale", "captcha"}, channel.Phone()},
		{"SendCodeToEmail", "A code to an e-mail address.", []string{"email"}, []string{"purpose", "channel", "region", "locale", "captcha"}, []string{channel.Email}},
		{"SendCodeAgain", "The same code again, by another channel if one is given.", []string{"otpId"}, []string{"channel", "captcha"}, nil},
	},
	"LoginReq": {
		{"LoginByCode", "Sign in by code.", []string{"otpId", "otp"}, []string{"secondOtpId", "secondOtp", "secondPassword", "askedWith", "invite"}, nil},
		{"LoginByUsername", "Sign in by password.", []string{"username", "password"}, []string{"region", "captcha"}, nil},
		{"LoginByPhone", "Sign in by password.", []string{"phone", "password"}, []string{"region", "captcha"}, nil},
		{"LoginByEmail", "Sign in by password.", []string{"email", "password"}, []string{"region", "captcha"}, nil},
	},
	"MfaLoginReq": {
		{"MfaByTotp", "By the authenticator app.", []string{"mfaToken", "totp"}, nil, nil},
		{"MfaByRecoveryCode", "By a recovery code.", []string{"mfaToken", "recoveryCode"}, nil, nil},
		{"MfaByPasskey", "By a passkey.", []string{"mfaToken", "passkey"}, nil, nil},
	},
	"SocialLoginReq": {
		{"SocialByIdToken", "By the token that an app was given.", []string{"provider", "idToken"}, []string{"nonce", "invite"}, nil},
		{"SocialByCode", "By the code that the browser came back with.", []string{"provider", "code", "verifier"}, []string{"invite"}, nil},
		{"SocialByProviderCode", "By the code that a mini program was given.", []string{"provider", "providerCode"}, []string{"phoneCode", "invite"}, nil},
	},
	"InviteReq": {
		{"InviteForPhone", "For one number.", []string{"phone", "expiresIn"}, []string{"region"}, nil},
		{"InviteForEmail", "For one e-mail address.", []string{"email", "expiresIn"}, nil, nil},
		{"InviteForAnybody", "For whoever has it.", []string{"expiresIn"}, nil, nil},
	},
	"DeleteUserReq": {
		{"DeleteByPassword", "With the password.", []string{"password"}, nil, nil},
		{"DeleteByCode", "With a code.", []string{"otpId", "otp"}, nil, nil},
		{"DeleteAnonymous", "An anonymous user gives nothing.", nil, nil, nil},
	},
}

// demanding are the types of bodies that are needed though no field of theirs is.
var demanding = []string{"SendCodeReq", "LoginReq", "ChangeInfoReq"}

// least is how many members a body has at least.
var least = map[string]int{"ChangeInfoReq": 1}

// mayBeEmpty are fields that must be there and may be empty.
var mayBeEmpty = []string{}
