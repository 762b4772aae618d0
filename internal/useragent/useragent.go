// Package useragent names this library in the requests of its clients.
package useragent

import (
	"runtime/debug"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/smithy-go/middleware"
)

const module = "github.com/awspatterns/awspatterns"

// Add returns cfg with the name and version of this library added to the user
// agent of the clients made from it. cfg itself stays as it is.
func Add(cfg aws.Config) aws.Config {
	cfg.APIOptions = append(slices.Clone(cfg.APIOptions), func(stack *middleware.Stack) error {
		return awsmiddleware.AddUserAgentKeyValue("awspatterns", version())(stack)
	})
	return cfg
}

// version returns the version of this module in the running program.
func version() string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	for _, m := range append(build.Deps, &build.Main) {
		if m.Path == module && m.Version != "" && m.Version != "(devel)" {
			return m.Version
		}
	}
	return "devel"
}

// String returns what Add adds, for requests that no client of the SDK makes.
func String() string { return "awspatterns/" + version() }
