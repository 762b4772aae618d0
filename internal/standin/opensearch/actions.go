package opensearch

import (
	"github.com/awspatterns/awspatterns/awstest"
)

// Actions are the IAM actions that signed requests need: for a domain one for each
// method ("Identity and Access Management in Amazon OpenSearch Service"), for a
// collection one for all ("Identity and Access Management for Amazon OpenSearch
// Serverless", "Using data plane policies"). What a collection lets a principal do
// beyond that is in its data access policies.
var Actions = awstest.Actions{
	"es.DELETE": {"es:ESHttpDelete"},
	"es.GET":    {"es:ESHttpGet"},
	"es.HEAD":   {"es:ESHttpHead"},
	"es.PATCH":  {"es:ESHttpPatch"},
	"es.POST":   {"es:ESHttpPost"},
	"es.PUT":    {"es:ESHttpPut"},

	"aoss.DELETE": {"aoss:APIAccessAll"},
	"aoss.GET":    {"aoss:APIAccessAll"},
	"aoss.HEAD":   {"aoss:APIAccessAll"},
	"aoss.PATCH":  {"aoss:APIAccessAll"},
	"aoss.POST":   {"aoss:APIAccessAll"},
	"aoss.PUT":    {"aoss:APIAccessAll"},
}
