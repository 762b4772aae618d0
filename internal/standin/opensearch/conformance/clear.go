package conformance

import "fmt"

// Clear removes what scripts make of a real server: all indices, data streams and
// templates, and settings of the cluster.
func Clear(do Do) error {
	for _, r := range [][3]string{
		{"DELETE", "/_data_stream/*"},
		{"DELETE", "/*?expand_wildcards=all"},
		{"DELETE", "/_index_template/*"},
		{"PUT", "/_cluster/settings", `{"transient":{"*":null},"persistent":{"*":null}}`},
	} {
		status, body, err := do(r[0], r[1], "application/json", []byte(r[2]))
		if err != nil {
			return err
		}
		if status >= 300 && status != 404 {
			return fmt.Errorf("%s %s: %d %s", r[0], r[1], status, body)
		}
	}
	return nil
}
