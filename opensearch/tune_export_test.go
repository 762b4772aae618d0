package opensearch

var Tune, Restore = tune, restore
