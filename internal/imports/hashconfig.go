package imports

import (
	"errors"
	"regexp"
	"strconv"

	"user-api/internal/password"
)

// hashParameter matches a line of the Firebase console, or the same as JSON.
var hashParameter = regexp.MustCompile(`"?(algorithm|base64_signer_key|base64_salt_separator|rounds|mem_cost)"?\s*[:=]\s*"?([A-Za-z0-9+/=_-]+)"?`)

// ReadHashConfig parses the hash parameters of a Firebase project, as its console shows them.
// Errors contain none of them.
func ReadHashConfig(data []byte) (password.Firebase, error) {
	values := map[string]string{}
	for _, found := range hashParameter.FindAllStringSubmatch(string(data), -1) {
		values[found[1]] = found[2]
	}
	f := password.Firebase{SignerKey: values["base64_signer_key"], SaltSeparator: values["base64_salt_separator"]}
	rounds, err := strconv.Atoi(values["rounds"])
	cost, err2 := strconv.Atoi(values["mem_cost"])
	switch {
	case values["algorithm"] != "" && values["algorithm"] != "SCRYPT":
		return password.Firebase{}, errors.New("imports: hash config: the algorithm is not SCRYPT")
	case f.SignerKey == "" || err != nil || err2 != nil:
		return password.Firebase{}, errors.New("imports: hash config: base64_signer_key, rounds or mem_cost is missing")
	}
	f.Rounds, f.MemCost = rounds, cost
	return f, nil
}
