package main

import "user-api/internal/channel"

// variant is one form of a request body.
type variant struct {
	name, text         string
	required, optional []string
	// channels restricts the field channel; nil leaves it unchanged.
	channels []string
}

// variants lists, by type, the request bodies with several forms. A form must not contain
// fields that are not in its lists.
var variants = map[string][]variant{
	"SendCodeReq": {
		{"SendCodeToPhone", "A code to a phone.", []string{"phone"}, []string{"purpose", "channel", "region", "locale", "captcha"}, channel.Phone()},
		{"SendCodeToEmail", "A code to an e-mail address.", []string{"email"}, []string{"purpose", "channel", "region", "locale", "captcha"}, []string{channel.Email}},
		{"SendCodeAgain", "The same code again, optionally by another channel.", []string{"otpId"}, []string{"channel", "captcha"}, nil},
	},
	"LoginReq": {
		{"LoginByCode", "Sign in with a code.", []string{"otpId", "otp"}, []string{"secondOtpId", "secondOtp", "secondPassword", "askedWith", "invite"}, nil},
		{"LoginByUsername", "Sign in with a password.", []string{"username", "password"}, []string{"region", "captcha"}, nil},
		{"LoginByPhone", "Sign in with a password.", []string{"phone", "password"}, []string{"region", "captcha"}, nil},
		{"LoginByEmail", "Sign in with a password.", []string{"email", "password"}, []string{"region", "captcha"}, nil},
	},
	"MfaLoginReq": {
		{"MfaByTotp", "With the authenticator app.", []string{"mfaToken", "totp"}, nil, nil},
		{"MfaByRecoveryCode", "With a recovery code.", []string{"mfaToken", "recoveryCode"}, nil, nil},
		{"MfaByPasskey", "With a passkey.", []string{"mfaToken", "passkey"}, nil, nil},
	},
	"SocialLoginReq": {
		{"SocialByIdToken", "By an id token that an app received.", []string{"provider", "idToken"}, []string{"nonce", "invite"}, nil},
		{"SocialByCode", "By the code with which the browser returned.", []string{"provider", "code", "verifier"}, []string{"invite"}, nil},
		{"SocialByProviderCode", "By the code that a mini program received.", []string{"provider", "providerCode"}, []string{"phoneCode", "invite"}, nil},
	},
	"InviteReq": {
		{"InviteForPhone", "For one number.", []string{"phone", "expiresIn"}, []string{"region"}, nil},
		{"InviteForEmail", "For one e-mail address.", []string{"email", "expiresIn"}, nil, nil},
		{"InviteForAnybody", "For anyone who has it.", []string{"expiresIn"}, nil, nil},
	},
	"DeleteUserReq": {
		{"DeleteByPassword", "With the password.", []string{"password"}, nil, nil},
		{"DeleteByCode", "With a code.", []string{"otpId", "otp"}, nil, nil},
		{"DeleteAnonymous", "An anonymous user sends nothing.", nil, nil, nil},
	},
}

// demanding lists the types of required bodies without a required field.
var demanding = []string{"SendCodeReq", "LoginReq", "ChangeInfoReq"}

// least is the minimum number of members of a body.
var least = map[string]int{"ChangeInfoReq": 1}

// mayBeEmpty lists required fields that may be empty.
var mayBeEmpty = []string{}
