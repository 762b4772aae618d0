package redshiftsql

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxName is the longest that a name may be, in bytes and without its quotation marks
// ("Names and identifiers", Database Developer Guide).
const maxName = 127

// Identifier returns a name in double quotation marks, those in it doubled. It returns an
// error for what [CheckIdentifier] refuses.
func Identifier(name string) (string, error) {
	if err := CheckIdentifier("name", name); err != nil {
		return "", err
	}
	return identifier(name), nil
}

// Literal returns a string in single quotation marks, those in it and backslashes doubled,
// as QUOTE_LITERAL does: in Redshift a backslash escapes. It returns an error for what is
// not UTF-8 or holds a NUL.
func Literal(s string) (string, error) {
	if !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return "", fmt.Errorf("string %q: not UTF-8 without NUL", s)
	}
	return literal(s), nil
}

func identifier(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func literal(s string) string {
	return `'` + strings.ReplaceAll(strings.ReplaceAll(s, `\`, `\\`), `'`, `''`) + `'`
}

// Fold returns a name as Redshift keeps it, and shows it in its catalog, unless
// enable_case_sensitive_identifier is on: ASCII letters are folded to lower case even within
// quotation marks ("Names and identifiers"). The names of users are an exception: within
// quotation marks their case is always kept ("enable_case_sensitive_identifier").
func Fold(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}

// CheckIdentifier returns an error if a name cannot be one of Redshift: 1 to 127 bytes of
// UTF-8, all printable ("Names and identifiers"). It refuses spaces at the ends, too: views
// of the catalog pad names with them, so that such a name could not be told from another.
// What the name is of ("table") leads the error.
func CheckIdentifier(of, name string) error {
	if len(name) > maxName {
		return fmt.Errorf("%s %.40q…: the name has %d bytes, at most %d are allowed", of, name, len(name), maxName)
	}
	return checkText(of, name)
}

// checkText is what CheckIdentifier does but for the length.
func checkText(of, name string) error {
	switch {
	case name == "":
		return fmt.Errorf("%s: the name is empty", of)
	case !utf8.ValidString(name):
		return fmt.Errorf("%s %q: the name is not UTF-8", of, name)
	case strings.Trim(name, " ") != name:
		return fmt.Errorf("%s %q: the name begins or ends with a space", of, name)
	}
	for i, r := range name {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("%s %q: the name holds %U, at byte %d, which is not printable", of, name, r, i)
		}
	}
	return nil
}

// CheckRole returns an error if a name cannot be that of a role of one's own: what
// [CheckIdentifier] refuses, PUBLIC, and the prefixes of roles that Redshift keeps for
// itself ("Amazon Redshift system-defined roles").
func CheckRole(name string) error {
	if err := checkGrantee("role", name); err != nil {
		return err
	}
	for _, prefix := range []string{"sys:", "ds:"} {
		if strings.HasPrefix(Fold(name), prefix) {
			return fmt.Errorf("role %q: names that begin with %s are Redshift's own", name, prefix)
		}
	}
	return nil
}

// CheckUser returns an error if a name cannot be that of a user: what [CheckIdentifier]
// refuses, PUBLIC, and the prefix of the users that stand for consumers of datashares. IAM
// identities are users such as "IAM:alice@example.com" and "IAMR:analyst".
func CheckUser(name string) error {
	if err := checkGrantee("user", name); err != nil {
		return err
	}
	if strings.HasPrefix(Fold(name), "ds:") {
		return fmt.Errorf("user %q: names that begin with ds: are Redshift's own", name)
	}
	return nil
}

// checkGrantee checks what holds for the names of users and roles alike. PUBLIC is no
// reserved word of the grammar, which takes "public" in quotation marks for it, too: a
// grant to a user of that name would be one to everybody.
func checkGrantee(of, name string) error {
	if err := CheckIdentifier(of, name); err != nil {
		return err
	}
	if Fold(name) == "public" {
		return fmt.Errorf("%s %q: that is PUBLIC, everybody; name a user or a role", of, name)
	}
	return nil
}

// CheckNamespace returns an error if s is not the GUID of a namespace as AWS gives it: 36
// characters, letters in lower case.
func CheckNamespace(s string) error {
	ok := len(s) == 36
	for i := 0; ok && i < len(s); i++ {
		switch c := s[i]; i {
		case 8, 13, 18, 23:
			ok = c == '-'
		default:
			ok = '0' <= c && c <= '9' || 'a' <= c && c <= 'f'
		}
	}
	if !ok {
		return fmt.Errorf("namespace %.80q: not a GUID such as 13b8833d-17c6-4f16-8fe4-1a018f5ed00d, in lower case", s)
	}
	return nil
}

// CheckAccount returns an error if s is not the number of an AWS account, 12 digits.
func CheckAccount(s string) error {
	ok := len(s) == 12
	for i := 0; ok && i < len(s); i++ {
		ok = '0' <= s[i] && s[i] <= '9'
	}
	if !ok {
		return fmt.Errorf("account %.80q: not 12 digits", s)
	}
	return nil
}
