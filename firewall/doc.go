// Package firewall works on the firewalls of an organization: AWS Firewall
// Manager, AWS WAF and AWS Network Firewall.
package firewall
