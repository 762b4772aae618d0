package opensearch

import (
	"context"
	"errors"

	"github.com/awspatterns/awspatterns"
	"github.com/awspatterns/awspatterns/internal/apply"
)

// To be replaced.
type Verification struct{}

type replacer struct {
	plan    ReplacePlan
	clients Clients
	result  *ReplaceResult
}

var errLater = errors.New("to be written")

func findReplace(context.Context, Clients, ReplaceOptions) (any, error) { return nil, errLater }
func decideReplace(ReplaceOptions, any) (ReplacePlan, error)            { return ReplacePlan{}, errLater }
func (p ReplacePlan) check() error                                      { return errLater }
func (replacer) prepare(context.Context) error                          { return errLater }
func (replacer) do(context.Context, int) error                          { return errLater }
func (replacer) look(context.Context, int) (apply.Now, error)           { return apply.Other, errLater }

var _ = awspatterns.Plan{}
