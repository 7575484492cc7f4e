package address

import "strings"

type (
	// Plan is a change that gave numbers of a country another spelling. Each old number has one
	// new one, which reaches the same line, and the old one is not reassigned.
	Plan struct {
		// Country is its ISO 3166 code, Code the prefix of its numbers.
		Country, Code string
		// Since is the day from which only the new spelling is valid; "" if both are.
		Since string
		// Source is the authority for the change.
		Source string

		rules []renumbering
	}

	// renumbering replaces a prefix in numbers of one length.
	renumbering struct {
		old, new string
		// length is the length of the old number, including the plus sign.
		length int
	}
)

// Plans are the known changes. A test checks them against libphonenumber: new spellings are
// valid and old ones are not, so none can be somebody else's. Only in Argentina both are valid,
// as two ways to write one number: its ten digits are unique, and the 9 marks a mobile line.
var Plans = []Plan{
	{
		Country: "AR", Code: "+54",
		Source: "ITU-T E.164 national numbering plan of Argentina (ENACOM): +54 9 before the area code of a mobile line; " +
			"national numbers are ten digits, each given out once",
		rules: []renumbering{{"+541", "+5491", 13}, {"+542", "+5492", 13}, {"+543", "+5493", 13}},
	},
	{
		Country: "BJ", Code: "+229", Since: "2024-11-30",
		Source: "ARCEP Bénin, décision 2020-349: 01 before all eight digits",
		rules:  []renumbering{{"+229", "+22901", 12}},
	},
	{
		Country: "CI", Code: "+225", Since: "2021-01-31",
		Source: "ARTCI, basculement à 10 chiffres: 01 before the numbers of Moov, 05 of MTN, 07 of Orange; " +
			"the operator was the second digit of a mobile number",
		rules: ivoryCoast(),
	},
	{
		Country: "MX", Code: "+52", Since: "2019-08-03",
		Source: "ITU Operational Bulletin 1151 (IFT, Plan Técnico Fundamental de Numeración): no 1 before the ten digits of a mobile number",
		rules:  []renumbering{{"+521", "+52", 14}},
	},
	{
		Country: "VN", Code: "+84", Since: "2018-11-15",
		Source: "MIC Vietnam, decision 798/QD-BTTTT: mobile numbers of eleven digits got ten",
		rules:  vietnam(),
	},
}

// ivoryCoast returns the rules for mobile numbers, whose first digit was not 1, 2 or 3.
func ivoryCoast() []renumbering {
	var rules []renumbering
	for _, first := range "0456789" {
		for second := '0'; second <= '9'; second++ {
			operator := "01"
			switch {
			case second >= '7':
				operator = "07"
			case second >= '4':
				operator = "05"
			}
			digits := string(first) + string(second)
			rules = append(rules, renumbering{"+225" + digits, "+225" + operator + digits, 12})
		}
	}
	return rules
}

func vietnam() []renumbering {
	var rules []renumbering
	for _, pair := range strings.Fields("120:70 121:79 122:77 123:83 124:84 125:85 126:76 127:81 128:78 129:82 " +
		"162:32 163:33 164:34 165:35 166:36 167:37 168:38 169:39 186:56 188:58 199:59") {
		from, to, _ := strings.Cut(pair, ":")
		rules = append(rules, renumbering{"+84" + from, "+84" + to, 13})
	}
	return rules
}

// Renumbered returns a number in E.164 as its plan spells it today.
func Renumbered(number string) string {
	value, _ := renumber(number)
	return value
}

// renumber is Renumbered, and also returns the spelling for messages: the given one if both are
// valid.
func renumber(number string) (value, spelled string) {
	for _, p := range Plans {
		if !strings.HasPrefix(number, p.Code) {
			continue
		}
		for _, r := range p.rules {
			if len(number) != r.length || !strings.HasPrefix(number, r.old) {
				continue
			}
			value = r.new + number[len(r.old):]
			if p.Since == "" {
				return value, number
			}
			return value, value
		}
	}
	return number, number
}

// olderThan returns the former spellings of a number.
func olderThan(number string) []string {
	var old []string
	for _, p := range Plans {
		if !strings.HasPrefix(number, p.Code) {
			continue
		}
		for _, r := range p.rules {
			if len(number) == r.length+len(r.new)-len(r.old) && strings.HasPrefix(number, r.new) {
				old = append(old, r.old+number[len(r.new):])
			}
		}
	}
	return old
}
