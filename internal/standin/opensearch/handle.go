package opensearch

import (
	"net/http"
	"strings"

	"github.com/awspatterns/awspatterns/awstest"
)

// Handle makes the server answer the requests of c to a host. A domain and a
// collection then refuse requests that are not signed for them, unless a domain has
// a user.
func (s *Server) Handle(c *awstest.Cloud, host string) { s.handle(c, host, s) }

// Handle is Handle of the Server, for the requests to one node.
func (n *Node) Handle(c *awstest.Cloud, host string) { n.server.handle(c, host, n) }

func (s *Server) handle(c *awstest.Cloud, host string, h http.Handler) {
	c.HandleHTTP(host, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if status, body := s.unsigned(r); status != 0 {
			s.requests.Add(1)
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			w.Write([]byte(body))
			return
		}
		h.ServeHTTP(w, r)
	}))
}

// unsigned returns what is answered to a request that is not signed for the product;
// a status of 0 if it is. The signature has been verified.
func (s *Server) unsigned(r *http.Request) (status int, body string) {
	service := ""
	if _, scope, ok := strings.Cut(r.Header.Get("Authorization"), "Credential="); ok {
		scope, _, _ = strings.Cut(scope, ",")
		if parts := strings.Split(scope, "/"); len(parts) == 5 {
			service = parts[3]
		}
	}
	switch {
	case s.Product.Serverless() && service != "aoss":
		return http.StatusForbidden, `{"status":403,"request-id":"standin","error":{"reason":"403 Forbidden","type":"Forbidden"}}`
	case s.Product == Domain && service != "es" && s.Username == "":
		action := Actions["es."+r.Method]
		if len(action) == 0 {
			action = []string{"es:ESHttp"}
		}
		return http.StatusForbidden, `{"Message":"User: anonymous is not authorized to perform: ` + action[0] + ` because no resource-based policy allows the ` + action[0] + ` action"}`
	}
	return 0, ""
}

// authorize returns the answer to a request without the right user; nil if there
// is none.
func (s *Server) authorize(r *http.Request) any {
	if s.Username == "" || strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-") {
		return nil
	}
	user, password, ok := r.BasicAuth()
	if ok && user == s.Username && password == s.Password {
		return nil
	}
	return []byte("Unauthorized")
}
