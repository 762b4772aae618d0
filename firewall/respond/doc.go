// Package respond acts on findings of Amazon GuardDuty: it blocks what a finding
// names, for a time, and says where findings are to be sent.
package respond
