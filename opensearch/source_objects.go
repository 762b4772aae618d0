package opensearch

import (
	"context"
	"errors"
)

func lookUpObjects(ctx context.Context, c S3API, urls []string) ([]input, error) {
	return nil, errors.New("to be written")
}
