package opensearch_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/awspatterns/awspatterns/awstest"
	"github.com/awspatterns/awspatterns/opensearch"
)

func ExampleNewConn() {
	cloud := awstest.New(nil) // stands for the domain
	cloud.HandleHTTP("search-movies-abc.eu-west-1.es.amazonaws.com", http.NotFoundHandler())
	cfg := cloud.Config("eu-west-1", "123456789012") // else config.LoadDefaultConfig

	conn, err := opensearch.NewConn(opensearch.ConnOptions{
		Endpoints:   []string{"https://search-movies-abc.eu-west-1.es.amazonaws.com"},
		Credentials: cfg.Credentials,
		HTTPClient:  cloud.HTTPClient(), // else left out
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = conn.Do(context.Background(), opensearch.Request{Method: "GET", Path: "/movies/_count"})
	if refused, ok := errors.AsType[*opensearch.Error](err); ok && refused.Status == http.StatusNotFound {
		fmt.Println("no such index at a", conn.Product())
	}
	// Output: no such index at a domain
}
