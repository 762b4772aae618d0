package maciejobs

var ParseRecords = parseRecords
