package vector

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// A release is a version of OpenSearch, without its patch. The zero release is one that
// is not known.
type release struct{ major, minor int }

// releases are those whose k-NN plugin this package knows, oldest first.
var releases = []release{
	{2, 17}, {2, 18}, {2, 19},
	{3, 0}, {3, 1}, {3, 2}, {3, 3}, {3, 4}, {3, 5}, {3, 6}, {3, 7}, {3, 8},
}

func (r release) String() string {
	if r == (release{}) {
		return Serverless
	}
	return fmt.Sprintf("%d.%d", r.major, r.minor)
}

// known reports whether it is known what the version does. Nobody says which version a
// collection of Serverless has.
func (r release) known() bool { return r != release{} }

// from reports whether the version is so new. One that is not known is never.
func (r release) from(major, minor int) bool {
	return r.major > major || r.major == major && r.minor >= minor
}

var releaseText = regexp.MustCompile(`^(?:OpenSearch_)?([0-9]{1,3})\.([0-9]{1,3})(?:\.[0-9]{1,3})?$`)

// parseVersion reads a version as OpenSearch writes it, such as 2.19 or 2.19.1, or as
// Amazon OpenSearch Service does: OpenSearch_2.19. Or Serverless.
func parseVersion(text string) (release, error) {
	if text == Serverless {
		return release{}, nil
	}
	if found := releaseText.FindStringSubmatch(text); found != nil {
		major, _ := strconv.Atoi(found[1])
		minor, _ := strconv.Atoi(found[2])
		for _, r := range releases {
			if r == (release{major, minor}) {
				return r, nil
			}
		}
	}
	return release{}, fmt.Errorf("version %q is not known: give one of %s", text, knownVersions())
}

func knownVersions() string {
	names := make([]string, 0, len(releases)+1)
	for _, r := range releases {
		names = append(names, r.String())
	}
	return strings.Join(append(names, Serverless), ", ")
}
