package opensearch

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// A target is what ConnOptions come to.
type target struct {
	endpoints []string // scheme, host, and port if it is not the usual one
	product   Product
	region    string
}

// check returns what opts come to, or all that is wrong with them.
func (opts ConnOptions) check() (target, error) {
	t := target{product: opts.Product, region: opts.Region}
	var problems []error
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }

	switch opts.Product {
	case "", Domain, Serverless, SelfManaged:
	default:
		problem("Product is %q: it is %q, %q, %q or empty", opts.Product, Domain, Serverless, SelfManaged)
	}
	if opts.Timeout < 0 {
		problem("Timeout is %v: it must not be negative", opts.Timeout)
	}
	if opts.Attempts < 0 {
		problem("Attempts is %d: it must not be negative", opts.Attempts)
	}
	if len(opts.Endpoints) == 0 {
		problem("Endpoints is empty: name the URL of the domain or collection")
	}
	for i, raw := range opts.Endpoints {
		if err := t.add(raw, opts); err != nil {
			problem("Endpoints[%d]: %w", i, err)
		}
	}
	if len(problems) == 0 {
		problems = opts.checkAccess(t)
	}
	if len(problems) > 0 {
		return target{}, fmt.Errorf("opensearch: connect: %w", errors.Join(problems...))
	}
	return t, nil
}

// add takes one more endpoint into t. Its errors do not quote raw, which may hold a
// password.
func (t *target) add(raw string, opts ConnOptions) error {
	u, err := url.Parse(raw)
	switch {
	case err != nil || u.Hostname() == "":
		return errors.New("not a URL such as https://search-movies-abc.eu-west-1.es.amazonaws.com")
	case u.User != nil:
		return errors.New("has a user name: put it into Username and Password")
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("has the scheme %q: it must be https", u.Scheme)
	case u.Path != "" && u.Path != "/", u.RawQuery != "", u.ForceQuery, u.Fragment != "":
		return errors.New("has a path, a query or a fragment: leave them out")
	}
	host := strings.ToLower(u.Hostname())
	found := hostOf(host)
	if found.product == "" {
		found.product = opts.Product
	}
	if found.product == "" {
		found.product = SelfManaged
	}
	endpoint := u.Scheme + "://" + hostPort(u)
	switch {
	case configurationAPI.MatchString(host):
		return fmt.Errorf("%s is the configuration API of AWS: name the endpoint of the domain or collection", host)
	case t.product != "" && t.product != found.product:
		return fmt.Errorf("%s is of another product (%s) than the others or Product (%s)", host, found.product, t.product)
	case found.region != "" && t.region != "" && found.region != t.region:
		return fmt.Errorf("%s is in another Region than the others or Region (%s)", host, t.region)
	case u.Scheme == "http" && found.product != SelfManaged && !loopback(host):
		return fmt.Errorf("%s is not encrypted: it must be https", host)
	case slices.Contains(t.endpoints, endpoint):
		return fmt.Errorf("%s is named twice", endpoint)
	case found.account && opts.Collection == "":
		return fmt.Errorf("%s is of all collections of an account: set Collection", host)
	case !found.account && opts.Collection != "":
		return fmt.Errorf("%s is of one collection or domain: leave Collection out", host)
	}
	t.endpoints = append(t.endpoints, endpoint)
	t.product = found.product
	if t.region == "" {
		t.region = found.region
	}
	return nil
}

// checkAccess returns what is wrong with how to get in.
func (opts ConnOptions) checkAccess(t target) (problems []error) {
	problem := func(format string, args ...any) { problems = append(problems, fmt.Errorf(format, args...)) }
	basic := opts.Username != "" || opts.Password != ""
	switch {
	case basic && opts.Credentials != nil:
		problem("both Credentials and Username are set: requests are either signed or have a password")
	case basic && (opts.Username == "" || opts.Password == ""):
		problem("Username and Password belong together: one of them is empty")
	case strings.Contains(opts.Username, ":"):
		problem("Username has a colon, which HTTP does not allow")
	case basic && t.product == Serverless:
		problem("Username is set, but Serverless takes signed requests only: set Credentials instead")
	case opts.Credentials != nil && t.product == SelfManaged:
		problem("Credentials are set, but it is not known what to sign for: set Product to %q or %q", Domain, Serverless)
	case opts.Credentials != nil && t.region == "":
		problem("Region is empty and the host name does not tell it: requests are signed for a Region")
	case opts.Credentials == nil && t.product == Serverless && hostOf(hostname(t.endpoints[0])).product == Serverless:
		problem("Credentials are missing: Serverless takes signed requests only")
	}
	return problems
}

// A host is what a host name of AWS tells.
type host struct {
	product Product // empty for other host names
	region  string
	account bool // it is of all collections of an account
}

// awsHost matches endpoints of domains and collections, with those for IPv6 ("on.")
// and FIPS. Sources: DomainStatus.EndpointV2 of the configuration API, and
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-collection-endpoints.html
var awsHost = regexp.MustCompile(`^([^.]+)\.(?:` +
	`([a-z0-9-]+)\.(es|aoss|aoss-fips)\.(?:amazonaws\.com|amazonaws\.com\.cn|amazonaws\.eu|c2s\.ic\.gov|sc2s\.sgov\.gov)|` +
	`(aos|aoss|aoss-fips)\.([a-z0-9-]+)\.on\.(?:aws|amazonwebservices\.com\.cn|amazonwebservices\.eu))$`)

// configurationAPI matches the endpoints at which domains and collections are made.
var configurationAPI = regexp.MustCompile(`^(?:es|aos|aoss)(?:-fips)?\.[a-z0-9-]+\.(?:amazonaws\.com|amazonaws\.com\.cn|api\.aws)$`)

// accountID matches what stands for the id of a collection, which is longer.
var accountID = regexp.MustCompile(`^[0-9]{12}$`)

func hostOf(name string) host {
	m := awsHost.FindStringSubmatch(name)
	if m == nil {
		return host{}
	}
	if service := m[3] + m[4]; strings.HasPrefix(service, "aoss") {
		return host{Serverless, m[2] + m[5], m[4] != "" && accountID.MatchString(m[1])}
	}
	return host{product: Domain, region: m[2] + m[5]}
}

// hostPort returns the host of u, with the port if it is not that of the scheme:
// servers and signatures know no other form.
func hostPort(u *url.URL) string {
	name := strings.ToLower(u.Host)
	if port := u.Port(); port == "" || port == "443" && u.Scheme == "https" || port == "80" && u.Scheme == "http" {
		name = strings.TrimSuffix(strings.TrimSuffix(name, port), ":")
	}
	return name
}

func hostname(endpoint string) string {
	u, err := url.Parse(endpoint)
	if err != nil {
		return ""
	}
	return u.Hostname()
}

func loopback(host string) bool {
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || net.ParseIP(host).IsLoopback()
}
