package macie2

import (
	"fmt"
	"slices"
	"strings"
)

// Jobs returns how many jobs were created so far, everywhere. A call whose client
// token is known creates none.
func (s *Service) Jobs() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.jobs
}

// BytesClassified returns how much was analysed so far, which is what Macie
// charges for. What is skipped costs nothing.
func (s *Service) BytesClassified() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	return s.bytes
}

// Dump returns the state as text, for comparing two runs: in a defined order, and
// without ids and times, which are not the same in each.
func (s *Service) Dump() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.advance()
	var out strings.Builder
	for _, session := range s.sorted() {
		fmt.Fprintf(&out, "macie of %s in %s, %s\n", session.account, session.region, session.status)
		if session.export != nil {
			d := session.export.S3Destination
			fmt.Fprintf(&out, "  export to %s/%s with %s\n", *d.BucketName, session.exportPrefix(), *d.KmsKeyArn)
		}
		for _, line := range slices.Sorted(slices.Values(session.lines())) {
			fmt.Fprintln(&out, line)
		}
	}
	return out.String()
}

func (s *session) lines() []string {
	var lines []string
	for _, j := range s.jobs {
		failed := ""
		if j.failed {
			failed = ", with errors"
		}
		lines = append(lines, fmt.Sprintf("  job %q, %s%s, buckets %q", j.name(), j.status, failed, j.bucketNames()))
	}
	for _, d := range s.live() {
		lines = append(lines, fmt.Sprintf("  identifier %q, %q, keywords %q, ignores %q, tags %q", *d.in.Name, *d.in.Regex, d.in.Keywords, d.in.IgnoreWords, d.tags))
	}
	for _, l := range s.allowLists {
		lines = append(lines, fmt.Sprintf("  allow list %q, tags %q", *l.in.Name, l.tags))
	}
	for _, f := range s.findings {
		lines = append(lines, fmt.Sprintf("  finding %s, %s, %s", *f.ResourcesAffected.S3Object.Path, f.Type, f.Severity.Description))
	}
	return lines
}
