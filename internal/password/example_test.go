package password_test

import (
	"context"
	"crypto/rand"
	"fmt"

	"user-api/internal/apperr"
	"user-api/internal/password"
)

func Example() {
	ctx := context.Background()
	h, err := password.New(password.Options{Rand: rand.Reader})
	if err != nil {
		panic(err)
	}

	err = password.Check("iloveyou", password.UserNames{Username: "alice"})
	fmt.Println(apperr.From(err).Message())

	phc, err := h.Hash(ctx, "correct horse battery staple")
	fmt.Println(phc[:30], err)

	ok, rehash, err := h.Verify(ctx, phc, "correct horse battery staple")
	fmt.Println(ok, rehash, err)

	// A hash from another system verifies and should be replaced.
	const imported = "$2b$06$mZUJYuNFvL7Ko8JqULVVIuhcH5EPCId53Na3NXIv4dF3ryZNY58C6"
	ok, rehash, err = h.Verify(ctx, imported, "correct horse battery staple")
	fmt.Println(ok, rehash, err)

	// Unknown account: answer as for a wrong password, after the same time.
	fmt.Println(h.VerifyNone(ctx, "correct horse battery staple"))
	// Output:
	// The password is too common. Choose another.
	// $argon2id$v=19$m=19456,t=2,p=1 <nil>
	// true false <nil>
	// true true <nil>
	// <nil>
}

func ExampleNormalize() {
	fmt.Printf("%+q\n", password.Normalize("cafe\u0301 Au Lait "))
	// Output: "caf\u00e9 Au Lait "
}
