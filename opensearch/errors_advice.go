package opensearch

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// advice returns what to do about an error whose cause is a common one.
func (c *Conn) advice(e *Error) string {
	switch {
	case e.Type == "cluster_block_exception" && e.Status < 500: // 403 or 429
		return "the index or the cluster is blocked, most often since disks are nearly full: add or free storage, then the block is lifted, " +
			"in old versions by setting index.blocks.read_only_allow_delete to null"
	case e.Status < 400:
		return "redirects are not followed: is this the endpoint itself, and not that of Dashboards or of a login?"
	case e.Status == http.StatusUnauthorized || e.Status == http.StatusForbidden:
		return c.accessAdvice(e)
	case e.Status == http.StatusPaymentRequired:
		return "the collections of the account use all capacity that it allows: raise the maximum of OCUs, or send less at a time"
	case e.Status == http.StatusNotFound && c.product == Serverless && e.Type != "index_not_found_exception":
		return "Serverless does not have every API of OpenSearch, and a collection that does not exist answers so, too"
	case e.Status == http.StatusRequestEntityTooLarge && c.product == Domain:
		return "send less at once: a domain takes requests of 10 or 100 MiB, depending on its instance type"
	case e.Status == http.StatusRequestEntityTooLarge:
		return "send less at once"
	case e.Status == http.StatusTooManyRequests:
		return "the service has too much to do: send fewer requests at a time, or give it more capacity"
	}
	return ""
}

// accessAdvice returns where the permission is missing.
func (c *Conn) accessAdvice(e *Error) string {
	says := func(texts ...string) bool {
		return slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(e.Type+" "+e.Reason, text) })
	}
	switch {
	case says("ignature expired", "InvalidSignature", "SignatureDoesNotMatch", "signature we calculated"):
		return "check the clock of this machine, the secret key, Region and Product"
	case says("UnrecognizedClient", "InvalidClientTokenId", "ExpiredToken", "security token"):
		return "the credentials are wrong or have expired"
	case says("User: anonymous") && c.username != "":
		return "the access policy of the domain must let requests with a password through to it: allow es:ESHttp* to every principal there"
	case c.signer == nil && c.username == "" && c.product != SelfManaged:
		return "the request was not signed: set Credentials, or Username for an internal user"
	case c.product == Serverless:
		return fmt.Sprintf("the caller needs aoss:APIAccessAll on the collection in its IAM policy, %s in a data access policy "+
			"of the collection, and a network policy that lets it in from here", dataPermission(e.Method, e.Path))
	case says("security_exception", "no permissions for"):
		return "fine-grained access control: map the caller to a role that has this permission"
	case c.product == Domain && c.signer != nil:
		return fmt.Sprintf("the caller needs %s on the domain, in its IAM policy or in the access policy of the domain, and with "+
			"fine-grained access control a role that is mapped to it", domainAction(e.Method))
	}
	if c.username == "" {
		return "set Username and Password"
	}
	return "check Username and Password, and the roles of the user"
}

// domainAction returns the IAM action for a method:
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/ac.html
func domainAction(method string) string {
	if method == "" {
		return "es:ESHttp*"
	}
	return "es:ESHttp" + method[:1] + strings.ToLower(method[1:])
}

// dataPermission returns the permission of a data access policy that a request to
// Serverless needs:
// https://docs.aws.amazon.com/opensearch-service/latest/developerguide/serverless-genref.html
func dataPermission(method, path string) string {
	reads := method == http.MethodGet || method == http.MethodHead
	names := strings.Split(strings.Trim(path, "/"), "/")
	has := func(apis ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return slices.Contains(apis, name) })
	}
	switch {
	case has("_bulk", "_create", "_update") || has("_doc") && !reads:
		return "aoss:WriteDocument"
	case has("_doc", "_search", "_msearch", "_count", "_mget", "_source", "_analyze", "_explain", "_field_caps"):
		return "aoss:ReadDocument"
	case has("_alias", "_aliases", "_index_template", "_component_template") || has("_ingest"):
		return dataAccessPermission(method)
	case reads:
		return "aoss:DescribeIndex"
	case len(names) > 1:
		return "aoss:UpdateIndex"
	case method == http.MethodDelete:
		return "aoss:DeleteIndex"
	}
	return "aoss:CreateIndex"
}

func dataAccessPermission(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead:
		return "aoss:DescribeCollectionItems"
	case http.MethodDelete:
		return "aoss:DeleteCollectionItems"
	}
	return "aoss:CreateCollectionItems and aoss:UpdateCollectionItems"
}

// networkAdvice returns what to do about an endpoint that is not reached.
func networkAdvice(endpoint string, err error) string {
	if dialing(err) && strings.HasPrefix(hostname(endpoint), "vpc-") {
		return "a domain in a VPC is reached from within it, or through a VPN or a tunnel"
	}
	return ""
}
